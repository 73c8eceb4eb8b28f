"""Rate limits: atomic counters in Redis, in this process's memory while Redis is away."""

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from rest_framework.throttling import BaseThrottle

from core import redis as hints

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


@lru_cache(maxsize=1)
def _shared() -> FixedWindowRateLimiter:
    storage = RedisStorage(
        settings.REDIS_URL,
        connection_pool=hints.client().connection_pool,
        key_prefix="flagdown:rate",
    )
    return FixedWindowRateLimiter(storage)


@lru_cache(maxsize=1)
def _local() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@lru_cache(maxsize=64)
def _rate(scope: str) -> RateLimitItem:
    return parse(settings.RATES[scope])


def allow(scope: str, who: str) -> float | None:
    """Count one use of `scope` by `who`. None when allowed, else the seconds to wait.

    Raises KeyError for a scope that settings.RATES does not name.
    """
    if not settings.RATE_LIMITS:
        return None
    item = _rate(scope)
    answer = hints.attempt(lambda _client: _hit(_shared(), item, scope, who))
    return (_hit(_local(), item, scope, who) if answer is None else answer) or None


def exhausted(scope: str, who: str) -> float | None:
    """As `allow`, without counting: None while another use would be allowed, else the seconds to wait."""
    if not settings.RATE_LIMITS:
        return None
    item = _rate(scope)

    def left(limiter: FixedWindowRateLimiter) -> float:
        if limiter.test(item, scope, who):
            return 0.0
        return max(0.5, limiter.get_window_stats(item, scope, who).reset_time - time.time())

    answer = hints.attempt(lambda _client: left(_shared()))
    return (left(_local()) if answer is None else answer) or None


def _hit(limiter: FixedWindowRateLimiter, item: RateLimitItem, scope: str, who: str) -> float:
    """0 when allowed, else the seconds until the window ends."""
    if limiter.hit(item, scope, who):
        return 0.0
    return max(0.5, limiter.get_window_stats(item, scope, who).reset_time - time.time())


def client_ip(request: "Request | Any") -> str:
    """The caller's address. X-Forwarded-For counts only as far as our own proxies wrote it."""
    if settings.NUM_PROXIES:
        chain = [
            a.strip() for a in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if a.strip()
        ]
        if chain:
            return chain[-min(settings.NUM_PROXIES, len(chain))]
    return str(request.META.get("REMOTE_ADDR", ""))


class RateLimit(BaseThrottle):
    """A view names its `throttle_scope`; who is counted is the principal, else the address."""

    _wait: float | None = None

    def allow_request(self, request: "Request", view: "APIView") -> bool:
        """Count this request; False when it is one too many."""
        scope = getattr(view, "throttle_scope", None)
        if scope is None:
            return True
        if isinstance(scope, tuple):
            scope = scope[0] if request.method in {"GET", "HEAD"} else scope[1]
        principal = getattr(request.user, "throttle_key", None)
        self._wait = allow(scope, principal or client_ip(request))
        return self._wait is None

    def wait(self) -> float | None:
        """Seconds until the next try may succeed."""
        return self._wait
