"""What the engine decides, as the people on both ends see it: offers, capacity, whose conversation it is."""

import json
import re
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from playwright.sync_api import Locator, WebSocketRoute, expect

from agents.models import Presence
from dispatch.models import Offer
from tests.journeys.screens import PHONE, AgentPhone, Screens
from tests.stack import until
from tickets.models import Assignment, LadderStep, Queue, Ticket

LOST_RACE = r"\b409\b"
FASTER = "A colleague was faster. The next one rings soon."


def queue(world: Any, **fields: Any) -> None:
    """Set the desk's one queue."""
    Queue.objects.filter(desk=world.desk).update(**fields)


def seconds(of: Locator) -> int:
    """What a countdown shows, as seconds."""
    minutes, _, rest = of.inner_text().strip().rpartition(":")
    return int(minutes or 0) * 60 + int(rest)


class SlowPhone(AgentPhone):
    """A phone whose line keeps offers back until it is told to let them through."""

    held: "list[tuple[WebSocketRoute, str]]"

    def slow(self) -> None:
        """From the next load of the page on."""
        self.held = []

        def through(line: WebSocketRoute) -> None:
            server = line.connect_to_server()

            def heard(frame: str | bytes) -> None:
                text = frame if isinstance(frame, str) else frame.decode()
                if json.loads(text).get("type") == "offer.made":
                    self.held.append((line, text))
                else:
                    line.send(text)

            server.on_message(heard)

        self.page.route_web_socket(re.compile("/ws/agent/"), through)

    def let_through(self) -> None:
        """What was kept back arrives."""
        for line, text in self.held:
            line.send(text)


def test_the_countdown_begins_when_the_phone_has_drawn_the_offer(
    screens: Screens, world: Any
) -> None:
    queue(world, offer_timeout_s=8, slots=2)
    alice = screens.add(SlowPhone, "Alice", viewport={"width": 360, "height": 740}, has_touch=True)
    alice.slow()
    alice.log_in(world.agent("Alice")).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    offers = Offer.objects.filter(ticket__desk=world.desk, state="pending")
    old = offers.filter(expires_at__lt=Now() + timedelta(seconds=5))

    def waits_on_the_line() -> bool:
        alice.page.evaluate("1")  # the line's frames are heard only while the browser is asked
        return bool(alice.held) and old.exists()

    until(waits_on_the_line)
    expect(alice.offer).to_be_hidden()
    alice.let_through()
    expect(alice.offer.get_by_role("timer")).to_have_text(re.compile("^[78]$"))
    expect(alice.offer).to_contain_text("Takes 2 places")
    until(offers.filter(delivered_at__isnull=False).exists)
    offer = offers.get()
    assert offer.delivered_at is not None
    assert (offer.expires_at - offer.delivered_at).total_seconds() == offer.timeout_s
    alice.accept()
    kim.met("Alice")
    alice.page.get_by_role("link", name="Back to the overview").first.tap()
    expect(alice.page.locator("[data-part=places]")).to_have_text("2 of 3 places taken")


def test_of_two_phones_that_ring_for_one_customer_one_wins_and_the_other_is_told_kindly(
    screens: Screens, world: Any
) -> None:
    queue(world, broadcast=2)
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob")).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    for phone in (alice, bob):
        expect(phone.rings()).to_contain_text("the first to accept gets it")
        phone.fits_both_ways()
    alice.accept()
    kim.met("Alice")
    bob.toast(FASTER)
    expect(bob.offer).to_be_hidden()
    expect(bob.app).to_have_attribute("data-presence", "online")

    # Both at once: each has tapped before either is answered.
    lea = screens.customer("Lea").open(world.desk.key)
    lea.ask("And mine?", name="Lea")
    held = {phone: phone.hold("/accept") for phone in (alice, bob)}
    for phone in held:
        phone.rings().get_by_role("button", name="Accept").tap()
    with alice.expecting(LOST_RACE), bob.expecting(LOST_RACE):
        for phone, routes in held.items():
            phone.held(routes).continue_()
        lea.state("active")
        winner = Ticket.objects.get(pk=lea.ticket).agent.name
        won, lost = (alice, bob) if winner == "Alice" else (bob, alice)
        lost.toast(FASTER)
        expect(lost.offer).to_be_hidden()
        won.sees("And mine?")


def test_who_misses_two_offers_is_asked_whether_she_is_there_and_goes_on(
    screens: Screens, world: Any
) -> None:
    queue(world, offer_timeout_s=2)
    alice = screens.phone(world.agent("Alice")).go_online()
    for _ in range(2):
        world.ticket()
        expect(alice.offer).to_be_visible()
        alice.toast("Time ran out: it went to the next person. No harm done.")
    asked = alice.page.get_by_role("dialog", name="Are you still there?")
    expect(asked).to_be_visible()
    expect(alice.app).to_have_attribute("data-presence", "paused")
    expect(asked.get_by_role("button")).to_have_count(1)
    asked.get_by_role("button", name="I am here: go on").tap()
    expect(asked).to_be_hidden()
    expect(alice.app).to_have_attribute("data-presence", "online")
    queue(world, offer_timeout_s=15)
    world.ticket(text="A third")
    alice.accept()
    alice.sees("A third")


def test_a_silent_agent_is_nudged_and_the_next_one_goes_on_from_her_baton(
    screens: Screens, world: Any
) -> None:
    queue(world, nudge_after_s=3, second_nudge_after_s=5, hand_over_after_s=7, wrap_up_s=40)
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    alice.accept()
    alice.write("I look for it")
    kim.sees("My parcel is late", "I look for it")
    note = alice.sheet("note")
    note.get_by_label("What you promised").fill("The address today")
    expect(note.get_by_text("Saved", exact=True)).to_be_visible()
    alice.fits_both_ways()
    note.get_by_role("button", name="Done").tap()
    own = Assignment.objects.get(ticket_id=kim.ticket, ended_at=None)
    assert (own.said, own.promised, own.next_step) == ("", "The address today", "")

    kim.write("Where is it?")
    nudge = alice.page.locator(".nudge")
    expect(nudge).to_contain_text("Kim waits for your answer.")
    expect(nudge).to_contain_text(re.compile(r"A colleague takes over in 0:\d\d\."))
    alice.fits_both_ways()
    bob.go_online()
    over = alice.page.locator("#talk [data-part=end]")
    expect(over).to_contain_text(re.compile(r"Handed to a colleague: no answer for \d+ seconds\."))
    expect(nudge).to_be_hidden()
    bob.accept()
    kim.met("Bob")
    baton = bob.page.locator(".baton")
    expect(baton).to_contain_text("From Alice")
    expect(baton).to_contain_text("no answer for too long")
    expect(baton).to_contain_text("My parcel is late")
    expect(baton).to_contain_text("The address today")
    expect(baton).to_contain_text("Where is it?")
    bob.fits_both_ways()
    baton.locator("summary").tap()
    expect(baton.get_by_text("The address today")).to_be_hidden()
    bob.write("It is in Kiel")
    kim.sees("My parcel is late", "I look for it", "Where is it?", "It is in Kiel")
    expect(bob.page.locator(".nudge")).to_be_hidden()

    # The place stays taken while he wraps up; he takes more time, and then less.
    bob.resolve("Solved")
    wrap = bob.page.get_by_role("region", name="Wrap-up: Kim")
    expect(wrap).to_be_visible()
    places = bob.page.locator("[data-part=places]")
    expect(places).to_have_text("1 of 3 places taken")
    left = wrap.get_by_role("timer")
    assert 30 < seconds(left) <= 40
    bob.fits_both_ways()
    wrap.get_by_role("button", name="More time").tap()
    expect(wrap.get_by_role("button", name="More time")).to_be_hidden()
    assert 60 < seconds(left) <= 100
    wrap.get_by_role("button", name="Done").tap()
    expect(wrap).to_be_hidden()
    expect(places).to_have_text("0 of 3 places taken")

    # She writes again: he is asked first, and reads what was before.
    kim.write("It is not in Kiel")
    bob.accept()
    bob.page.get_by_role("button", name="Goes on from an earlier conversation").tap()
    earlier = bob.page.get_by_role("dialog", name="Earlier conversation")
    expect(earlier.locator("[data-part=bubble]").first).to_have_text("My parcel is late")
    expect(earlier.get_by_text("It is in Kiel")).to_be_visible()
    expect(earlier.get_by_role("textbox")).to_be_hidden()
    bob.fits_both_ways()
    earlier.get_by_role("button", name="Close").tap()
    bob.sees("It is not in Kiel")


def test_whom_nobody_can_answer_leaves_an_e_mail_and_somebody_is_called_in(
    screens: Screens, world: Any
) -> None:
    general = Queue.objects.get(desk=world.desk)
    LadderStep.objects.create(
        queue=general, after_s=1, call_in=True, pay_multiplier="1.50", skip_if_nobody=False
    )
    LadderStep.objects.create(queue=general, after_s=2, is_last=True, skip_if_nobody=False)
    alice = screens.phone(world.agent("Alice"))
    kim = screens.customer(**PHONE).open(world.desk.key)
    kim.ask("My parcel is late")
    later = kim.page.get_by_role("group", name="Answers by e-mail")
    expect(later).to_contain_text("You keep your place either way.")
    later.get_by_role("button", name="By e-mail").click()
    field = later.get_by_label("Your e-mail")
    expect(field).to_be_focused()
    kim.fits_both_ways()
    field.fill("kim")
    field.press("Enter")
    expect(later.get_by_role("alert")).to_have_text(re.compile("name@example.com"))
    field.fill("kim@example.com")
    field.press("Enter")
    expect(later).to_contain_text("it goes to kim@example.com")
    kim.reload()
    later.get_by_role("button", name="Change").click()
    expect(field).to_have_value("kim@example.com")
    field.fill("kim@example.org")
    field.press("Enter")
    expect(later).to_contain_text("it goes to kim@example.org")
    assert Ticket.objects.get(pk=kim.ticket).later_email == "kim@example.org"
    expect(kim.page.locator("[data-part=place]")).to_have_text("Next")

    called = alice.page.get_by_role("region", name="English is short of people")
    expect(called).to_contain_text("1 waits.")
    expect(called).to_contain_text("×1.5")
    alice.fits_both_ways()
    called.get_by_role("button", name="Go online").tap()
    expect(called).to_be_hidden()
    expect(alice.rings()).to_contain_text("×1.5")
    alice.accept()
    kim.met("Alice")
    expect(later).to_be_hidden()


def test_who_lets_the_app_accept_gets_conversations_and_an_idle_one_frees_its_place(
    screens: Screens, world: Any
) -> None:
    queue(world, idle_after_s=1)
    alice = screens.phone(world.agent("Alice"))
    alice.page.get_by_role("button", name=re.compile("account and help")).tap()
    switch = alice.page.get_by_role("switch", name=re.compile("Accept for me"))
    expect(switch).not_to_be_checked()
    switch.tap()
    until(Presence.objects.filter(agent__in=world.agents, auto_accept=True).exists)
    alice.page.get_by_role("button", name="Close").last.tap()
    alice.go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    expect(alice.app).to_have_attribute("data-view", "talk")
    expect(alice.offer).to_be_hidden()
    kim.met("Alice")
    alice.write("When did you order?")

    alice.page.get_by_role("link", name="Back to the overview").first.tap()
    face = alice.page.get_by_role("link", name=re.compile("^Kim"))
    expect(face).to_have_accessible_name(re.compile("Idle: the place is free"))
    places = alice.page.locator("[data-part=places]")
    expect(places).to_have_text("0 of 3 places taken")
    kim.write("On Monday")
    expect(face).not_to_have_accessible_name(re.compile("Idle"))
    expect(places).to_have_text("1 of 3 places taken")
