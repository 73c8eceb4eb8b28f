"""The widget on a shop's page: it opens, talks, counts what is unread, and only where it may."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from agents import presence
from agents.models import Agent
from tests.factories import make_agent
from tests.journeys.screens import Screen, Screens
from tickets import actions
from tickets.models import Desk, Ticket

# The launcher lives in a closed shadow tree, where no selector reaches. Tests open it.
OPEN_SHADOWS = """
const attach = Element.prototype.attachShadow
Element.prototype.attachShadow = function (options) { return attach.call(this, {...options, mode: 'open'}) }
"""


@pytest.fixture
def demo(committed: None) -> Iterator[Agent]:
    """The demo world, with an agent whose password the tests know."""
    call_command("demo", verbosity=0)
    desk = Desk.objects.get(key="demo")
    agent = make_agent(desk, "Alice")
    yield agent
    for customer, ticket in Ticket.objects.filter(
        desk=desk, state__in=("waiting", "active")
    ).values_list("customer_id", "id"):
        actions.close(ticket, customer)
    presence.set_presence(agent.pk, "offline", by="test")


class Shop(Screen):
    """The demo shop, with the launcher and what opens from it."""

    def visit(self) -> "Shop":
        """Go there."""
        self.page.add_init_script(OPEN_SHADOWS)
        self.page.goto(f"{self.url}/demo/")
        expect(self.launcher).to_be_visible()
        return self

    @property
    def launcher(self) -> Any:
        return self.page.locator("flagdown-widget button")

    @property
    def frame(self) -> Any:
        """What is inside the widget."""
        return self.page.frame_locator("flagdown-widget iframe")


def test_the_widget_opens_talks_and_counts_what_is_unread(screens: Screens, demo: Agent) -> None:
    alice = screens.phone(demo).go_online()
    shop = screens.add(Shop, "shop").visit()
    expect(shop.launcher).to_have_attribute("aria-label", "Chat with us")
    shop.launcher.click()
    expect(shop.frame.locator("#chat[data-ready=true]")).to_be_visible()
    shop.frame.get_by_label("Your first name").fill("Kim")
    shop.frame.get_by_role("textbox", name="Your message").fill("Where is my parcel?")
    shop.frame.locator('[data-part="send"]').click()
    alice.accept()
    expect(shop.frame.locator("[data-part=title]")).to_have_text("Alice")
    alice.write("It is in Kiel")
    expect(shop.frame.get_by_text("It is in Kiel")).to_be_visible()
    expect(alice.marks).to_have_text("Read")

    shop.frame.get_by_role("button", name="Close chat").click()
    expect(shop.frame.locator("#chat")).to_be_hidden()
    alice.write("And on its way")
    alice.write("It comes on Friday")
    expect(shop.page.locator("flagdown-widget b")).to_have_text("2")
    expect(shop.launcher).to_have_attribute("aria-label", "Chat with us, Unread: 2")
    expect(alice.marks).to_have_text("Sent")

    # The next page of the shop knows of the conversation without being opened.
    shop.page.reload()
    alice.write("Anything else?")
    expect(shop.page.locator("flagdown-widget b")).not_to_be_empty()
    shop.launcher.click()
    expect(shop.frame.get_by_text("Anything else?")).to_be_visible()
    expect(shop.page.locator("flagdown-widget b")).to_be_empty()
    expect(alice.marks).to_have_text("Read")
    shop.page.keyboard.press("Escape")
    expect(shop.frame.locator("#chat")).to_be_hidden()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A site on another origin that frames whatever its query says."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><link rel=icon href=data:,><title>Elsewhere</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_chat_refuses_to_be_framed_by_a_site_that_the_desk_does_not_know(
    screens: Screens, world: Any, elsewhere: str
) -> None:
    thief = screens.desktop("elsewhere")
    thief.page.add_init_script(OPEN_SHADOWS)
    thief.page.goto(elsewhere)
    with thief.expecting("frame-ancestors", "ERR_BLOCKED_BY"):
        with thief.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            thief.page.evaluate(
                """url => {
                  const frame = document.createElement('iframe')
                  frame.src = url
                  document.body.append(frame)
                }""",
                f"{thief.url}/chat/{world.desk.key}/?embed=1&origin={elsewhere}",
            )
        expect(thief.page.frame_locator("iframe").locator("#chat")).to_have_count(0)

    world.desk.origins = [elsewhere]
    world.desk.save()
    thief.page.goto(elsewhere)
    thief.page.evaluate(
        """([home, desk]) => {
          const script = document.createElement('script')
          Object.assign(script, {src: home + '/widget.js', onload: () => window.flagdown.open()})
          script.dataset.desk = desk
          document.body.append(script)
        }""",
        [thief.url, world.desk.key],
    )
    known = thief.page.frame_locator("flagdown-widget iframe")
    expect(known.locator("#chat[data-ready=true]")).to_be_visible()
