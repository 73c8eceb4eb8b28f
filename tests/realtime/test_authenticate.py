"""The first frame: who may hold a socket, from where, and until when."""

import asyncio
import json
import time
import uuid
from datetime import datetime
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from agents import tokens
from agents.login import sessions
from agents.models import AgentToken, Presence, User
from core import clock
from tests.office import token_of
from tests.people import CustomerClient, Line
from tests.stack import Stack, until

PATHS = ("/ws/chat/", "/ws/agent/")


def closed_with(connection: ClientConnection, within: float = 5.0) -> int:
    """The code that the server closes with; frames before it are passed over."""
    deadline = time.monotonic() + within
    try:
        while True:
            connection.recv(timeout=max(0.01, deadline - time.monotonic()))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


def first(connection: ClientConnection, token: str) -> Line:
    """Say who is there."""
    line = Line(connection)
    line.send(type="auth", token=token)
    return line


def logged_in(agent: Any) -> dict[str, str]:
    """The headers of an agent's browser."""
    client = Client()
    client.force_login(agent.user)
    return {"Cookie": f"flagdown_session={client.cookies['flagdown_session'].value}"}


def test_a_token_is_answered_with_ready_and_the_databases_time(stack: Stack, world: Any) -> None:
    for path, token in (
        ("/ws/agent/", token_of(world.agent("Alice"))),
        ("/ws/chat/", CustomerClient(stack, world.desk.key).token),
    ):
        with connect(stack.socket_url + path) as connection:
            ready = first(connection, token).wait("ready")
            assert set(ready) == {"type", "server_time", "heartbeat_s"}
            assert ready["heartbeat_s"] == 20
            off = datetime.fromisoformat(ready["server_time"]) - clock.now()
            assert abs(off.total_seconds()) < 1


@pytest.mark.parametrize("token", ["garbage", "fda_garbage", "", "fda_\ud800", "x" * 4096])
@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_token_closes_with_4401_or_is_no_frame(stack: Stack, path: str, token: str) -> None:
    with connect(stack.socket_url + path) as connection:
        line = first(connection, token)
        if token.endswith("\ud800"):
            assert line.wait("error")["code"] == "malformed"
        else:
            assert closed_with(connection) == 4401


def test_a_customers_token_opens_no_agents_socket_and_the_reverse(stack: Stack, world: Any) -> None:
    kim = CustomerClient(stack, world.desk.key)
    for path, token in (("/ws/agent/", kim.token), ("/ws/chat/", token_of(world.agent("Alice")))):
        with connect(stack.socket_url + path) as connection:
            first(connection, token)
            assert closed_with(connection) == 4401


def test_who_says_nothing_is_let_go_after_five_seconds(stack: Stack) -> None:
    started = time.monotonic()
    with (
        connect(stack.socket_url + "/ws/chat/") as chat,
        connect(stack.socket_url + "/ws/agent/") as agent,
    ):
        assert closed_with(chat, 10) == closed_with(agent, 10) == 4408
    assert 4.5 < time.monotonic() - started < 8


def test_another_address_is_no_socket(stack: Stack) -> None:
    with connect(stack.socket_url + "/ws/else/") as connection:
        assert closed_with(connection) == 4403


def test_an_agents_session_is_enough_with_our_own_origin(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    with connect(
        stack.socket_url + "/ws/agent/", additional_headers=logged_in(alice), origin=stack.url
    ) as connection:
        line = Line(connection)
        line.wait("ready")
        # A client that says auth as well means no harm.
        line.send(type="auth", token="")
        line.send(type="ping")
        line.wait("pong")


def test_a_session_without_an_origin_is_not_asked(stack: Stack, world: Any) -> None:
    headers = logged_in(world.agent("Alice"))
    with connect(stack.socket_url + "/ws/agent/", additional_headers=headers) as connection:
        line = Line(connection)
        line.send(type="ping")
        assert line.wait("error")["code"] == "auth-first"


def test_an_ended_session_opens_nothing(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    headers = logged_in(alice)
    alice.user.set_password("another password altogether")
    alice.user.save()
    for value in (headers["Cookie"], 'flagdown_session="\\000aaaaaaaaaaaa"', "flagdown_session=x"):
        with connect(
            stack.socket_url + "/ws/agent/", additional_headers={"Cookie": value}, origin=stack.url
        ) as connection:
            line = Line(connection)
            line.send(type="ping")
            assert line.wait("error")["code"] == "auth-first"


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "null", "http://[", "http://127.0.0.1:99999", "x"]
)
def test_another_sites_page_is_refused_with_4403(stack: Stack, world: Any, origin: str) -> None:
    alice, kim = world.agent("Alice"), CustomerClient(stack, world.desk.key)
    with connect(
        stack.socket_url + "/ws/agent/",
        additional_headers=logged_in(alice),
        origin=origin,  # type: ignore[arg-type]
    ) as connection:
        assert closed_with(connection) == 4403
    with connect(stack.socket_url + "/ws/chat/", origin=origin) as connection:  # type: ignore[arg-type]
        first(connection, kim.token)
        assert closed_with(connection) == 4403
    assert "Traceback" not in stack.log("sockets")


def test_a_site_of_the_desk_may_hold_its_customers_sockets_and_no_agents(
    stack: Stack, world: Any
) -> None:
    world.desk.origins = ["https://shop.example.com"]
    world.desk.save()
    kim, alice = CustomerClient(stack, world.desk.key), world.agent("Alice")
    shop: Any = "https://shop.example.com"
    with connect(kim.socket, origin=shop) as connection:
        first(connection, kim.token).wait("ready")
    with connect(
        stack.socket_url + "/ws/agent/", additional_headers=logged_in(alice), origin=shop
    ) as connection:
        assert closed_with(connection) == 4403


def test_revoking_closes_every_socket_of_the_person_and_no_other(stack: Stack, world: Any) -> None:
    alice, bob = world.agent("Alice"), world.agent("Bob")
    url = stack.socket_url + "/ws/agent/"
    with connect(url) as one, connect(url) as two, connect(url) as other:
        for connection, agent in ((one, alice), (two, alice), (other, bob)):
            first(connection, token_of(agent)).wait("ready")
        tokens.revoke_all(alice.user)
        assert closed_with(one) == closed_with(two) == 4401
        line = Line(other)
        line.send(type="ping")
        line.wait("pong")


def test_a_session_that_is_ended_closes_its_sockets_and_no_other_ones(
    stack: Stack, world: Any
) -> None:
    alice = world.agent("Alice")
    url = stack.socket_url + "/ws/agent/"
    phone, laptop = logged_in(alice), logged_in(alice)
    key = phone["Cookie"].partition("=")[2]
    listed = UserSession.objects.create(user=alice.user, session_key=key, ip="203.0.113.5")
    with (
        connect(url, additional_headers=phone, origin=stack.url) as one,
        connect(url, additional_headers=phone, origin=stack.url) as two,
        connect(url, additional_headers=laptop, origin=stack.url) as other,
        connect(url) as client,
    ):
        for connection in (one, two, other):
            Line(connection).wait("ready")
        first(client, token_of(alice)).wait("ready")
        sessions.end(alice.user, listed.pk)
        assert closed_with(one) == closed_with(two) == 4401
        for connection in (other, client):
            line = Line(connection)
            line.send(type="ping")
            line.wait("pong")
        with connect(url, additional_headers=phone, origin=stack.url) as again:
            line = Line(again)
            line.send(type="ping")
            assert line.wait("error")["code"] == "auth-first"


def test_a_token_that_is_ended_closes_its_sockets_alone(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    url = stack.socket_url + "/ws/agent/"
    lost, kept = token_of(alice), token_of(alice)
    row = AgentToken.objects.get(digest=tokens.digest(lost))
    with connect(url) as one, connect(url) as other:
        first(one, lost).wait("ready")
        first(other, kept).wait("ready")
        sessions.end_client(alice.user, row.pk)
        assert closed_with(one) == 4401
        line = Line(other)
        line.send(type="ping")
        line.wait("pong")


def test_staff_without_a_second_factor_hold_no_socket_by_their_session(
    stack: Stack, world: Any
) -> None:
    alice = world.agent("Alice")
    User.objects.filter(pk=alice.user_id).update(is_staff=True)
    url = stack.socket_url + "/ws/agent/"
    with connect(url, additional_headers=logged_in(alice), origin=stack.url) as connection:
        line = Line(connection)
        line.send(type="ping")
        assert line.wait("error")["code"] == "auth-first"


def test_what_was_ended_while_the_socket_came_in_is_no_way_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from agents import consumers

    class Slow(consumers.AgentLine):
        """Her session ends after it was looked at, before the group hears of it."""

        async def authenticate(self, token: str) -> Any:
            self.group = "agent.slow"
            return consumers.AgentPrincipal(uuid.uuid4(), 1, "Alice")

        async def still_allowed(self) -> bool:
            return False

    async def story() -> dict[str, Any]:
        scope = {"type": "websocket", "path": "/ws/agent/", "headers": []}
        socket = ApplicationCommunicator(Slow.as_asgi(), scope)
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(5))["type"] == "websocket.accept"
        hello = json.dumps({"type": "auth", "token": "x"})
        await socket.send_input({"type": "websocket.receive", "text": hello})
        return dict(await socket.receive_output(5))

    monkeypatch.setattr(consumers.presence, "connect", None)
    assert asyncio.run(story()) == {"type": "websocket.close", "code": 4401}


def test_an_old_line_that_ends_does_not_end_the_new_one(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    url = stack.socket_url + "/ws/agent/"
    with connect(url) as new:
        with connect(url) as old:
            first(old, token_of(alice)).wait("ready")
            first(new, token_of(alice)).wait("ready")
            epoch = Presence.objects.get(pk=alice.pk).epoch
        line = Line(new)
        line.send(type="ping")
        line.wait("pong")
        now = Presence.objects.get(pk=alice.pk)
        assert (now.epoch, now.disconnected_at) == (epoch, None)
    until(lambda: Presence.objects.get(pk=alice.pk).disconnected_at)


def test_the_older_line_speaks_up_when_the_newer_one_ends(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    url = stack.socket_url + "/ws/agent/"
    with connect(url) as old:
        first(old, token_of(alice)).wait("ready")
        with connect(url) as new:
            first(new, token_of(alice)).wait("ready")
        started = Presence.objects.get(pk=alice.pk).last_seen_at
        until(lambda: Presence.objects.get(pk=alice.pk).last_seen_at > started)
        until(lambda: Presence.objects.get(pk=alice.pk).disconnected_at is None)


def test_who_never_pings_is_asked_before_she_hears_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from realtime import sockets

    class Forgotten(sockets.Socket):
        """Its principal has lost the right to read since."""

        group = "customer.forgotten"

        async def authenticate(self, token: str) -> str:
            return token

        async def still_allowed(self) -> bool:
            return False

    monkeypatch.setattr(sockets.clock, "needs_measuring", lambda: False)

    async def story() -> tuple[dict[str, Any], dict[str, Any]]:
        scope = {"type": "websocket", "path": "/ws/x/", "headers": []}
        socket = ApplicationCommunicator(Forgotten.as_asgi(), scope)
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(5))["type"] == "websocket.accept"
        hello = json.dumps({"type": "auth", "token": "kim"})
        await socket.send_input({"type": "websocket.receive", "text": hello})
        ready = json.loads((await socket.receive_output(5))["text"])
        monkeypatch.setattr(sockets, "RECHECK_S", -1.0)
        event = {"type": "event", "frame": '{"type":"typing"}'}
        await get_channel_layer().group_send(Forgotten.group, event)
        heard = await socket.receive_output(5)
        await socket.send_input({"type": "websocket.disconnect", "code": 4401})
        await socket.wait(5)
        return ready, heard

    ready, heard = asyncio.run(story())
    assert ready["type"] == "ready"
    assert heard == {"type": "websocket.close", "code": 4401}


def test_an_inactive_agent_opens_nothing(stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    token = token_of(alice)
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    with connect(stack.socket_url + "/ws/agent/") as connection:
        first(connection, token)
        assert closed_with(connection) == 4401
