"""What every page owes to whoever opens it: it fits, it is light, and it works without a mouse."""

import gzip
from typing import Any

import httpx
from playwright.sync_api import Locator, Request, expect

from tests.journeys.screens import PHONE, Screen, Screens
from tests.stack import Stack

FIRST_LOAD = 60_000
WIDGET = 4_096


def weight(screen: Screen, path: str, ready: str) -> int:
    """Bytes of all bodies, as they cross the network, until the page at `path` is of use."""
    asked: list[Request] = []
    screen.page.on("requestfinished", lambda request: asked.append(request))
    screen.page.goto(screen.url + path)
    expect(screen.page.locator(ready)).to_be_visible()
    screen.page.wait_for_load_state("networkidle")
    return sum(request.sizes()["responseBodySize"] for request in list(asked))


def test_chat_and_agent_app_weigh_at_most_sixty_kilobytes_each(
    screens: Screens, world: Any
) -> None:
    kim = screens.customer()
    chat = weight(kim, f"/chat/{world.desk.key}/", "#chat[data-ready=true]")
    # A profile that has loaded the app would show the next one its cache.
    alice = screens.phone(world.agent("Alice"))
    alice.context.new_cdp_session(alice.page).send("Network.clearBrowserCache")
    app = weight(alice, "/agent/", '#app[data-net="open"]')
    assert 20_000 < chat <= FIRST_LOAD, f"{chat} bytes"
    assert 30_000 < app <= FIRST_LOAD, f"{app} bytes"


def test_the_widgets_loader_weighs_at_most_four_kilobytes(stack: Stack) -> None:
    with httpx.stream(
        "GET", f"{stack.url}/widget.js", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(raw) <= WIDGET
    assert b"data-desk" in gzip.decompress(raw)


def test_no_state_is_wider_than_a_small_phone_in_either_direction(
    screens: Screens, world: Any
) -> None:
    kim = screens.customer(**PHONE).open(world.desk.key)
    alice = screens.phone(world.agent("Alice"))

    def look(*people: Screen) -> None:
        for screen in people or (kim, alice):
            screen.fits_both_ways()

    look()
    kim.ask(
        "Where is mein Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenhersteller?" * 2
    )
    kim.state("waiting")
    look(kim)
    alice.go_online()
    alice.rings()
    look(alice)
    alice.rings().get_by_role("button", name="Decline", exact=True).tap()
    look(alice)
    alice.offer.get_by_role("button", name="Back").tap()
    alice.offer.get_by_role("button", name="Accept").tap()
    kim.met("Alice")
    alice.write("https://example.com/" + "a-very-long-address/" * 12)
    alice.write("أهلا وسهلا، طردك في الطريق إليك وسيصل يوم الجمعة")
    kim.write("https://example.com/" + "a-very-long-address/" * 12)
    expect(kim.said).to_have_count(4)
    expect(alice.said).to_have_count(4)
    look()
    with kim.expecting(), alice.expecting():
        kim.offline()
        alice.offline()
        expect(kim.note).not_to_be_empty()
        kim.write("Still there?")
        look()
        kim.back_online()
        alice.back_online()
        alice.ready()
        expect(kim.note).to_be_empty()
    expect(alice.said).to_have_count(5)
    alice.board()
    look(alice)
    alice.page.evaluate("location.hash = '#/'")
    look(alice)
    alice.page.locator("#bar .conv a").first.tap()
    alice.sheet("release")
    look(alice)
    alice.page.locator("#actions").get_by_role("button", name="Cancel").tap()
    alice.resolve("Solved")
    kim.state("resolved")
    look()
    kim.page.locator(".star").first.tap()
    look(kim)


def test_a_customer_needs_no_mouse(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    kim = screens.customer().open(world.desk.key)
    keys = kim.page.keyboard

    def tab_to(wanted: Locator, key: str = "Tab") -> None:
        """Step there as a person does, and see where one stands."""
        seen = []
        for _ in range(20):
            if wanted.evaluate("el => el === document.activeElement"):
                break
            keys.press(key)
            seen.append(kim.page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
        else:
            raise AssertionError(f"never reached; stood on {seen}")

    def visible_focus(on: Locator) -> None:
        shown = on.evaluate(
            """el => [el, el.closest('.chip, .star, .cv-composer')].some(each => each && (
                 getComputedStyle(each).outlineStyle !== 'none' ||
                 getComputedStyle(each).boxShadow !== 'none')) ||
               [...el.parentElement.children].some(each => getComputedStyle(each).outlineStyle !== 'none')"""
        )
        assert shown, f"focus cannot be seen on {on}"

    expect(kim.composer).to_be_focused()
    visible_focus(kim.composer)
    name = kim.page.get_by_label("Your first name")
    tab_to(name, "Shift+Tab")
    visible_focus(name)
    keys.type("Kim")
    tab_to(kim.composer)
    keys.type("My parcel")
    keys.press("Shift+Enter")
    keys.type("is late")
    keys.press("Enter")
    alice.accept()
    kim.met("Alice")
    kim.sees("My parcel\nis late")
    expect(kim.composer).to_be_focused()
    keys.type("Hello?")
    keys.press("Enter")
    alice.sees("My parcel\nis late", "Hello?")

    leave = kim.page.get_by_role("button", name="End conversation")
    tab_to(leave, "Shift+Tab")
    visible_focus(leave)
    keys.press("Enter")
    dialog = kim.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep talking")).to_be_focused()
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    expect(leave).to_be_focused()
    # However fast: the moment the focus is back, the button works again.
    reopened = kim.page.evaluate(
        """async () => {
            const dialog = document.getElementById('confirm-close')
            document.activeElement.click()
            dialog.requestClose()
            for (let i = 0; i < 20; i++) await null  // our own answers, but no event of the browser
            document.activeElement.click()
            return dialog.open
        }"""
    )
    assert reopened
    tab_to(dialog.get_by_role("button", name="End conversation"))
    keys.press("Enter")
    kim.state("resolved")
    first = kim.page.get_by_role("radio", name="1 star")
    tab_to(first)
    visible_focus(first)
    keys.press("Space")
    for _ in range(4):
        keys.press("ArrowRight")
    expect(kim.page.get_by_role("radio", name="5 stars")).to_be_checked()
    comment = kim.page.get_by_label("Anything to add?")
    tab_to(comment)
    keys.type("Kind")
    rate = kim.page.get_by_role("button", name="Send rating")
    tab_to(rate)
    visible_focus(rate)
    keys.press("Enter")
    expect(kim.page.get_by_text("Thank you. That helps us.")).to_be_visible()
    again = kim.page.get_by_role("button", name="Start a new conversation")
    tab_to(again)
    keys.press("Enter")
    expect(kim.page.get_by_role("heading", name="How can we help?")).to_be_visible()
    expect(kim.composer).to_be_focused()
