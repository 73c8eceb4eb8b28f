"""Customers and agents as their clients are: HTTP and a socket, nothing else."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.stack import Stack


class Line:
    """A socket that remembers every frame and can wait for one."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[dict[str, Any]] = []

    def send(self, **frame: Any) -> None:
        """Send one frame."""
        self.connection.send(json.dumps(frame))

    def next(self, within: float = 5.0) -> dict[str, Any]:
        """The next frame. Raises TimeoutError when none comes, ConnectionClosed when the line ends."""
        frame: dict[str, Any] = json.loads(self.connection.recv(timeout=within))
        self.frames.append(frame)
        return frame

    def wait(
        self,
        kind: str,
        within: float = 5.0,
        *,
        where: Callable[[dict[str, Any]], bool] | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """The next frame of this type with these members, for which `where` holds; the others are
        remembered."""
        deadline = time.monotonic() + within
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no {kind} {members} within {within} s; came: {self.frames}")
            try:
                frame = self.next(left)
            except TimeoutError:
                continue
            fits = frame["type"] == kind and all(frame.get(k) == v for k, v in members.items())
            if fits and (where is None or where(frame)):
                return frame


def in_state(state: str) -> Callable[[dict[str, Any]], bool]:
    """For `Line.wait`: the frame's ticket is in this state."""
    return lambda frame: frame["ticket"]["state"] == state


class Person:
    """Base: an HTTP client with a token, and a socket."""

    path = ""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.token = ""
        self.socket = ""

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """One API call with the token."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.stack.http.request(
            method, f"/api/v1{path}", json=body, headers=headers, **options
        )

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """One API call that must succeed; its JSON."""
        answer = self.call(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    @contextlib.contextmanager
    def line(self, **options: Any) -> Iterator[Line]:
        """An authenticated socket, `ready` said."""
        with connect(self.socket, **options) as connection:
            line = Line(connection)
            line.send(type="auth", token=self.token)
            line.wait("ready")
            yield line


class CustomerClient(Person):
    """A customer's page."""

    def __init__(self, stack: Stack, desk: str, **about: Any) -> None:
        super().__init__(stack)
        session = self.ok("POST", "/chat/sessions", {"desk": desk, "name": "Kim", **about})
        self.token, self.socket = session["token"], session["socket"]
        self.ticket: dict[str, Any] = session["ticket"]

    @classmethod
    def asking(
        cls, stack: Stack, desk: str, text: str = "Hello", **wishes: Any
    ) -> "CustomerClient":
        """A customer who has asked for a human."""
        first = {"client_id": str(uuid.uuid4()), "text": text, "human": True, **wishes}
        return cls(stack, desk, ticket=first)

    def say(self, text: str, client_id: str | None = None) -> dict[str, Any]:
        """Post a message."""
        body = {"client_id": client_id or str(uuid.uuid4()), "text": text}
        message: dict[str, Any] = self.ok(
            "POST", f"/chat/tickets/{self.ticket['id']}/messages", body
        )
        return message

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """The messages after a seq."""
        page = self.ok("GET", f"/chat/tickets/{self.ticket['id']}/messages?after={after}")
        return list(page["messages"])

    def refresh(self) -> dict[str, Any]:
        """The ticket as it is now."""
        self.ticket = self.ok("GET", f"/chat/tickets/{self.ticket['id']}")
        return self.ticket


class AgentClient(Person):
    """An agent's phone."""

    def __init__(self, stack: Stack, agent: Any, password: str) -> None:
        super().__init__(stack)
        self.agent = agent
        answer = self.ok("POST", "/agent/token", {"email": agent.user.email, "password": password})
        self.token, self.socket = answer["token"], answer["socket"]

    def go(self, presence: str = "online", **more: Any) -> dict[str, Any]:
        """Choose a presence."""
        answer: dict[str, Any] = self.ok("PUT", "/agent/presence", {"presence": presence, **more})
        return answer

    def me(self) -> dict[str, Any]:
        """The whole state."""
        answer: dict[str, Any] = self.ok("GET", "/agent/me")
        return answer

    def accept(self, offer_id: str) -> httpx.Response:
        """Accept an offer."""
        return self.call("POST", f"/agent/offers/{offer_id}/accept", {})

    def decline(self, offer_id: str, **more: Any) -> httpx.Response:
        """Decline an offer."""
        return self.call("POST", f"/agent/offers/{offer_id}/decline", more)

    def say(self, ticket_id: str, text: str, client_id: str | None = None) -> dict[str, Any]:
        """Post a message."""
        body = {"client_id": client_id or str(uuid.uuid4()), "text": text}
        message: dict[str, Any] = self.ok("POST", f"/agent/tickets/{ticket_id}/messages", body)
        return message
