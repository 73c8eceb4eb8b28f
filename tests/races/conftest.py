"""Each race has a database of its own: no other test's worker or rows come in between."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper

from tests import databases
from tests.factories import World, make_desk


@pytest.fixture
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """A desk in a database that is thrown away afterwards."""
    with django_db_blocker.unblock(), databases.own_database():
        yield World(make_desk())


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Change a piece of every SQL statement from now on, in every thread."""
    changes: list[tuple[str, str]] = []
    execute = CursorWrapper.execute

    def rewriting(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        if isinstance(sql, str):
            for old, new in changes:
                sql = sql.replace(old, new)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", rewriting)
    return lambda old, new: changes.append((old, new))
