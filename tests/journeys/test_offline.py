"""The app opens without a network, keeps nothing of whom it does not belong to, and is renewed as a whole."""

from typing import Any

from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.journeys.screens import AgentPhone, Screens
from tests.stack import until

KEPT = "async () => Boolean(await (await caches.open('flagdown-agent-shell')).match('/agent/'))"


def kept(phone: AgentPhone) -> AgentPhone:
    """Wait until the service worker has the app."""
    until(lambda: phone.page.evaluate(KEPT), within=25)
    return phone


def test_the_app_opens_without_a_network_and_sends_what_was_written_once_it_is_back(
    screens: Screens, world: Any
) -> None:
    alice = kept(screens.phone(world.agent("Alice")).go_online())
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    alice.accept()
    with alice.expecting():
        alice.offline()
        alice.write("I am looking for it.")
        # The phone is restarted in a tunnel.
        alice.page.reload()
        expect(alice.net).to_contain_text("No network")
        expect(alice.page.get_by_role("switch")).to_be_visible()
        alice.pictures("offline-open")
        alice.back_online()
        alice.ready()
    kim.sees("Where is my parcel?", "I am looking for it.")


def test_who_signs_out_leaves_nothing_behind_for_the_next_one(screens: Screens, world: Any) -> None:
    alice = kept(screens.phone(world.agent("Alice")))
    alice.page.locator("#me").tap()
    alice.page.get_by_role("button", name="Sign out").tap()
    expect(alice.page.locator("#app")).to_have_count(0)
    assert not alice.page.evaluate(KEPT)


def test_another_log_in_in_the_same_browser_is_never_shown_the_first_ones_app(
    screens: Screens, world: Any
) -> None:
    alice = kept(screens.phone(world.agent("Alice")))
    bob = world.agent("Bob")
    # In another tab, by another way than the app's own.
    tab = alice.context.new_page()
    tab.goto(f"{alice.url}/admin/")
    alice.context.clear_cookies()
    tab.goto(f"{alice.url}/accounts/login/")
    tab.get_by_label("E-mail").fill(bob.user.email)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.locator("#sign-in").click()
    expect(tab.locator("#app")).to_be_visible()
    expect(tab.locator(".hero-hello")).to_contain_text("Bob")


def test_with_the_app_everything_is_kept_that_it_names(screens: Screens, world: Any) -> None:
    alice = kept(screens.phone(world.agent("Alice")))
    whole = """async () => {
            const page = await (await (await caches.open('flagdown-agent-shell')).match('/agent/')).text()
            const parts = await caches.open('flagdown-agent-parts')
            const named = [...page.matchAll(/"(\\/static\\/[^"]+)"/g)].map((found) => found[1])
            const kept = await Promise.all(named.map((path) => parts.match(path)))
            return named.length > 30 && kept.every(Boolean)
        }"""
    until(lambda: alice.page.evaluate(whole), within=25)
