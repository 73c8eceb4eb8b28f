"""A phone in a pocket: it is checked before a shift, rings while the app is closed, and answers by its buttons.

Chromium can't reach a real push service here, so the subscription that its `PushManager` would make is a
`Phone` of ours. What the server really sent to it is decrypted, and given to the real service worker the way the
browser would.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Worker, expect

from tests.journeys.screens import AgentPhone, Screens
from tests.phones import Phone, PushService, push_service

SUBSCRIBES = """
    const made = %s
    const subscription = { ...made, toJSON: () => made, unsubscribe: async () => (kept(null), true) }
    const kept = (value) => localStorage.setItem('subscribed', JSON.stringify(value))
    PushManager.prototype.getSubscription = async () => (
        JSON.parse(localStorage.getItem('subscribed')) ? subscription : null)
    PushManager.prototype.subscribe = async (options) => {
        if (!options.userVisibleOnly || options.applicationServerKey.length !== 87) throw new TypeError('options')
        kept(true)
        return subscription
    }
"""
# A press on a notification. What it may open is the browser's to decide, and it opens nothing for a test.
PRESS = """
    async (action) => {
        const [notification] = await self.registration.getNotifications()
        const event = new NotificationEvent('notificationclick', { notification, action })
        let done
        event.waitUntil = (work) => (done = work)
        self.dispatchEvent(event)
        await done.catch((error) => { if (!/InvalidAccess|NotAllowed/.test(error.name)) throw error })
    }
"""
SHOWN = """async () => (await self.registration.getNotifications()).map((each) => ({
    title: each.title, body: each.body, buttons: each.actions.map(({ title }) => title) }))"""


class Pocket:
    """A phone's service worker, reached past the page."""

    def __init__(self, alice: AgentPhone, phone: Phone) -> None:
        self.alice, self.phone = alice, phone
        # Lives on when the app is closed.
        self.page: Page = alice.context.new_page()
        self.page.goto(f"{alice.url}/healthz")
        self.session: CDPSession = alice.context.new_cdp_session(self.page)
        self.registrations: dict[str, str] = {}
        self.session.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        self.session.send("ServiceWorker.enable")

    def _registered(self, event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            self.registrations[each["scopeURL"]] = each["registrationId"]

    def gets(self, push: dict[str, Any]) -> None:
        """The push service hands this over to the browser."""
        scope = f"{self.alice.url}/agent/"
        while scope not in self.registrations:
            self.page.wait_for_function("() => true")
        self.session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self.alice.url,
                "registrationId": self.registrations[scope],
                "data": json.dumps(push),
            },
        )

    @property
    def worker(self) -> Worker:
        """The service worker."""
        (only,) = (each for each in self.alice.context.service_workers if "sw.js" in each.url)
        return only

    def shows(self, words: str) -> dict[str, Any]:
        """Wait for a notification that says this."""
        while True:
            for each in self.worker.evaluate(SHOWN):
                if words in f"{each['title']} {each['body']}":
                    found: dict[str, Any] = each
                    return found
            self.page.wait_for_function("() => true")

    def press(self, action: str = "") -> None:
        """A button of the notification, or the notification itself."""
        self.worker.evaluate(PRESS, action)


@pytest.fixture
def service() -> Iterator[PushService]:
    """The push service."""
    with push_service() as running:
        yield running


def subscribed(screens: Screens, world: Any, service: PushService) -> tuple[AgentPhone, Pocket]:
    """Alice has checked her phone and let it ring while the app is closed."""
    phone = Phone()
    alice = screens.phone(world.agent("Alice"))
    alice.context.grant_permissions(["notifications"], origin=alice.url)
    alice.context.add_init_script(SUBSCRIBES % json.dumps(phone.subscription))
    alice.reload()
    alice.page.get_by_role("button", name="Check this phone").tap()
    sheet = alice.page.get_by_role("dialog", name="Good enough to work")
    expect(sheet.locator('[data-check="network"]')).to_contain_text("nothing lost")
    expect(sheet.locator('[data-check="line"]')).to_contain_text("ring within a second")
    expect(sheet.locator('[data-check="push"]')).to_contain_text("nothing rings")
    alice.pictures("reach-off")
    pocket = Pocket(alice, phone)
    sheet.get_by_role("button", name="Switch on").tap()
    expect(sheet.locator('[data-check="push"]')).to_contain_text("It should come")
    pocket.gets(service.wait(phone, "test"))
    expect(sheet.locator('[data-check="push"]')).to_contain_text("It came through")
    alice.pictures("reach-on")
    sheet.get_by_role("button", name="Check again").tap()
    expect(alice.page.get_by_role("dialog", name="Ready for a shift")).to_be_visible()
    alice.page.get_by_role("button", name="Done").tap()
    return alice, pocket


def test_a_closed_app_rings_and_a_button_on_the_lock_screen_takes_the_conversation(
    screens: Screens, world: Any, service: PushService
) -> None:
    alice, pocket = subscribed(screens, world, service)
    alice.go_online()
    alice.page.close()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    pocket.gets(service.wait(pocket.phone, "offer"))
    offer = pocket.shows("New conversation")
    assert offer["buttons"] == ["Accept", "Decline"]
    assert "parcel" not in str(offer)
    pocket.press("accept")
    kim.met("Alice")
    kim.write("Hello?")
    message = service.wait(pocket.phone, "message")
    pocket.gets(message)
    assert pocket.shows("Kim wrote to you")["body"] == "Tap to answer."
    # She opens the app: all is there.
    alice.page = pocket.page
    alice.page.goto(alice.url + message["url"])
    alice.ready()
    alice.sees("Where is my parcel?", "Hello?")


def test_what_is_declined_on_the_lock_screen_rings_with_the_next_one_and_a_late_press_is_told(
    screens: Screens, world: Any, service: PushService
) -> None:
    alice, pocket = subscribed(screens, world, service)
    alice.go_online()
    alice.page.close()
    bob = screens.phone(world.agent("Bob"))
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    push = service.wait(pocket.phone, "offer")
    pocket.gets(push)
    pocket.shows("New conversation")
    bob.go_online()
    pocket.press("decline")
    bob.accept()
    kim.met("Bob")
    # The phone was in a tunnel: what it shows now has long gone to Bob.
    pocket.worker.evaluate("(push) => show(push)", push)
    pocket.press("accept")
    pocket.shows("It went to somebody else")


def test_an_app_in_the_background_goes_where_the_notification_leads(
    screens: Screens, world: Any, service: PushService
) -> None:
    alice, pocket = subscribed(screens, world, service)
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    alice.go_online()
    alice.accept()
    alice.page.evaluate("location.hash = '#/'")
    expect(alice.app).to_have_attribute("data-view", "home")
    ticket = kim.ticket
    pocket.gets({**service.wait(pocket.phone, "test"), "url": f"/agent/#/t/{ticket}"})
    pocket.shows("It works")
    pocket.press()
    expect(alice.app).to_have_attribute("data-view", "talk")
