"""Without WebSockets: the same frames by requests that wait, and the same rules."""

import asyncio
from typing import Any

import httpx
import pytest

from agents import tokens
from agents.models import Presence
from tests.office import some_id, token_of
from tests.people import CustomerClient
from tests.realtime.test_authenticate import logged_in
from tests.stack import Stack, until


class Polled:
    """A client that can do nothing but POST."""

    def __init__(self, stack: Stack, path: str, **headers: str) -> None:
        self.http, self.headers = stack.http, headers
        self.address = stack.socket_url.replace("ws", "http", 1) + path
        self.session = ""
        self.last = 0
        self.closed: int | None = None

    def ask(self, *frames: dict[str, Any], wait: bool = False, status: int = 200) -> list[Any]:
        """Say these; what has come."""
        body: dict[str, Any] = {"frames": list(frames), "wait": wait, "after": self.last}
        if self.session:
            body["session"] = self.session
        answer = self.http.post(self.address, json=body, headers=self.headers, timeout=30)
        assert answer.status_code == status, answer.text
        if status != 200:
            return []
        said = answer.json()
        self.session, self.last = said["session"], said["last"]
        self.closed = said.get("closed")
        return list(said["frames"])

    def wait(self, kind: str) -> dict[str, Any]:
        """The next frame of this type."""
        for _ in range(30):
            for frame in self.ask(wait=True):
                if frame["type"] == kind:
                    found: dict[str, Any] = frame
                    return found
            assert self.closed is None, self.closed
        raise AssertionError(f"no {kind}")


def enter(stack: Stack, path: str, token: str) -> Polled:
    """A line, ready."""
    line = Polled(stack, path)
    line.ask({"type": "auth", "token": token})
    line.wait("ready")
    return line


def test_messages_come_by_requests_that_wait_and_pings_are_answered(
    stack: Stack, world: Any
) -> None:
    kim = CustomerClient.asking(stack, world.desk.key)
    line = enter(stack, "/ws/chat/", kim.token)
    kim.say("Is anybody there?")
    assert line.wait("message.posted")["message"]["text"] == "Is anybody there?"
    line.ask({"type": "ping"})
    assert "server_time" in line.wait("pong")
    line.ask({"type": "no-such"})
    assert line.wait("error")["code"] == "unknown-type"


def test_an_agent_is_here_while_she_asks_and_rings_like_everybody(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice", online=True)
    line = enter(stack, "/ws/agent/", token_of(alice))
    presence = Presence.objects.get(pk=alice.pk)
    assert presence.epoch > 0
    assert presence.disconnected_at is None
    CustomerClient.asking(stack, world.desk.key)
    offer = line.wait("offer.made")["offer"]
    line.ask({"type": "offer.delivered", "offer": offer["id"]})
    assert line.wait("offer.changed")["offer"]["delivered_at"]


def test_an_answer_that_was_lost_is_had_by_asking_again(stack: Stack, world: Any) -> None:
    kim = CustomerClient.asking(stack, world.desk.key)
    line = enter(stack, "/ws/chat/", kim.token)
    before = line.last
    kim.say("One")
    assert line.wait("message.posted")["message"]["text"] == "One"
    # As if that had never arrived.
    line.last = before
    kim.say("Two")
    texts = []
    while "Two" not in texts:
        texts += [
            f["message"]["text"] for f in line.ask(wait=True) if f["type"] == "message.posted"
        ]
        line.last = line.last
    assert texts[0] == "One"


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/agent/"])
def test_who_is_nobody_is_told_so_and_the_session_is_over(stack: Stack, path: str) -> None:
    line = Polled(stack, path)
    line.ask({"type": "auth", "token": "fda_wrong"})
    until(lambda: line.closed or line.ask(wait=True) is None)
    assert line.closed == 4401
    line.ask(status=404)


def test_a_page_of_another_site_gets_no_line_by_the_agents_cookie(stack: Stack, world: Any) -> None:
    cookie = logged_in(world.agent("Alice"))
    own = Polled(stack, "/ws/agent/", Origin=stack.url, **cookie)
    own.ask({"type": "auth"})
    own.wait("ready")
    evil = Polled(stack, "/ws/agent/", Origin="https://evil.example.com", **cookie)
    evil.ask({"type": "auth"}, wait=True)
    until(lambda: evil.closed or evil.ask(wait=True) is None)
    assert evil.closed == 4403
    # Nor does a page without the cookie, with a session that it guesses.
    evil.session = some_id()
    evil.ask(status=404)


def test_a_revoked_token_ends_the_line(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    line = enter(stack, "/ws/agent/", token_of(alice))
    tokens.revoke_tokens(alice.user)
    until(lambda: line.closed or line.ask(wait=True) is None)
    assert line.closed == 4401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"frames": [1]}',
        b'{"frames": "x"}',
        b'{"after": -1}',
        b'{"after": "1"}',
        b'{"after": true}',
        b'{"wait": 1}',
        b'{"session": 7}',
        b'{"more": 1}',
        b'{"frames": [' + b",".join([b"{}"] * 33) + b"]}",
        b'{"frames": [{"x": "' + b"x" * 70_000 + b'"}]}',
        b'{"frames": [' + b"[" * 5000,
    ],
)
def test_what_is_no_question_is_refused_with_what_to_send(stack: Stack, body: bytes) -> None:
    answer = httpx.post(f"{stack.socket_url.replace('ws', 'http', 1)}/ws/chat/", content=body)
    assert answer.status_code == 400
    assert "frames" in answer.json()


def test_no_address_opens_more_lines_than_a_school_needs_and_others_still_get_theirs() -> None:
    from realtime import polling

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.Event().wait()

    async def asked(app: polling.Polling, address: str) -> int:
        sent: list[Any] = []

        async def body() -> dict[str, Any]:
            return {"type": "http.request", "body": b'{"wait": false}'}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/ws/chat/", "headers": [],
            "client": (address, 1), "server": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
        }  # fmt: skip
        await app(scope, body, send)
        return int(sent[0]["status"])

    async def rush() -> tuple[set[int], int, int]:
        app = polling.Polling(nothing)
        first = {await asked(app, "10.0.0.1") for _ in range(polling.MOST_OF_ONE)}
        return first, await asked(app, "10.0.0.1"), await asked(app, "10.0.0.2")

    assert asyncio.run(rush()) == ({200}, 503, 200)


def test_a_line_that_nobody_asks_for_is_lost_and_the_agent_with_it(
    stack: Stack, world: Any
) -> None:
    """The one wait of this file that takes its time: half a minute of silence is what it is about."""
    alice = world.agent("Alice", online=True)
    line = enter(stack, "/ws/agent/", token_of(alice))
    until(
        lambda: Presence.objects.filter(pk=alice.pk, disconnected_at__isnull=False).exists(),
        within=45,
        every=0.5,
    )
    line.ask(status=404)
