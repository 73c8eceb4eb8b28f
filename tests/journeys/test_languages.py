"""The app in every language: it fits, it is light, and it reads from the right side."""

from typing import Any

from django.conf import settings
from playwright.sync_api import expect

from tests.journeys.screens import Screens
from tests.journeys.test_pages import FIRST_LOAD, weight

RIGHT_TO_LEFT = {"ar"}


def test_the_app_fits_a_small_phone_and_its_weight_in_every_language(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice"))
    words = set()
    for language, _name in settings.LANGUAGES:
        alice.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": alice.url}]
        )
        alice.context.new_cdp_session(alice.page).send("Network.clearBrowserCache")
        app = weight(alice, "/agent/", '#app[data-net="open"]')
        assert 30_000 < app <= FIRST_LOAD, f"{language}: {app} bytes"
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        expect(alice.page.locator("html")).to_have_attribute("dir", direction)
        alice.fits()
        alice.pictures(f"home-{language}")
        words.add(alice.page.locator("#hero-state").inner_text())
    assert len(words) == len(settings.LANGUAGES), words


def test_a_language_is_chosen_at_the_door_and_an_offer_rings_in_it(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice"))
    alice.page.goto(f"{alice.url}/account/")
    alice.page.locator("#language").select_option("de")
    alice.page.get_by_role("button", name="Change").tap()
    expect(alice.page.locator("html")).to_have_attribute("lang", "de")
    alice.page.goto(f"{alice.url}/agent/")
    alice.ready()
    alice.go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Wo ist mein Paket?")
    offer = alice.page.locator("dialog[open]", has_text="Annehmen")
    expect(offer).to_be_visible()
    alice.pictures("offer-de")
