"""What helps in a conversation: canned replies, notes for colleagues, the customer, and five seconds to undo."""

from typing import Any

from playwright.sync_api import Locator, expect

from tests.journeys.screens import LAPTOP, AgentPhone, CustomerPage, Screens
from tickets.models import CannedReply, Customer, Note, Ticket


def replies(desk: Any) -> None:
    """What the desk shares."""
    for shortcut, title, language, text in (
        ("hello", "Greeting", "en", "Hello {customer}, this is {agent} of {desk}."),
        ("hello", "Begrüßung", "de", "Hallo {customer}, hier ist {agent}."),
        ("refund", "Refund on its way", "", "Your order {order} is refunded today."),
        ("bye", "", "", "Have a good day."),
    ):
        CannedReply.objects.create(
            desk=desk, shortcut=shortcut, title=title, language=language, text=text
        )


def meet(screens: Screens, world: Any, **options: Any) -> tuple[CustomerPage, AgentPhone]:
    """Kim and Alice in a conversation."""
    alice = screens.phone(world.agent("Alice"), **options).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    alice.accept()
    kim.met("Alice")
    # What a conversation needs has come.
    expect(tool(alice, "Replies")).to_be_attached()
    return kim, alice


def tool(alice: AgentPhone, name: str) -> Locator:
    """One of the composer's tools."""
    return alice.talk.locator(".tool", has_text=name)


def open_tools(alice: AgentPhone) -> None:
    """The row above the composer."""
    alice.talk.get_by_role("button", name="Replies, note for colleagues").tap()


def test_a_reply_is_chosen_by_keyboard_and_by_touch_and_no_gap_is_sent_by_accident(
    screens: Screens, world: Any
) -> None:
    replies(world.desk)
    kim, alice = meet(screens, world)
    page = alice.page
    options = page.locator("#canned").get_by_role("option")
    alice.composer.focus()
    page.keyboard.type("/")
    expect(options).to_have_count(3)
    # In the conversation's language, and not in another beside it.
    expect(options.filter(has_text="Greeting")).to_have_count(1)
    expect(options.filter(has_text="Begrüßung")).to_have_count(0)
    alice.pictures("canned")
    page.keyboard.type("gree")
    expect(options).to_have_count(1)
    expect(alice.composer).to_have_attribute(
        "aria-activedescendant", r"" + (options.get_attribute("id") or "")
    )
    page.keyboard.press("Enter")
    words = f"Hello Kim, this is Alice of {world.desk.name}."
    expect(alice.composer).to_have_value(words)
    expect(page.locator("#canned")).to_be_hidden()
    alice.talk.locator('[data-part="send"]').tap()
    kim.sees("Where is my parcel?", words)

    # Escape: what was typed stays, and is no list any more until a new line begins.
    page.keyboard.type("/etc/hosts")
    expect(page.locator("#canned")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#canned")).to_be_hidden()
    page.keyboard.type(" is a file")
    expect(alice.composer).to_have_value("/etc/hosts is a file")
    expect(page.locator("#canned")).to_be_hidden()
    alice.composer.fill("")

    # By touch, with a gap that only she can fill.
    open_tools(alice)
    tool(alice, "Replies").tap()
    options.filter(has_text="Refund").tap()
    expect(alice.composer).to_have_value("Your order {order} is refunded today.")
    chosen = alice.composer.evaluate("el => el.value.slice(el.selectionStart, el.selectionEnd)")
    assert chosen == "{order}"
    alice.talk.locator('[data-part="send"]').tap()
    expect(alice.talk.locator(".cv-note")).to_contain_text("“order” is not filled in")
    alice.pictures("canned-gap")
    assert len(kim.said.all()) == 2
    page.keyboard.type("A-7")
    expect(alice.composer).to_have_value("Your order A-7 is refunded today.")
    alice.talk.locator('[data-part="send"]').tap()
    kim.sees("Where is my parcel?", words, "Your order A-7 is refunded today.")
    alice.fits_both_ways()


def test_her_own_reply_is_written_on_the_phone_and_works_without_a_line(
    screens: Screens, world: Any
) -> None:
    _kim, alice = meet(screens, world)
    page = alice.page
    open_tools(alice)
    tool(alice, "Replies").tap()
    page.locator("#canned").get_by_role("button", name="My replies").tap()
    sheet = page.get_by_role("dialog", name="My replies")
    sheet.get_by_role("button", name="Write one").tap()
    sheet.get_by_label("Shortcut").fill("two words")
    sheet.get_by_label("Text").fill("One moment, {customer}. I look.")
    with alice.expecting("400"):
        sheet.get_by_role("button", name="Save").tap()
        expect(sheet).to_contain_text("A shortcut is one word")
    expect(sheet.get_by_label("Shortcut")).to_be_focused()
    alice.pictures("own-reply")
    sheet.get_by_label("Shortcut").fill("moment")
    sheet.get_by_role("button", name="Save").tap()
    expect(sheet.locator(".own-reply")).to_contain_text("/moment")
    alice.fits_both_ways()
    sheet.get_by_role("button", name="Close").tap()
    with alice.expecting():
        alice.offline()
        expect(alice.net).not_to_have_text("Connected")
        alice.composer.fill("")
        alice.composer.press_sequentially("/mom")
        page.locator("#canned").get_by_role("option").tap()
        expect(alice.composer).to_have_value("One moment, Kim. I look.")
        alice.back_online()
        alice.ready()


def test_a_note_is_seen_by_the_next_agent_and_never_by_the_customer(
    screens: Screens, world: Any
) -> None:
    kim, alice = meet(screens, world)
    alice.write("I have a look")
    open_tools(alice)
    tool(alice, "Note").tap()
    expect(alice.talk.locator(".note-on")).to_be_visible()
    with alice.expecting():
        alice.offline()
        alice.write("She is upset: be kind")
        notes = alice.talk.locator(".desk-note")
        expect(notes).to_have_attribute("data-kept", "false")
        # Switched back: the next words are the customer's again.
        expect(alice.talk.locator(".note-on")).to_be_hidden()
        alice.back_online()
        alice.ready()
    expect(notes).to_have_attribute("data-kept", "true")
    expect(notes).to_contain_text("Only colleagues see this")
    kim.write("Thank you")
    expect(alice.said).to_have_count(3)
    # It stands where it was written.
    order = alice.talk.locator('[data-part="log"] > :is(.cv-message, .desk-note)')
    expect(order.nth(2)).to_contain_text("be kind")
    alice.fits_both_ways()
    alice.pictures("note")
    assert Note.objects.filter(ticket_id=kim.ticket).count() == 1

    bob = screens.phone(world.agent("Bob")).go_online()
    alice.sheet("release").locator("#actions-go").tap()
    bob.accept()
    expect(bob.talk.locator(".desk-note")).to_contain_text("Alice")
    expect(bob.talk.locator(".desk-note")).to_contain_text("be kind")
    kim.met("Bob")
    kim.sees("Where is my parcel?", "I have a look", "Thank you")
    kim.reload()
    kim.sees("Where is my parcel?", "I have a look", "Thank you")
    assert "be kind" not in kim.page.content()


def test_what_is_known_of_the_customer_and_what_was_said_before_can_be_read(
    screens: Screens, world: Any
) -> None:
    kim, alice = meet(screens, world)
    alice.write("It comes tomorrow")
    alice.resolve("Solved")
    kim.state("resolved")
    Customer.objects.filter(tickets=kim.ticket).update(
        attributes={"order": "A-1001", "plan": "Gold"}, external_id="visitor-1"
    )
    kim.page.get_by_role("button", name="New conversation").or_(
        kim.page.get_by_role("button", name="Ask something else")
    ).first.click()
    kim.write("It did not come")
    alice.accept()
    open_tools(alice)
    tool(alice, "Customer").tap()
    sheet = alice.page.locator("#about-sheet")
    expect(sheet).to_contain_text("the site vouches")
    expect(sheet.locator(".about-facts")).to_contain_text("A-1001")
    expect(sheet.locator(".about-facts")).to_contain_text("Chrome")
    earlier = sheet.locator(".about-earlier")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text("with Alice")
    expect(earlier).to_contain_text("solved")
    alice.fits_both_ways()
    alice.pictures("about")
    earlier.tap()
    past = alice.page.locator("#past-sheet")
    expect(past.locator("[data-part=bubble]")).to_have_text(
        ["Where is my parcel?", "It comes tomorrow"]
    )
    expect(past.locator(".cv-composer")).to_be_hidden()


def test_a_tap_on_resolve_can_be_undone_and_the_customer_hears_of_nothing(
    screens: Screens, world: Any
) -> None:
    kim, alice = meet(screens, world)
    alice.write("Bye")
    alice.resolve("Solved")
    undo = alice.page.locator("#undo")
    expect(undo).to_contain_text("Resolving: Kim")
    alice.pictures("undo")
    undo.get_by_role("button", name="Undo").tap()
    expect(alice.app).to_have_attribute("data-view", "talk")
    alice.write("One more thing")
    kim.sees("Where is my parcel?", "Bye", "One more thing")
    kim.state("active")
    assert Ticket.objects.get(pk=kim.ticket).state == "active"

    # Who writes meanwhile is not answered with an end.
    alice.resolve("Solved")
    expect(undo).to_contain_text("Resolving: Kim")
    kim.write("And my invoice?")
    alice.toast("Kim has written again, so the conversation stays open.")
    expect(undo).to_be_empty()
    alice.page.locator("#bar .conv a").first.tap()
    expect(alice.said).to_have_count(4)
    alice.resolve("Solved")
    kim.state("resolved")
    alice.toast("Resolved")


def test_what_was_resolved_is_neither_lost_nor_done_twice_by_a_reload_or_a_broken_line(
    screens: Screens, world: Any
) -> None:
    kim, alice = meet(screens, world)
    # The answer is lost: the page does not know whether it was done.
    held = alice.hold("/release")
    alice.sheet("release").locator("#actions-go").tap()
    expect(alice.page.locator("#undo")).to_contain_text("Returning to the queue: Kim")
    # Off the screen it is sent at once.
    with alice.expecting():
        route = alice.held(held)
        route.fetch()
        route.abort()
        kim.state("waiting")
        # It comes back to her before her phone has heard that it was gone.
        alice.page.evaluate("location.hash = '#/board'")
    alice.reload()
    alice.page.wait_for_function(
        "() => !Object.keys(localStorage).some((key) => key.startsWith('fd.leaving.'))"
    )
    assert Ticket.objects.get(pk=kim.ticket).log.filter(reason="released").count() == 1

    alice.board()
    alice.page.locator("#board .waiting button").first.tap()
    expect(alice.app).to_have_attribute("data-view", "talk")
    kim.met("Alice")
    # A reload within the five seconds: it is sent as the page goes.
    alice.resolve("Solved")
    expect(alice.page.locator("#undo")).to_contain_text("Resolving: Kim")
    with alice.expecting():
        alice.offline()
        alice.page.evaluate("dispatchEvent(new Event('pagehide'))")
        alice.page.wait_for_function(
            "() => Object.values(localStorage).some((value) => value.includes('\"sent\":true'))"
        )
        expect(alice.page.locator("#undo")).to_be_empty()
        alice.back_online()
        alice.ready()
    kim.state("resolved")
    alice.page.wait_for_function(
        "() => !Object.keys(localStorage).some((key) => key.startsWith('fd.leaving.'))"
    )
    assert Ticket.objects.get(pk=kim.ticket).log.filter(reason="resolved").count() == 1


def test_drafts_of_two_conversations_are_kept_apart_and_across_a_reload(
    screens: Screens, world: Any
) -> None:
    _kim, alice = meet(screens, world)
    lee = screens.customer("lee").open(world.desk.key)
    alice.composer.fill("For Kim alone")
    lee.ask("Do you ship to Malta?", name="Lee")
    alice.accept()
    lee.met("Alice")
    expect(alice.composer).to_have_value("")
    alice.composer.fill("For Lee alone")
    alice.page.locator("#bar .conv", has_text="Kim").locator("a").tap()
    expect(alice.composer).to_have_value("For Kim alone")
    alice.reload()
    expect(alice.composer).to_have_value("For Kim alone")
    alice.page.locator("#bar .conv", has_text="Lee").locator("a").tap()
    expect(alice.composer).to_have_value("For Lee alone")


def test_the_tools_stand_beside_a_keyboard_too(screens: Screens, world: Any) -> None:
    replies(world.desk)
    _kim, alice = meet(screens, world, **{**LAPTOP, "has_touch": True})
    alice.composer.focus()
    alice.page.keyboard.type("Dear Kim,")
    alice.page.keyboard.press("Shift+Enter")
    alice.page.keyboard.type("/")
    # Round the end of the list, to the one before the last.
    alice.page.keyboard.press("ArrowUp")
    alice.page.keyboard.press("ArrowUp")
    expect(alice.page.locator('#canned [aria-selected="true"]')).to_contain_text("bye")
    alice.page.keyboard.press("Tab")
    expect(alice.composer).to_have_value("Dear Kim,\nHave a good day.")
    # Like anything that was typed, it can be taken back.
    alice.page.keyboard.press("Control+z")
    expect(alice.composer).to_have_value("Dear Kim,\n/")
