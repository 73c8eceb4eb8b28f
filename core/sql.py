"""Statements of the hot paths: prepared on the server, so that it plans each only once.

Django's own cursors bind parameters on the client, which makes every statement a new text that
Postgres has to parse and plan again; for our joins that costs more than running them. These bind on
the server, and psycopg prepares what a connection has run DB_PREPARE_AFTER times before.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, models
from django.db.backends.postgresql.base import ServerBindingCursor

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

M = TypeVar("M", bound=models.Model)


def cursor() -> "CursorWrapper":
    """As `connection.cursor()`, in the same transaction and with the same errors.

    Parameters are typed by the server: give a cast where the statement alone doesn't say the type.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        made: CursorWrapper = connection._prepare_cursor(  # type: ignore[attr-defined]
            ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
        )
    return made


@lru_cache
def columns(model: type[models.Model], alias: str) -> str:
    """The columns of a model's table under `alias`, in the order that `instance` takes them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def instance(model: type[M], row: Sequence[Any]) -> M:
    """The object of a row that begins with `columns(model, …)`.

    The ORM would build and compile the query anew each time, which costs more than running it.
    Not for models with JSON fields, whose values need decoding.
    """
    names = _names(model)
    return model.from_db(connection.alias, names, row[: len(names)])


def part(model: type[M], **values: Any) -> M:
    """An object of which these fields are known; others are fetched when they are asked for."""
    names = [name for name in _names(model) if name in values]
    return model.from_db(connection.alias, names, [values[name] for name in names])


@lru_cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
