"""Who does not take an offer passes it on, and two who want the same one both hear the truth."""

from typing import Any

from playwright.sync_api import expect

from tests.journeys.screens import AgentPhone, CustomerPage, Screens
from tickets.models import Queue, Ticket

FASTER = "A colleague was faster."
GONE = "It is no longer waiting: the customer left, or a colleague was faster."
LOST_RACE = r"\b409\b"


def asking(screens: Screens, world: Any, text: str = "My parcel is late") -> CustomerPage:
    """A customer who has asked at this test's desk."""
    kim = screens.customer().open(world.desk.key)
    kim.ask(text)
    return kim


def test_a_declined_offer_goes_to_the_next_agent(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = asking(screens, world)
    alice.rings()
    bob.go_online()
    alice.decline("Not my topic")
    alice.toast("Declined. The next person gets it; no harm done.")
    bob.accept()
    kim.met("Bob")
    bob.sees("My parcel is late")
    expect(alice.app).to_have_attribute("data-presence", "online")


def test_an_offer_that_runs_out_goes_to_the_next_agent_and_nobody_is_blamed(
    screens: Screens, world: Any
) -> None:
    Queue.objects.filter(desk=world.desk).update(offer_timeout_s=5)
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = asking(screens, world)
    expect(alice.offer).to_be_visible()
    bob.go_online()
    alice.toast("Time ran out: it went to the next person. No harm done.")
    bob.accept()
    kim.met("Bob")


def on_two_boards(screens: Screens, world: Any) -> tuple[CustomerPage, AgentPhone, AgentPhone]:
    """Alice and Bob have both declined what waits, and both look at the board."""
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = asking(screens, world)
    alice.rings()
    bob.go_online()
    alice.decline()
    bob.decline()
    for phone in (alice, bob):
        expect(phone.board()).to_have_count(1)
        expect(phone.board()).to_contain_text("General")
    return kim, alice, bob


def test_who_claims_from_the_board_has_it_and_the_others_see_it_go(
    screens: Screens, world: Any
) -> None:
    kim, alice, bob = on_two_boards(screens, world)
    bob.board().get_by_role("button", name="Take").tap()
    expect(bob.app).to_have_attribute("data-view", "talk")
    expect(alice.page.locator("#board .waiting")).to_have_count(0)
    expect(alice.page.get_by_text("Nobody is waiting")).to_be_visible()
    kim.met("Bob")
    bob.sees("My parcel is late")


def test_of_two_claims_at_once_one_wins_and_the_other_is_told_kindly(
    screens: Screens, world: Any
) -> None:
    kim, alice, bob = on_two_boards(screens, world)
    held = {phone: phone.hold("/claim") for phone in (alice, bob)}
    for phone in held:
        phone.board().get_by_role("button", name="Take").tap()
    with alice.expecting(LOST_RACE), bob.expecting(LOST_RACE):
        for phone, routes in held.items():
            phone.held(routes).continue_()
        kim.state("active")
        winner = Ticket.objects.get(pk=kim.ticket).agent.name
        won, lost = (alice, bob) if winner == "Alice" else (bob, alice)
        lost.toast(FASTER)
        expect(lost.page.locator("#board .waiting")).to_have_count(0)
        won.sees("My parcel is late")
    kim.met(winner)


def test_of_a_claim_and_an_accept_at_once_one_wins_and_the_other_is_told_kindly(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = asking(screens, world)
    alice.rings()
    bob.go_online()
    alice.decline()
    ringing = bob.rings()
    claim, accept = alice.hold("/claim"), bob.hold("/accept")
    alice.board().get_by_role("button", name="Take").tap()
    ringing.get_by_role("button", name="Accept").tap()
    with alice.expecting(LOST_RACE), bob.expecting(LOST_RACE):
        first, second = alice.held(claim), bob.held(accept)
        second.continue_()
        first.continue_()
        kim.state("active")
        winner = Ticket.objects.get(pk=kim.ticket).agent.name
        won, lost, words = (alice, bob, GONE) if winner == "Alice" else (bob, alice, FASTER)
        lost.toast(words)
        won.sees("My parcel is late")
        expect(bob.offer).to_be_hidden()
    kim.met(winner)


def test_who_accepts_an_offer_that_was_withdrawn_meanwhile_is_told_kindly(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = asking(screens, world)
    alice.rings()
    bob.go_online()
    alice.decline()
    ringing = bob.rings()
    accept = bob.hold("/accept")
    ringing.get_by_role("button", name="Accept").tap()
    bob.held(accept)
    alice.board().get_by_role("button", name="Take").tap()
    kim.met("Alice")
    with bob.expecting(LOST_RACE):
        accept[0].continue_()
        bob.toast(GONE)
        expect(bob.offer).to_be_hidden()
        expect(bob.app).to_have_attribute("data-view", "home")
    expect(bob.page.locator("#bar .conv")).to_have_count(0)
