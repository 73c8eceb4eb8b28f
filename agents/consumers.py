"""The agent's socket: hears her events, says that she is here."""

import asyncio
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.db import DatabaseError
from django.http import parse_cookie

from agents import presence
from agents.login import factors
from agents.tokens import AgentPrincipal, digest, principal_of_token, principal_of_user
from core import clock
from core.sessions import SessionStore
from realtime import groups
from realtime.sockets import NOT_AUTHENTICATED, Socket, in_thread

# Heartbeats of all sockets of the process become one UPDATE a second.
FLUSH_S = 1.0


class Heartbeats:
    """Collects the agents who pinged and writes them down together."""

    def __init__(self) -> None:
        # When each was heard last, by the database's clock.
        self._waiting: dict[UUID, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, agent_id: UUID) -> None:
        """`agent_id` is here."""
        self._waiting[agent_id] = clock.near_now()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())

    def forget(self, agent_id: UUID) -> None:
        """`agent_id`'s socket has closed: what it said before must not undo that."""
        self._waiting.pop(agent_id, None)

    async def _flush(self) -> None:
        await asyncio.sleep(FLUSH_S)
        heard, self._waiting = self._waiting, {}
        self._task = None
        try:
            await in_thread(presence.touch, list(heard), list(heard.values()))
        except DatabaseError:
            # Postgres restarts: say it again in a second.
            for agent_id, at in heard.items():
                self._waiting.setdefault(agent_id, at)
            self._task = asyncio.create_task(self._flush())


heartbeats = Heartbeats()


class AgentLine(Socket):
    """An agent's line, without commands: dispatch adds those that touch tickets and offers."""

    principal: AgentPrincipal | None = None
    epoch = 0

    async def authenticate(self, token: str) -> AgentPrincipal | None:
        """By bearer token."""
        self._token, self.opener = token, digest(token)
        principal: AgentPrincipal | None = await in_thread(principal_of_token, token)
        return self._named(principal)

    async def authenticate_cookie(self) -> AgentPrincipal | None:
        """By the browser's session; the Origin was checked before."""
        cookies = dict(self.scope["headers"]).get(b"cookie", b"").decode("latin-1")
        self._session = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
        if not self._session:
            return None
        self.opener = digest(self._session)
        return self._named(await in_thread(principal_of_session, self._session))

    def _named(self, principal: AgentPrincipal | None) -> AgentPrincipal | None:
        if principal:
            self.group = groups.agent(principal.id)
        return principal

    async def still_allowed(self) -> bool:
        """The token or session it came by must still be good."""
        if token := getattr(self, "_token", ""):
            return await in_thread(principal_of_token, token) is not None
        return await in_thread(principal_of_session, self._session) is not None

    async def joined(self) -> None:
        """She is here, unless what she came by was revoked before the group could tell."""
        assert self.principal is not None
        if not await self.still_allowed():
            await self.close(NOT_AUTHENTICATED)
            return
        self.epoch = await in_thread(presence.connect, self.principal.id)

    async def left(self) -> None:
        """Perhaps she is gone."""
        assert self.principal is not None
        heartbeats.forget(self.principal.id)
        await in_thread(presence.disconnect, self.principal.id, self.epoch)

    async def beat(self) -> None:
        """Still here."""
        assert self.principal is not None
        heartbeats.add(self.principal.id)


def principal_of_session(key: str) -> AgentPrincipal | None:
    """The agent logged in by the session `key`, or None. A changed password ends the session."""
    session = SessionStore(key)
    if not session.get(SESSION_KEY):
        return None
    from django.contrib.auth import HASH_SESSION_KEY
    from django.utils.crypto import constant_time_compare

    user = get_user_model().objects.filter(pk=session[SESSION_KEY], is_active=True).first()
    if user is None or not constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    ):
        return None
    if factors.missing(user, session):
        return None
    return principal_of_user(user.pk)
