"""A lean client for load: HTTP/1.1 with kept connections, and sockets that stamp what they receive.

The generator shares the cores with what it measures, so a request costs tens of microseconds here,
and a frame's time is taken where its bytes arrive, not where a task wakes up later.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import struct
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httptools

Frame = Callable[[float, dict[str, Any]], None]
"""Told of each text frame: when its bytes arrived (`time.monotonic`), and what it says."""

PATIENCE_S = 20.0


class Refused(Exception):
    """The product answered with an error that the load did not expect."""


class _Connection(asyncio.Protocol):
    """One HTTP connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.open = False
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.open = True
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"closed before the answer: {error}"))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._body = b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status, stays = self._parser.get_status_code(), self._parser.should_keep_alive()
        self._parser = httptools.HttpResponseParser(self)
        if not stays:
            self.close()
        if self._answer and not self._answer.done():
            self._answer.set_result((status, self._body))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """The answer's status and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(PATIENCE_S):
            return await self._answer

    def close(self) -> None:
        self.open = False
        if self._transport:
            self._transport.close()


@dataclass
class Http:
    """As many kept connections to one server as are needed at once."""

    url: str
    _idle: list[_Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n"

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str = ""
    ) -> tuple[int, Any]:
        """Status and decoded body. Raises OSError or TimeoutError when nobody answers."""
        payload = b"" if body is None else json.dumps(body).encode()
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{bearer}Content-Length: {len(payload)}\r\n"
        async with self._connection() as connection:
            status, raw = await connection.send(f"{head}\r\n".encode() + payload)
        return status, json.loads(raw) if raw[:1] in (b"{", b"[") else raw

    async def ok(self, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
        """As `call`, for what must succeed. Raises Refused."""
        status, answer = await self.call(method, path, body, token=token)
        if not 200 <= status < 300:
            raise Refused(f"{method} {path}: {status} {answer}")
        return answer

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        while self._idle and not self._idle[-1].open:
            self._idle.pop()
        if self._idle:
            connection = self._idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, self.host, self.port)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.open:
            self._idle.append(connection)

    def close(self) -> None:
        """Close what is idle."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()


class Socket(asyncio.Protocol):
    """A WebSocket client of just what the product's sockets speak: small text frames."""

    def __init__(self, host: str, path: str, first: dict[str, Any], on_frame: Frame) -> None:
        self._host, self._path, self._first, self._on_frame = host, path, first, on_frame
        self._buffer = bytearray()
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.closed: int | None = None
        self._over: asyncio.Future[None] = loop.create_future()

    @classmethod
    async def connect(
        cls, url: str, token: str, on_frame: Frame, *, first: dict[str, Any] | None = None
    ) -> Socket:
        """Open, authenticate, and return once `ready` has been said. Raises Refused."""
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        loop = asyncio.get_running_loop()
        first = first or {"type": "auth", "token": token}
        made = cls(f"{host}:{port}", parts.path or "/", first, on_frame)
        await loop.create_connection(lambda: made, host, port)
        async with asyncio.timeout(PATIENCE_S):
            await made.ready
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(  # type: ignore[union-attr]
            (
                f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = self.closed or 1006
        if not self._over.done():
            self._over.set_result(None)
        if not self.ready.done():
            self.ready.set_exception(Refused(f"the socket was closed with {self.closed}"))
            # Whoever waits is told; nobody may be waiting any more.
            self.ready.exception()

    def say(self, **frame: Any) -> None:
        """Send one frame."""
        self._send(0x1, json.dumps(frame).encode())

    async def close(self) -> None:
        """Say good-bye and wait until the other side has hung up."""
        if self.closed is None and self._transport is not None:
            self._send(0x8, struct.pack("!H", 1000))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._over
            self._transport.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        assert self._transport is not None
        size = len(payload)
        head = bytes([0x80 | opcode])
        head += bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
        # The mask 0 is a legal mask, and costs nothing.
        self._transport.write(head + b"\0\0\0\0" + payload)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101"):
                self.closed = int(self._buffer[9:12])
                self._transport.close()  # type: ignore[union-attr]
                return
            del self._buffer[: end + 4]
            self._upgraded = True
            # Not before: a server may drop what comes along with the handshake.
            self.say(**self._first)
        while (parsed := self._frame()) is not None:
            opcode, payload = parsed
            if opcode == 0x1:
                self._heard(at, json.loads(payload))
            elif opcode == 0x9:
                self._send(0xA, payload)
            elif opcode == 0x8:
                self.closed = struct.unpack("!H", payload[:2])[0] if len(payload) > 1 else 1005
                self._transport.close()  # type: ignore[union-attr]

    def _frame(self) -> tuple[int, bytes] | None:
        have = self._buffer
        if len(have) < 2:
            return None
        size, begin = have[1] & 0x7F, 2
        if size == 126:
            size, begin = int.from_bytes(have[2:4], "big"), 4
        elif size == 127:
            size, begin = int.from_bytes(have[2:10], "big"), 10
        if len(have) < begin or len(have) < begin + size:
            return None
        opcode, payload = have[0] & 0x0F, bytes(have[begin : begin + size])
        del have[: begin + size]
        return opcode, payload

    def _heard(self, at: float, frame: dict[str, Any]) -> None:
        if frame.get("type") == "ready" and not self.ready.done():
            self.ready.set_result(None)
        else:
            self._on_frame(at, frame)
