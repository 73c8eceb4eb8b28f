"""The pool of connections: what Postgres has ended is handed to nobody, and asking costs nothing."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from core.postgres.base import check


@pytest.fixture
def handed_out(committed: None) -> Iterator[Any]:
    """A connection as a request gets it."""
    connection.ensure_connection()
    yield connection.connection
    connection.close()


def last_asked(other: Any, pid: int) -> Any:
    """When the server last heard of a connection."""
    return other.execute(
        "SELECT query_start FROM pg_stat_activity WHERE pid = %s", [pid]
    ).fetchone()


def test_a_connection_at_rest_is_handed_out_without_asking_the_server(handed_out: Any) -> None:
    pid = handed_out.info.backend_pid
    handed_out.execute("SELECT 1")
    with psycopg.connect(handed_out.info.dsn, autocommit=True) as other:
        before = last_asked(other, pid)
        check(handed_out)
        assert last_asked(other, pid) == before
        handed_out.execute("SELECT 1")
        assert last_asked(other, pid) != before


def test_what_the_server_has_ended_is_replaced_before_it_is_used(handed_out: Any) -> None:
    pid = handed_out.info.backend_pid
    dsn = handed_out.info.dsn
    connection.close()  # back into the pool
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid = %s",
            [pid],
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid
