"""Reloads, lost networks and restarted servers in the middle of a conversation: nothing is lost,
nothing comes twice, and the order stays."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.screens import AgentPhone, CustomerPage, Screens
from tests.stack import Stack
from tickets.models import Message


@pytest.fixture
def talking(screens: Screens, world: Any) -> tuple[CustomerPage, AgentPhone]:
    """Kim and Alice have just met."""
    alice = screens.phone(world.agent("Alice")).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("one")
    alice.accept()
    kim.met("Alice")
    alice.sees("one")
    return kim, alice


@contextlib.contextmanager
def down(stack: Stack, name: str) -> Iterator[None]:
    """One process is stopped as a restart stops it, and is back afterwards."""
    stack.stop(name)
    try:
        yield
    finally:
        stack.start(name)
        stack.wait_ready()


def agree(kim: CustomerPage, alice: AgentPhone, *texts: str) -> None:
    """Both screens and the database hold the same messages in the same order."""
    kim.sees(*texts)
    alice.sees(*texts)
    rows = Message.objects.filter(ticket_id=kim.ticket).order_by("seq")
    assert list(rows.values_list("seq", "text")) == list(enumerate(texts, 1))


def test_a_reload_keeps_conversation_and_draft_on_both_sides(
    talking: tuple[CustomerPage, AgentPhone],
) -> None:
    kim, alice = talking
    ticket = kim.ticket
    kim.composer.press_sequentially("half a que")
    alice.composer.press_sequentially("half an ans")
    kim.reload()
    alice.reload()
    kim.met("Alice")
    assert kim.ticket == ticket
    expect(kim.composer).to_have_value("half a que")
    expect(alice.composer).to_have_value("half an ans")
    kim.write("two")
    alice.write("three")
    agree(kim, alice, "one", "two", "three")
    kim.reload()
    alice.reload()
    agree(kim, alice, "one", "two", "three")


def test_a_customer_without_network_writes_on_and_is_heard_once_she_is_back(
    talking: tuple[CustomerPage, AgentPhone],
) -> None:
    kim, alice = talking
    with kim.expecting():
        kim.offline()
        expect(kim.note).to_have_text("Offline. Your messages are kept.")
        kim.write("two")
        kim.write("three")
        expect(kim.talk.locator('[data-mark="pending"]').last).to_contain_text("Waits until")
        alice.write("said meanwhile")
        alice.sees("one", "said meanwhile")
        kim.back_online()
        expect(kim.note).to_be_empty()
        agree(kim, alice, "one", "said meanwhile", "two", "three")
    alice.write("four")
    agree(kim, alice, "one", "said meanwhile", "two", "three", "four")


def test_an_agent_without_network_writes_on_and_is_heard_once_she_is_back(
    talking: tuple[CustomerPage, AgentPhone],
) -> None:
    kim, alice = talking
    with alice.expecting():
        alice.offline()
        expect(alice.net).to_have_text("No network. Your words are kept.")
        alice.write("two")
        alice.write("three")
        kim.write("said meanwhile")
        kim.sees("one", "said meanwhile")
        alice.back_online()
        alice.ready()
        agree(kim, alice, "one", "said meanwhile", "two", "three")
    kim.write("four")
    agree(kim, alice, "one", "said meanwhile", "two", "three", "four")


def test_a_reload_without_network_loses_no_unsent_message(
    talking: tuple[CustomerPage, AgentPhone],
) -> None:
    kim, alice = talking
    with kim.expecting():
        # The page loads, and nothing else gets through.
        kim.page.route("**/api/**", lambda route: route.abort())
        kim.write("two")
        expect(kim.talk.locator('[data-mark="pending"]')).to_be_visible()
        kim.reload()
        expect(kim.talk.locator('[data-mark="pending"]')).to_be_visible()
        kim.page.unroute("**/api/**")
        agree(kim, alice, "one", "two")


def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    talking: tuple[CustomerPage, AgentPhone],
) -> None:
    kim, alice = talking

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    with kim.expecting():
        kim.page.route("**/messages", swallow, times=2)
        kim.write("two")
        kim.write("three")
        agree(kim, alice, "one", "two", "three")


def test_a_restart_of_the_web_server_loses_nothing(
    talking: tuple[CustomerPage, AgentPhone], stack: Stack
) -> None:
    kim, alice = talking
    with kim.expecting(), alice.expecting():
        kim.write("two")
        with down(stack, "web"):
            kim.write("three")
            alice.write("four")
            expect(kim.talk.locator('[data-mark="pending"]').last).to_be_visible()
        kim.sees_all("one", "two", "three", "four")
        alice.sees_all("one", "two", "three", "four")
    kim.write("five")
    expect(alice.said.last).to_have_text("five")
    agree(kim, alice, *kim.said.all_inner_texts())


def test_a_restart_of_the_socket_server_loses_nothing(
    talking: tuple[CustomerPage, AgentPhone], stack: Stack
) -> None:
    kim, alice = talking
    with kim.expecting(), alice.expecting():
        kim.write("two")
        with down(stack, "sockets"):
            expect(alice.net).to_have_text("Reconnecting… Your words are kept.")
            expect(kim.note).to_have_text("Reconnecting… Nothing is lost.")
            kim.write("three")
            kim.sees("one", "two", "three")
            alice.write("four")
        alice.ready()
        expect(kim.note).to_be_empty()
        agree(kim, alice, "one", "two", "three", "four")
    alice.write("five")
    agree(kim, alice, "one", "two", "three", "four", "five")


def test_where_no_websocket_comes_through_everything_works_by_plain_requests(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice"))
    kim = screens.customer()
    for screen in (alice, kim):
        # The web server takes no WebSocket, as a proxy that knows none would not.
        screen.context.add_init_script(
            """const Real = WebSocket
            window.WebSocket = class extends Real {
                constructor() { super('ws://' + location.host + '/nowhere') }
            }"""
        )
    with alice.expecting("WebSocket|ws:"), kim.expecting("WebSocket|ws:"):
        kim.open(world.desk.key)
        alice.reload()
        alice.page.get_by_role("button", name="Check this phone").tap()
        line = alice.page.locator('[data-check="line"]')
        expect(line).to_contain_text("blocks live lines")
        alice.page.get_by_role("button", name="Done").tap()
        alice.go_online()
        kim.ask("Where is my parcel?")
        alice.accept()
        kim.met("Alice")
        for n in range(3):
            alice.write(f"Looking, {n}")
            kim.write(f"Thank you, {n}")
        texts = [f"{what}, {n}" for n in range(3) for what in ("Looking", "Thank you")]
        alice.sees_all("Where is my parcel?", *texts)
        kim.sees_all("Where is my parcel?", *texts)
        kim.composer.press_sequentially("And then")
        expect(alice.typing).to_be_visible()
