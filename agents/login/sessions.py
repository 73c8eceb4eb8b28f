"""Browser sessions: where a person is logged in, and how one of them ends, with its sockets."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponseBase

from agents import tokens
from agents.login import devices
from agents.models import AgentToken, User
from core import clock

# A session's last sign of life is written down so often at most.
SEEN_EVERY_S = 300
SEEN = "seen"

Handler = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Door:
    """One way in that is open: a browser's session, or a native client's token."""

    id: int
    device: str
    hand_held: bool
    ip: str
    since: datetime
    seen: datetime
    here: bool


def seen(get_response: Handler) -> Handler:
    """Middleware: keep where and when each session was last used, without a write per request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if (
            request.session.session_key
            and request.user.is_authenticated
            and time.time() - request.session.get(SEEN, 0) > SEEN_EVERY_S
        ):
            UserSession.objects.create_from_request(request)
            request.session[SEEN] = int(time.time())
        return get_response(request)

    return middleware


def of_browsers(user: User, here: str) -> list[Door]:
    """A person's sessions, this one first, then the one used last."""
    found: list[UserSession] = UserSession.objects.purge_and_list(user)
    doors = [
        Door(
            row.pk,
            devices.describe(row.user_agent),
            devices.is_hand_held(row.user_agent),
            row.ip,
            row.created_at,
            row.last_seen_at,
            row.session_key == here,
        )
        for row in found
    ]
    return sorted(doors, key=lambda door: (door.here, door.seen), reverse=True)


def of_clients(user: User) -> list[Door]:
    """A person's bearer tokens that still open something, the one used last first."""
    rows = AgentToken.objects.filter(user=user, expires_at__gt=clock.now())
    return [
        Door(
            row.pk,
            devices.describe(row.user_agent),
            devices.is_hand_held(row.user_agent),
            "",
            row.created_at,
            row.last_used_at,
            False,
        )
        for row in rows.order_by("-last_used_at")
    ]


def end(user: User, session_id: int) -> None:
    """End one session of this person and the sockets that it opened. Raises Http404 for another's."""
    row = UserSession.objects.filter(user_id=user.pk, pk=session_id).first()
    if row is None:
        raise Http404
    _end([row])


def end_client(user: User, token_id: int) -> None:
    """The same for a bearer token."""
    row = AgentToken.objects.filter(user=user, pk=token_id).first()
    if row is None:
        raise Http404
    row.delete()
    tokens.close_sockets_of(user, row.digest)


@transaction.atomic
def end_others(request: HttpRequest, user: User) -> None:
    """End every session and token but this session, those that no list shows included."""
    AgentToken.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    here = request.session.session_key or ""
    for row in UserSession.objects.filter(user_id=user.pk).exclude(session_key=here):
        row.end()
    tokens.close_all_sockets(user, but=tokens.digest(here))


def _end(rows: Iterable[UserSession]) -> None:
    for row in rows:
        with transaction.atomic():
            row.end()
            tokens.close_sockets_of(row.user, tokens.digest(row.session_key))


class SessionsAdapter(DefaultUserSessionsAdapter):
    """However allauth ends a session, its sockets end too."""

    def end_sessions(self, sessions: Any) -> None:
        """See the class."""
        _end(sessions)
