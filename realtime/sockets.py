"""The base socket: who may connect, the first frame, heartbeat, limits. Knows no app.

Client frames go through one closed dict of commands, each with a schema: the `type` a client sends
never chooses a method. Writes go over HTTP; a socket only listens, and says ping, typing and
"I drew this offer".
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from core import clock

NOT_AUTHENTICATED, NOT_ALLOWED, NO_AUTH_IN_TIME, TOO_MANY = 4401, 4403, 4408, 4429
AUTH_TIMEOUT_S = 5.0
SEND_TIMEOUT_S = 10.0
MAX_ERRORS = 10
# Every third heartbeat, at most 60 s apart, the socket asks the database whether it may still read.
RECHECK_S = 60.0
# A token bucket: a person types; a client in a loop is cut off.
FRAMES_PER_S, FRAMES_BURST = 10.0, 60.0


async def in_thread(call: Callable[..., Any], *args: Any) -> Any:
    """Run blocking database work in the pool of threads, returning the connection afterwards.

    `database_sync_to_async` would run everything on one single thread of the process.
    """
    return await sync_to_async(_with_connection, thread_sensitive=False)(call, *args)


def _with_connection(call: Callable[..., Any], *args: Any) -> Any:
    close_old_connections()
    try:
        return call(*args)
    finally:
        close_old_connections()


@dataclass(frozen=True)
class Command:
    """One frame a client may send: its members with their checks, and what it does."""

    run: Callable[..., Awaitable[None]]
    members: dict[str, Callable[[Any], Any]]


def uuid(value: Any) -> UUID:
    """A member that is a UUID. Raises ValueError."""
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError("a UUID as a string")
    return UUID(value)


class Socket(AsyncWebsocketConsumer):
    """Accepts, authenticates by the first frame, joins one group, and passes events on."""

    commands: ClassVar[dict[str, Command]] = {}
    principal: Any = None
    group: str = ""
    # The digest of the token or session that opened it, so that it ends with that alone.
    opener: str = ""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """What the server and the layer say, by a closed list instead of the name of any method.

        Channels' own would also close old connections before each message, in a thread: a quarter of
        this process's time. Here only `in_thread` has any, and gives them back itself.
        """
        match message["type"]:
            case "event":
                await self.event(message)
            case "websocket.receive":
                await self.websocket_receive(message)
            case "websocket.connect":
                await self.websocket_connect(message)
            case "websocket.disconnect":
                await self.websocket_disconnect(message)
            case "recheck":
                await self.recheck(message)
            case "closing":
                await self.closing(message)
            case other:
                raise ValueError(f"no message of type {other!r} is sent to a socket")

    # -- what a room fills in ------------------------------------------------------------------

    async def authenticate(self, token: str) -> Any:
        """The principal of `token`, or None."""
        raise NotImplementedError

    async def authenticate_cookie(self) -> Any:
        """The principal of the browser's session, or None. Only asked with a checked Origin."""
        return None

    async def origin_allowed(self, origin: str) -> bool:
        """Whether a page of this origin may hold this principal's socket."""
        return self.same_origin(origin)

    async def still_allowed(self) -> bool:
        """Asked at least every RECHECK_S: may the principal still read?"""
        return True

    async def joined(self) -> None:
        """After the group is joined, before `ready` is said."""

    async def left(self) -> None:
        """After the socket closed."""

    async def beat(self) -> None:
        """On each ping."""

    # -- life ----------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Accept; a browser's Origin is checked before anything else is done."""
        self._errors = 0
        self._tokens, self._refilled = FRAMES_BURST, time.monotonic()
        self._checked = time.monotonic()
        self._auth_timer: asyncio.TimerHandle | None = None
        self._closed = False
        await self.accept()
        headers = dict(self.scope["headers"])
        self.origin = headers.get(b"origin", b"").decode("latin-1")
        self.host = headers.get(b"host", b"").decode("latin-1")
        if self.origin and not await self.may_connect_from(self.origin):
            await self.close(NOT_ALLOWED)
            return
        if self.origin and (principal := await self.authenticate_cookie()):
            await self.enter(principal)
            return
        self._auth_timer = asyncio.get_running_loop().call_later(
            AUTH_TIMEOUT_S, lambda: asyncio.ensure_future(self._no_auth())
        )

    async def may_connect_from(self, origin: str) -> bool:
        """The check before authentication; a room may defer it until it knows the principal."""
        return self.same_origin(origin)

    def same_origin(self, origin: str) -> bool:
        """True for our own pages: the host the socket was reached at, on our web or socket port."""
        if origin == settings.PUBLIC_URL:
            return True
        try:
            theirs, ours = urlsplit(origin), urlsplit(f"//{self.host}")
            ports = {settings.PORT, settings.SOCKET_PORT, ours.port}
            default = 443 if theirs.scheme == "https" else 80
            return theirs.hostname == ours.hostname and (theirs.port or default) in (
                {p or default for p in ports}
            )
        except ValueError:
            # No address at all, such as http://[ or a port of 99999.
            return False

    async def _no_auth(self) -> None:
        if self.principal is None:
            await self.close(NO_AUTH_IN_TIME)

    async def enter(self, principal: Any) -> None:
        """Join the principal's group, then say `ready`: from then on no event is missed."""
        if self._auth_timer:
            self._auth_timer.cancel()
        self.principal = principal
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.joined()
        if clock.needs_measuring():
            await in_thread(clock.now)
        await self.say(
            {"type": "ready", "server_time": _now(), "heartbeat_s": settings.HEARTBEAT_S}
        )

    async def disconnect(self, code: int) -> None:
        """Leave the group and tell the room."""
        if getattr(self, "_auth_timer", None):
            self._auth_timer.cancel()  # type: ignore[union-attr]
        if self.principal is not None:
            # First what the database has to know: leaving the group fails while Redis is away.
            try:
                await self.left()
            finally:
                await self.channel_layer.group_discard(self.group, self.channel_name)

    # -- frames in -----------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Check one frame against the closed dict of commands and run it."""
        if self._closed:
            # It was on its way when we closed.
            return
        now = time.monotonic()
        self._tokens = min(FRAMES_BURST, self._tokens + (now - self._refilled) * FRAMES_PER_S)
        self._refilled = now
        if self._tokens < 1:
            await self.close(TOO_MANY)
            return
        self._tokens -= 1
        try:
            frame = json.loads(text_data or "")
            if not isinstance(frame, dict):
                raise ValueError
            if text_data and "\\u" in text_data:
                # Half a character (a lone \\ud800) is text that nothing behind here can encode.
                json.dumps(frame, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            await self.refuse("malformed", "Send one JSON object per frame.")
            return
        kind = frame.pop("type", None)
        if kind == "auth":
            await self._auth(frame)
        elif self.principal is None:
            await self.refuse("auth-first", 'The first frame is {"type": "auth", "token": …}.')
        elif not isinstance(kind, str) or (kind != "ping" and kind not in self.commands):
            known = ", ".join(["auth", "ping", *self.commands])
            await self.refuse("unknown-type", f"Known types: {known}.")
        elif kind == "ping":
            await self._ping()
        else:
            await self._run(self.commands[kind], frame)

    async def _run(self, command: Command, frame: dict[str, Any]) -> None:
        if set(frame) != set(command.members):
            await self.refuse("malformed", f"Members: {', '.join(command.members) or 'none'}.")
            return
        try:
            values = {name: check(frame[name]) for name, check in command.members.items()}
        except ValueError:
            await self.refuse(
                "malformed", f"Members: {', '.join(command.members)}, each a UUID string."
            )
            return
        await command.run(self, **values)

    async def _auth(self, frame: dict[str, Any]) -> None:
        if self.principal is not None:
            # A cookie was enough; a client that says auth as well means no harm.
            return
        token = frame.get("token", "")
        if set(frame) - {"token"} or not isinstance(token, str) or len(token) > 4096:
            await self.refuse("malformed", "Members: token.")
            return
        principal = await self.authenticate(token) if token else None
        if principal is None:
            await self.close(NOT_AUTHENTICATED)
        elif self.origin and not await self.origin_allowed(self.origin):
            await self.close(NOT_ALLOWED)
        else:
            await self.enter(principal)

    async def _ping(self) -> None:
        # Answer first: the client measures the clock's offset by the round trip.
        await self.say({"type": "pong", "server_time": _now()})
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.beat()
        try:
            if clock.needs_measuring():
                await in_thread(clock.now)
            await self._recheck(RECHECK_S - settings.HEARTBEAT_S)
        except DatabaseError:
            # Nobody loses a socket because Postgres restarts: the next ping asks again.
            self._checked = float("-inf")

    async def _recheck(self, every_s: float) -> None:
        """Ask again whether the principal may read, if the last time is longer ago than `every_s`."""
        if time.monotonic() - self._checked > every_s:
            self._checked = time.monotonic()
            if not await self.still_allowed():
                await self.close(NOT_AUTHENTICATED)

    async def refuse(self, code: str, detail: str) -> None:
        """Say what was wrong with a frame; the tenth closes the socket."""
        self._errors += 1
        await self.say({"type": "error", "code": code, "detail": detail})
        if self._errors >= MAX_ERRORS:
            await self.close(TOO_MANY)

    # -- frames out ----------------------------------------------------------------------------

    async def say(self, frame: dict[str, Any]) -> None:
        """Send one frame."""
        await self._send(json.dumps(frame, separators=(",", ":")))

    async def _send(self, frame: str) -> None:
        if self._closed:
            return
        # A reader that does not read would pile up frames here: let it go, it resumes by seq.
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self.send(text_data=frame)
        except TimeoutError:
            await self.close()
        except OSError:
            # The line broke under this frame. `disconnect` comes next and tells the room.
            self._closed = True

    async def close(self, code: int | bool | None = None, reason: str | None = None) -> None:
        """Close once; nothing is said or heard afterwards."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError):
            await super().close(code=code, reason=reason)

    # What the layer may dispatch to (the server alone writes these types).

    async def event(self, message: dict[str, Any]) -> None:
        """An event of this principal. One who never pings is asked here whether she may read it."""
        await self._recheck(RECHECK_S)
        await self._send(message["frame"])

    async def closing(self, message: dict[str, Any]) -> None:
        """The right to read has ended, for all of them or for those of one opener."""
        only, but = message.get("only"), message.get("but")
        if (not only or only == self.opener) and (not but or but != self.opener):
            await self.close(message["code"])

    async def recheck(self, message: dict[str, Any]) -> None:
        """Another socket of the principal has gone: say that this one is here."""
        await self.beat()


class NoSuchSocket(AsyncWebsocketConsumer):
    """Any other path."""

    async def connect(self) -> None:
        """Accept, so that the client sees the code, and close."""
        await self.accept()
        await self.close(NOT_ALLOWED)


def _now() -> str:
    return clock.near_now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
