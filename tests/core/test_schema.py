"""The database has what the models promise: a migration can lose an index without a word."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CheckConstraint, Index, UniqueConstraint


def promised() -> dict[str, set[str]]:
    """{table: names of the indexes and constraints that its model declares}."""
    found: dict[str, set[str]] = {}
    for model in apps.get_models():
        named = [*model._meta.indexes, *model._meta.constraints]
        assert all(isinstance(each, Index | UniqueConstraint | CheckConstraint) for each in named)
        found[model._meta.db_table] = {each.name for each in named}
    return found


@pytest.mark.parametrize(("table", "names"), [(t, n) for t, n in promised().items() if n])
def test_every_declared_index_and_constraint_is_in_the_database(
    db: None, table: str, names: set[str]
) -> None:
    with connection.cursor() as cursor:
        there = set(connection.introspection.get_constraints(cursor, table))
    assert names <= there, f"{table} has lost {sorted(names - there)}"
