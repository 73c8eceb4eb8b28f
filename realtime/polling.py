"""A socket for whom no WebSocket reaches: the same frames, by HTTP requests that wait.

Some networks let nothing through but plain requests. A POST to a socket's own address opens a session:
in it the very same consumer runs, on a scope that looks like a WebSocket's, so that authentication, the
check of the Origin, commands and limits are one code. What it sends is kept until the client says that
it has it; what the client says is given to it. Protocol: docs/protocol.md, "Without WebSockets".

A session lives in one process. Asked of another one, or after a restart, it is unknown: the client opens
a new one and fetches, as after any lost line.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A request waits so long for something to say: less than any proxy's patience.
WAIT_S = 20.0
# Without a request for so long the line is lost; longer than a phone needs to change cells.
SILENT_S = 30.0
# Frames kept for who does not fetch them: beyond that the client starts anew, and fetches all.
KEPT = 200
# What one request may hold, as for a WebSocket's frame.
MOST_BYTES = 64 * 1024
MOST_FRAMES = 32
MOST_SESSIONS = 5000
# Of one address: a school behind one router, and not one script that takes all there are. A WebSocket
# holds a connection, which a proxy can count; a session holds none.
MOST_OF_ONE = 200
# A line that has ended is kept so long for who has not heard why.
ENDED_S = 5.0
LOST = 1006


class Session:
    """One line: a consumer, and what waits in both directions."""

    def __init__(self, app: App, scope: Scope, address: str) -> None:
        self.id = secrets.token_urlsafe(24)
        self.address = address
        self.closed: int | None = None
        self.heard_at = time.monotonic()
        self.waiting = 0
        # Frames after `base`, which the client has.
        self._base = 0
        self._frames: list[str] = []
        self._news = asyncio.Event()
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: App, scope: Scope) -> None:
        try:
            await app(scope, self._inbox.get, self._said)
        except Exception:
            logger.exception("a polled socket failed")
        finally:
            self._close(LOST)

    async def _said(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self._frames.append(message.get("text") or "")
            if len(self._frames) > KEPT:
                self._close(LOST)
        elif message["type"] == "websocket.close":
            self._close(message.get("code") or 1000)
        self._news.set()

    def _close(self, code: int) -> None:
        if self.closed is None:
            self.closed = code
        self._news.set()

    def say(self, frames: list[str]) -> None:
        """What the client says."""
        for frame in frames:
            self._inbox.put_nowait({"type": "websocket.receive", "text": frame})

    async def fetch(self, after: int, wait_s: float) -> tuple[int, list[str]]:
        """Frames after `after`, which the client has, once there are any or the time is over.

        Returns the number of the last one, and them.
        """
        del self._frames[: max(0, after - self._base)]
        self._base = max(self._base, after)
        self._news.clear()
        if not self._frames and self.closed is None and wait_s:
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                pass
        return self._base + len(self._frames), list(self._frames)

    @property
    def is_lost(self) -> bool:
        """Nobody has asked for too long."""
        patience = SILENT_S if self.closed is None else ENDED_S
        return not self.waiting and time.monotonic() - self.heard_at > patience

    async def end(self) -> None:
        """The line is lost: let the consumer say so to its room."""
        self._close(LOST)
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": LOST})
        try:
            async with asyncio.timeout(5):
                await asyncio.shield(self._task)
        except TimeoutError:
            self._task.cancel()


class Polling:
    """The ASGI application for HTTP at the sockets' addresses. `app` is that of the WebSockets."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._sessions: dict[str, Session] = {}
        self._sweeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        if scope["method"] == "OPTIONS":
            await _answer(send, 204, None, headers)
        elif scope["method"] != "POST":
            await _answer(
                send, 405, "Open a WebSocket here, or POST as docs/protocol.md says.", headers
            )
        else:
            status, content = await self._post(scope, await _body(receive))
            await _answer(send, status, content, headers)

    async def _post(self, scope: Scope, body: bytes | None) -> tuple[int, Any]:
        asked = _checked(body)
        if asked is None:
            return 400, 'Send {"session"?, "after"?, "frames"?, "wait"?} with frames as objects.'
        name, after, frames, wait = asked
        if name is None:
            address = _address(scope)
            theirs = sum(each.address == address for each in self._sessions.values())
            if len(self._sessions) >= MOST_SESSIONS or theirs >= MOST_OF_ONE:
                return 503, "Too many lines are open. Try again in a moment."
            session = self._open(scope, address)
        elif (found := self._sessions.get(name)) is None:
            return 404, "There is no such session (any more). Open a new one and fetch your state."
        else:
            session = found
        session.heard_at = time.monotonic()
        session.waiting += 1
        try:
            session.say(frames)
            last, fresh = await session.fetch(after, WAIT_S if wait else 0)
        finally:
            session.waiting -= 1
            session.heard_at = time.monotonic()
        answer = {"session": session.id, "last": last, "frames": [json.loads(f) for f in fresh]}
        if session.closed is not None:
            self._sessions.pop(session.id, None)
            await session.end()
            answer["closed"] = session.closed
        return 200, answer

    def _open(self, scope: Scope, address: str) -> Session:
        session = Session(
            self._app,
            {
                **{name: scope[name] for name in ("path", "headers", "client", "server")},
                "type": "websocket",
                "asgi": scope["asgi"],
                "scheme": "ws",
                "raw_path": scope["path"].encode(),
                "query_string": b"",
                "root_path": "",
                "subprotocols": [],
            },
            address,
        )
        self._sessions[session.id] = session
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep())
        return session

    async def _sweep(self) -> None:
        """End the lines that nobody asks for, while there are any."""
        while self._sessions:
            await asyncio.sleep(1)
            for session in [each for each in self._sessions.values() if each.is_lost]:
                del self._sessions[session.id]
                await session.end()


def _address(scope: Scope) -> str:
    """Who asks, as far as our own proxies tell it."""
    chain = dict(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    if settings.NUM_PROXIES and chain[0]:
        return chain[-min(settings.NUM_PROXIES, len(chain))].strip()
    return str((scope["client"] or ("",))[0])


async def _body(receive: Receive) -> bytes | None:
    """The request's body, or None for one that is too large."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _checked(body: bytes | None) -> tuple[str | None, int, list[str], bool] | None:
    """(session, after, frames, wait) of a request's body, or None for one that is not right."""
    try:
        asked = json.loads(body or b"")
        if not isinstance(asked, dict) or set(asked) - {"session", "after", "frames", "wait"}:
            return None
        name, after = asked.get("session"), asked.get("after", 0)
        frames, wait = asked.get("frames", []), asked.get("wait", True)
        fits = (
            (name is None or isinstance(name, str))
            and type(after) is int
            and 0 <= after < 2**53
            and isinstance(wait, bool)
            and isinstance(frames, list)
            and len(frames) <= MOST_FRAMES
            and all(isinstance(frame, dict) for frame in frames)
        )
        return (name, after, [json.dumps(frame) for frame in frames], wait) if fits else None
    except (ValueError, RecursionError):
        return None


async def _answer(send: Send, status: int, content: Any, asked: dict[bytes, bytes]) -> None:
    """Send an answer that a page of another origin may read.

    Which origin may have a line is for the consumer to say, as for a WebSocket; without one there is
    nothing here to read.
    """
    body = b"" if content is None else json.dumps(content, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Origin"),
    ]
    if origin := asked.get(b"origin"):
        headers += [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-allow-headers", b"content-type"),
            (b"access-control-allow-methods", b"POST"),
            (b"access-control-max-age", b"7200"),
        ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
