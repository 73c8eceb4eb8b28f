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


KEEPS = """async (wanted) => {
    const open = indexedDB.open('flagdown', 1)
    const db = await new Promise((done) => (open.onsuccess = () => done(open.result)))
    const all = db.transaction('kept').objectStore('kept').getAll()
    const items = await new Promise((done) => (all.onsuccess = () => done(all.result)))
    db.close()
    return items.map((item) => item.text)
}"""


def test_what_was_written_lies_on_the_disk_until_the_server_has_it_and_is_never_shown_twice(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    alice.accept()
    held = alice.hold("/messages")
    alice.write("I am looking for it.")
    route = alice.held(held)
    until(lambda: alice.page.evaluate(KEEPS) == ["I am looking for it."], within=10)
    # It is on the disk alone: not in the page's memory, nor in what a crash may take with it.
    assert (
        alice.page.evaluate("Object.keys(localStorage).filter((key) => /outbox/.test(key))") == []
    )
    # The server gets it, and the phone dies before it hears so.
    response = route.fetch()
    assert response.status == 201
    with alice.expecting():
        alice.reload()
    texts = ("Where is my parcel?", "I am looking for it.")
    alice.sees(*texts)
    kim.sees(*texts)
    until(lambda: alice.page.evaluate(KEEPS) == [], within=10)
