"""Databases of their own, for tests whose rows nobody else's worker may touch.

The running product's worker (`stack`) serves everything in the run's database. A test that decides
by itself when a wave runs works in a copy of the blank one, which takes a fraction of a second.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator

import psycopg
from django.conf import settings
from django.db import connection


def keep_blank() -> None:
    """Copy the freshly migrated database before anybody works in it."""
    leave()
    name = connection.settings_dict["NAME"]
    _copy(name, f"{name}_blank")


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """Point this process (and its new threads) at a blank database of its own; yields its name."""
    before = connection.settings_dict["NAME"]
    name = f"{before}_{uuid.uuid4().hex[:8]}"
    _copy(f"{before}_blank", name)
    _point_at(name)
    try:
        yield name
    finally:
        _point_at(before)
        with _server() as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _point_at(name: str) -> None:
    leave()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def leave() -> None:
    """Give this process' own connections back."""
    connection.close()
    connection.close_pool()


def _copy(source: str, name: str) -> None:
    with _server() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


def _server() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        os.environ["DATABASE_URL"].replace("/flagdown?", "/postgres?"), autocommit=True
    )
