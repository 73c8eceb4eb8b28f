"""What a client may say over a socket, and what becomes of the rest."""

import json
from typing import Any

import pytest
from websockets.sync.client import connect

from dispatch.models import Offer
from tests.office import some_id, token_of
from tests.people import AgentClient, CustomerClient, Line
from tests.realtime.test_authenticate import closed_with
from tests.stack import Stack, until

MALFORMED: list[str | bytes] = [
    "not json",
    "[]",
    '"ping"',
    "7",
    "null",
    "",
    "{",
    b"\x00\x01",
    b'{"type":"ping"}',
    '{"type":"\\ud800"}',
]


@pytest.fixture
def kim(stack: Stack, world: Any) -> CustomerClient:
    """A customer with a waiting ticket."""
    return CustomerClient.asking(stack, world.desk.key)


@pytest.mark.parametrize("frame", MALFORMED)
def test_a_malformed_frame_is_told_and_the_socket_stays(
    kim: CustomerClient, frame: str | bytes
) -> None:
    with kim.line() as line:
        line.connection.send(frame)
        error = line.wait("error")
        assert set(error) == {"type", "code", "detail"}
        assert error["code"] == "malformed"
        line.send(type="ping")
        line.wait("pong")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({}, "unknown-type"),
        ({"type": None}, "unknown-type"),
        ({"type": 7}, "unknown-type"),
        ({"type": ["ping"]}, "unknown-type"),
        ({"type": "offer.delivered", "offer": "x"}, "unknown-type"),
        ({"type": "closing", "code": 1000}, "unknown-type"),
        ({"type": "event", "frame": "x"}, "unknown-type"),
        ({"type": "websocket.disconnect"}, "unknown-type"),
        ({"type": "__class__"}, "unknown-type"),
        ({"type": "typing"}, "malformed"),
        ({"type": "typing", "ticket": "x"}, "malformed"),
        ({"type": "typing", "ticket": 7}, "malformed"),
        ({"type": "typing", "ticket": None}, "malformed"),
        ({"type": "typing", "ticket": some_id(), "more": 1}, "malformed"),
        ({"type": "typing", "ticket": "0" * 5000}, "malformed"),
    ],
)
def test_only_the_closed_list_of_commands_is_run(
    kim: CustomerClient, frame: dict[str, Any], code: str
) -> None:
    with kim.line() as line:
        line.connection.send(json.dumps(frame))
        assert line.wait("error")["code"] == code


def test_ten_errors_close_the_socket(kim: CustomerClient, stack: Stack) -> None:
    with kim.line() as line:
        for _ in range(10):
            line.send(type="nonsense")
        assert closed_with(line.connection) == 4429
    with kim.line() as line:
        for _ in range(9):
            line.send(type="nonsense")
        for _ in range(9):
            line.wait("error")
        line.send(type="ping")
        line.wait("pong")
    assert "Traceback" not in stack.log("sockets")


def test_too_many_frames_close_the_socket_and_leave_no_trace_in_the_log(
    kim: CustomerClient, stack: Stack
) -> None:
    with kim.line() as line:
        for _ in range(300):
            try:
                line.send(type="ping")
            except Exception:
                break
        assert closed_with(line.connection) == 4429
    assert "Traceback" not in stack.log("sockets")
    assert "Unexpected ASGI message" not in stack.log("sockets")


def test_an_agent_who_floods_is_noticed_as_gone(stack: Stack, world: Any) -> None:
    from agents.models import Presence

    alice = world.agent("Alice")
    with connect(stack.socket_url + "/ws/agent/") as connection:
        line = Line(connection)
        line.send(type="auth", token=token_of(alice))
        line.wait("ready")
        for _ in range(100):
            line.send(type="ping")
        assert closed_with(connection) == 4429
    until(lambda: Presence.objects.get(pk=alice.pk).disconnected_at)


def test_a_frame_over_64_kib_closes_the_socket(kim: CustomerClient) -> None:
    with kim.line() as line:
        line.connection.send("x" * 65_537)
        assert closed_with(line.connection) == 1009
    with kim.line() as line:
        line.connection.send("x" * 65_536)
        assert line.wait("error")["code"] == "malformed"


def test_before_auth_nothing_else_is_run(stack: Stack) -> None:
    for path in ("/ws/chat/", "/ws/agent/"):
        with connect(stack.socket_url + path) as connection:
            line = Line(connection)
            for frame in ({"type": "ping"}, {"type": "typing", "ticket": some_id()}):
                line.send(**frame)
                assert line.wait("error")["code"] == "auth-first"


@pytest.mark.parametrize("token", [7, None, ["x"], {"a": 1}, "x" * 4097])
def test_an_auth_frame_needs_a_token_as_a_string(stack: Stack, token: Any) -> None:
    with connect(stack.socket_url + "/ws/chat/") as connection:
        line = Line(connection)
        line.send(type="auth", token=token)
        assert line.wait("error")["code"] == "malformed"


def test_drawing_an_offer_is_noted_once(stack: Stack, world: Any) -> None:
    from tests.factories import PASSWORD

    alice = AgentClient(stack, world.agent("Alice"), PASSWORD)
    bob = world.agent("Bob")
    with alice.line() as phone, connect(alice.socket) as other:
        alice.go("online")
        CustomerClient.asking(stack, world.desk.key)
        offer = phone.wait("offer.made")["offer"]["id"]
        stranger = Line(other)
        stranger.send(type="auth", token=token_of(bob))
        stranger.wait("ready")
        stranger.send(type="offer.delivered", offer=offer)
        stranger.send(type="ping")
        stranger.wait("pong")
        assert Offer.objects.get(pk=offer).delivered_at is None
        phone.send(type="offer.delivered", offer=offer)
        changed = phone.wait("offer.changed")["offer"]
        drawn = Offer.objects.get(pk=offer).delivered_at
        assert (changed["id"], changed["delivered_at"] is not None) == (offer, drawn is not None)
        phone.send(type="offer.delivered", offer=offer)
        phone.send(type="ping")
        phone.wait("pong")
        assert Offer.objects.get(pk=offer).delivered_at == drawn


def test_a_heartbeat_is_a_sign_of_life(stack: Stack, world: Any) -> None:
    from agents.models import Presence

    alice = world.agent("Alice")
    with connect(stack.socket_url + "/ws/agent/") as connection:
        line = Line(connection)
        line.send(type="auth", token=token_of(alice))
        line.wait("ready")
        before = Presence.objects.get(pk=alice.pk).last_seen_at
        line.send(type="ping")
        line.wait("pong")
        until(lambda: Presence.objects.get(pk=alice.pk).last_seen_at > before)
