"""The process's Redis client for hints: short time-outs, and a breaker.

Redis carries nothing that can't be lost, so no request waits for it: a call that fails opens the
breaker, and for BREAK_S nobody asks again. What was to be said is then found by the next tick, or
by the client's next fetch.
"""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
BREAK_S = 1.0
T = TypeVar("T")

_open_until = 0.0


@lru_cache(maxsize=1)
def client() -> "redis.Redis":
    """One pooled client per process."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=settings.REDIS_TIMEOUT_S,
        socket_connect_timeout=settings.REDIS_TIMEOUT_S,
        socket_keepalive=True,
        # One quick second try: a pooled connection may be the corpse of a restarted server.
        retry=Retry(NoBackoff(), 1),
        retry_on_error=[redis.ConnectionError],
        health_check_interval=10,
        max_connections=64,
    )


def attempt(call: Callable[["redis.Redis"], T]) -> T | None:
    """`call` with the client, or None when Redis does not answer (now or a moment ago)."""
    global _open_until
    if time.monotonic() < _open_until:
        return None
    try:
        return call(client())
    except redis.RedisError as exc:
        _open_until = time.monotonic() + BREAK_S
        logger.warning("Redis does not answer (%s); going on without hints", exc)
        return None
