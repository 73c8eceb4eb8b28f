"""What every test may ask for. The servers themselves are started by tests/plugin.py."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests import databases
from tests import stack as stacks


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """The tests' database, migrated. pytest-django would make one only for tests that it wraps."""
    from django.db import connection

    with django_db_blocker.unblock():
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        databases.keep_blank()
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
    # The server is thrown away with all that is in it.


@pytest.fixture(scope="session")
def static_files() -> None:
    """Hashed and compressed static files, as pages need them."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def stack_environ(django_db_setup: None, static_files: None) -> dict[str, str]:
    """Environment of processes that share this run's database."""
    from django.conf import settings

    return stacks.environ_for(
        settings.DATABASES["default"],
        RATE_LIMITS="off",
        WEB_THREADS="4",
        # Where a test may read what was really sent.
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
        EMAIL_FILE_PATH=str(settings.VAR_DIR / "mail"),
    )


@pytest.fixture(scope="session")
def stack(
    stack_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[stacks.Stack]:
    """The running product, one for the whole run. A test that hurts it leaves it ready again."""
    logs: Path = tmp_path_factory.mktemp("logs")
    with stacks.running(stack_environ, logs) as running:
        yield running


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real commits, seen by other threads and processes. Nothing is rolled back: use `world`."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def world(committed: None) -> Iterator[Any]:
    """A desk of this test's own, committed; closed afterwards."""
    from tests.factories import World, make_desk

    made = World(make_desk())
    yield made
    made.close()


@pytest.fixture
def api() -> APIClient:
    """An in-process client of the HTTP API."""
    return APIClient()


@pytest.fixture
def heard(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What this test's transaction publishes, kept and held against the contract."""
    from dispatch import tasks
    from realtime import publish
    from tests.office import Heard

    listening = Heard()
    monkeypatch.setattr(publish, "send_now", listening.send_now)
    monkeypatch.setattr(tasks, "_wake_now", listening.wake)
    return listening


@pytest.fixture
def office(db: None) -> Any:
    """A desk inside this test's transaction, unseen by the running stack."""
    from tests.factories import make_desk
    from tests.office import Office

    return Office(make_desk())
