"""Phones that can be pushed to, and the push service in between: it hands over what was really sent.

A `Phone` has the keys that a browser would have, and decrypts with them. `PushService` is a real HTTP
server at the address that the tests' settings allow (PUSH_SERVICES); it checks each request's VAPID
signature before it takes it, as the services of the browsers do.
"""

import base64
import json
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.stack import until

SERVICE = os.environ["PUSH_SERVICES"]
ENDPOINT = f"{SERVICE}/somebody"


def b64(raw: bytes) -> str:
    """As browsers write it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Phone:
    """A browser with a subscription."""

    name: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)

    @property
    def endpoint(self) -> str:
        """Where its push service takes what is for it."""
        return f"{SERVICE}/{self.name}"

    @property
    def keys(self) -> dict[str, str]:
        """What whoever pushes to it encrypts with."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": b64(point), "auth": b64(self._secret)}

    @property
    def subscription(self) -> dict[str, Any]:
        """As the browser gives it to the page."""
        return {"endpoint": self.endpoint, "keys": self.keys}

    def decrypt(self, body: bytes) -> dict[str, Any]:
        """What was pushed. Raises for what is not for this phone."""
        found: dict[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret)
        )
        return found


@dataclass(frozen=True)
class Taken:
    """A request that the service got."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """What it took; `answer` says what it answers with, by the subscription's name."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.refused: list[str] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}

    def of(self, phone: Phone) -> list[dict[str, Any]]:
        """What was pushed to this phone, decrypted, oldest first."""
        return [phone.decrypt(each.body) for each in self.taken if each.path == f"/{phone.name}"]

    def wait(self, phone: Phone, kind: str, n: int = 1) -> dict[str, Any]:
        """The nth push of this kind to the phone, once it has come."""

        def found() -> list[dict[str, Any]]:
            them = [each for each in self.of(phone) if each["kind"] == kind]
            return them if len(them) >= n else []

        return until(found, within=15)[n - 1]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Check and keep one request."""
        if complaint := self._complaint(headers, body):
            self.refused.append(complaint)
            return 400, {}
        self.taken.append(Taken(path, headers, body))
        return self.answers.get(path[1:], (201, {}))

    def _complaint(self, headers: dict[str, str], body: bytes) -> str:
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme.lower() != "vapid" or {"t", "k"} - set(parts):
            return f"no vapid: {headers}"
        raw = base64.urlsafe_b64decode(parts["k"] + "=" * (-len(parts["k"]) % 4))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        try:
            claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=SERVICE)
        except jwt.PyJWTError as error:
            return str(error)
        if not claims["sub"].startswith(("mailto:", "https:")):
            return f"no contact: {claims}"
        if headers.get("content-encoding") != "aes128gcm" or not headers.get("ttl", "").isdigit():
            return f"headers: {headers}"
        return "too large" if len(body) > 4096 else ""


@contextmanager
def push_service() -> Iterator[PushService]:
    """Serve until the block ends."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = service.take(self.path, headers, body)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(SERVICE.rsplit(":", 1)[1])), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
