"""The backend `core.postgres` (config.settings DATABASES)."""

import select
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


def check(connection: "Connection[Any]") -> None:
    """Raise psycopg's OperationalError for a connection that the server has ended.

    Nothing comes from Postgres while nobody asks. So a socket that can be read at rest says that
    something happened, most often the end, and only then the server is asked: the pool's own check
    asks each time, which is one round trip of every request. Who is gone without a word is noticed
    by the statement itself, as it would be after that check.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for the pool's check, which settings can't choose."""

    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        """The pool of this alias; None where OPTIONS ask for none."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        pools = self._connection_pools  # type: ignore[attr-defined]
        if self.alias not in pools:
            # Of two threads that come at once one wins; what the other made was never opened.
            pools.setdefault(
                self.alias,
                ConnectionPool(
                    kwargs={**self.get_connection_params(), "autocommit": True},
                    open=False,
                    configure=self._configure_connection,  # type: ignore[attr-defined]
                    check=check,
                    **options,
                ),
            )
        mine: ConnectionPool[Any] = pools[self.alias]
        return mine
