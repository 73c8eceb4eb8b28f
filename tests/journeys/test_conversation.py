"""The main job, as two people see it."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.journeys.screens import Screens
from tickets.models import Rating, Ticket


def test_a_customer_and_an_agent_meet_talk_and_part(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice"))
    kim = screens.customer().open(world.desk.key)
    expect(kim.page.get_by_role("heading", name="How can we help?")).to_be_visible()

    kim.ask("My parcel is late")
    kim.state("waiting")
    expect(kim.page.locator("[data-part=place]")).to_have_text("Next")
    expect(kim.page.locator("[data-part=wait]")).not_to_be_empty()
    expect(kim.page.locator("[data-part=then]")).to_contain_text("come back")
    kim.sees("My parcel is late")

    alice.go_online()
    ringing = alice.rings()
    expect(ringing).to_contain_text("General")
    expect(ringing).to_contain_text("English")
    countdown = ringing.get_by_role("timer")
    first = countdown.inner_text()
    expect(countdown).to_have_text(re.compile(r"^\d+$"))
    expect(countdown).not_to_have_text(first)
    alice.accept()
    kim.met("Alice")
    expect(kim.talk.locator("[data-notice]")).to_contain_text("Alice joined")
    expect(alice.page.locator("#bar .conv")).to_have_count(1)
    alice.sees("My parcel is late")

    kim.composer.press_sequentially("It was")
    expect(alice.typing).to_have_text("Kim is typing")
    kim.write("It was due on Monday")
    expect(alice.typing).to_be_hidden()
    alice.sees("My parcel is late", "It was due on Monday")
    expect(kim.marks).to_have_text("Read")

    alice.composer.press_sequentially("Let me")
    expect(kim.typing).to_have_text("Alice is typing")
    alice.write("Let me look")
    kim.sees("My parcel is late", "It was due on Monday", "Let me look")
    expect(alice.marks).to_have_text("Read")

    ticket = kim.ticket
    alice.resolve("Question answered", "Parcel found in Kiel")
    alice.toast("Resolved.")
    expect(alice.page.locator("#bar .conv")).to_have_count(0)
    kim.state("resolved")
    kim.page.locator(".star").nth(3).click()
    expect(kim.page.locator("[data-part=star-word]")).to_have_text("Good")
    kim.page.get_by_label("Anything to add?").fill("Quick and kind")
    kim.page.get_by_role("button", name="Send rating").click()
    expect(kim.page.get_by_text("Thank you. That helps us.")).to_be_visible()

    rating = Rating.objects.get(ticket_id=ticket)
    assert (rating.score, rating.comment) == (4, "Quick and kind")
    row = Ticket.objects.get(pk=ticket)
    assert (row.state, row.disposition, row.note) == (
        "resolved",
        "answered",
        "Parcel found in Kiel",
    )


def test_who_holds_a_noted_message_gets_a_human_with_one_tap(screens: Screens, world: Any) -> None:
    kim = screens.customer().open(world.desk.key)
    # A desk's page asks for a person by itself; other clients may not have.
    kim.page.evaluate(
        """async (desk) => {
          const body = {desk, name: 'Kim', ticket: {client_id: crypto.randomUUID(), text: 'A question'}}
          const headers = {'Content-Type': 'application/json'}
          const answer = await fetch('/api/v1/chat/sessions', {method: 'POST', headers, body: JSON.stringify(body)})
          localStorage.setItem('fd.session.' + desk, JSON.stringify(await answer.json()))
        }""",
        world.desk.key,
    )
    kim.reload()
    kim.state("assistant")
    kim.page.get_by_role("button", name="Talk to a human").click()
    kim.state("waiting")
    alice = screens.phone(world.agent("Alice")).go_online()
    alice.accept()
    kim.met("Alice")
    kim.sees("A question")


def test_who_ends_a_conversation_herself_can_begin_another(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Forget it")
    alice.accept()
    kim.met("Alice")
    kim.page.get_by_role("button", name="End conversation").click()
    kim.page.get_by_role("dialog").get_by_role("button", name="End conversation").click()
    kim.state("resolved")
    expect(alice.page.locator("#talk [data-part=end]")).to_contain_text(
        "has ended this conversation"
    )
    alice.page.get_by_role("button", name="Back to the overview").last.tap()
    expect(alice.app).to_have_attribute("data-view", "home")

    kim.write("One more thing")
    alice.accept()
    kim.met("Alice")
    kim.sees("One more thing")
    alice.sees("One more thing")
