"""One clock: the database's.

Deadlines are compared inside SQL. Where Python needs a time to tell a client, it asks the database
(`now`) or, on sockets where a query per frame would be waste, uses the offset measured a moment
ago (`near_now`).
"""

import time
from datetime import UTC, datetime

from core import sql

OFFSET_TTL_S = 10.0

# From the monotonic clock, which nobody sets; until the first `now` this machine's clock serves.
_offset_s = time.time() - time.monotonic()
_measured_at = float("-inf")


def now() -> datetime:
    """The database's clock at this moment, in UTC."""
    global _offset_s, _measured_at
    before = time.monotonic()
    with sql.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    after = time.monotonic()
    # NTP's estimate: the answer was true halfway through the round trip.
    _offset_s = at.timestamp() - (before + after) / 2
    _measured_at = time.monotonic()
    return at.astimezone(UTC)


def needs_measuring() -> bool:
    """True when the offset is older than OFFSET_TTL_S and `now` should be asked again."""
    return time.monotonic() - _measured_at > OFFSET_TTL_S


def near_now() -> datetime:
    """The database's clock by the last measured offset: no query, right to a few milliseconds."""
    return datetime.fromtimestamp(time.monotonic() + _offset_s, UTC)
