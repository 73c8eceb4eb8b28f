"""Handing pushes to the push services. For the worker alone: it waits for other people's servers."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from django.conf import settings
from pywebpush import WebPusher

from agents.models import PushSubscription
from agents.push import subscriptions
from agents.push.keys import vapid
from agents.push.words import Push

logger = logging.getLogger(__name__)
TIMEOUT_S = 5.0
AT_ONCE = 16
# RFC 8292: at most a day. Push services keep a signature; a new one for each push costs more.
CLAIM_LIFE_S = 12 * 3600


class _Straight(requests.Session):
    """Follows no redirect: the address was checked, and where one leads was not. No proxy of the
    environment and no `.netrc` either."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As always, and straight."""
        return super().request(*args, **{**kwargs, "allow_redirects": False})


def send(pushes: Sequence[tuple[PushSubscription, Push]]) -> int:
    """Hand these over; returns how many were taken.

    A subscription that its service says is gone is removed; one that fails is noted
    (`subscriptions.failed`). Never raises for what others' servers do.
    """
    if not pushes or not settings.VAPID_PRIVATE_KEY:
        return 0
    with ThreadPoolExecutor(min(AT_ONCE, len(pushes))) as pool:
        statuses = list(pool.map(_one, *zip(*pushes, strict=True)))
    found: dict[Callable[..., None], set[Any]] = {}
    for (subscription, _push), status in zip(pushes, statuses, strict=True):
        if verdict := _verdict(status):
            found.setdefault(verdict, set()).add(subscription.pk)
    for note, ids in found.items():
        note(ids)
    return sum(200 <= status < 300 for status in statuses)


def _verdict(status: int) -> Callable[..., None] | None:
    if 200 <= status < 300:
        return None
    # 404 and 410: gone. 401 and 403: it was made with another key of ours; the app makes a new one.
    return subscriptions.gone if status in {401, 403, 404, 410} else subscriptions.failed


def _one(subscription: PushSubscription, push: Push) -> int:
    """The service's status; 0 when there was no answer. In a thread of its own: no database here."""
    origin = "/".join(subscription.endpoint.split("/", 3)[:3])
    try:
        claims = {
            "aud": origin,
            "sub": settings.VAPID_CONTACT,
            "exp": int(time.time()) + CLAIM_LIFE_S,
        }
        headers = vapid().sign(claims)
        answer = WebPusher(
            {
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            requests_session=_Straight(),
        ).send(
            json.dumps(push.payload(subscription.pk), separators=(",", ":")),
            {**headers, "Urgency": "high" if push.urgent else "normal"},
            ttl=push.ttl,
            timeout=TIMEOUT_S,
        )
    except (requests.RequestException, OSError, ValueError) as error:
        logger.warning("push: %s does not answer (%s)", origin, error)
        return 0
    assert isinstance(answer, requests.Response)
    if not answer.ok:
        logger.warning("push: %s answers %s", origin, answer.status_code)
    return answer.status_code
