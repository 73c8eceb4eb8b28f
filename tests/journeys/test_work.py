"""An agent looks at her own work."""

from typing import Any

from playwright.sync_api import expect

from tests.journeys.screens import Screens


def test_she_sees_today_and_the_week_and_what_does_not_count(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice")).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    alice.decline()
    page = alice.page
    page.get_by_role("link", name="Today · My work").tap()
    here = page.locator("#work")
    expect(page.get_by_role("heading", name="My work")).to_be_focused()
    expect(here).to_contain_text("0 of 1")
    expect(here).to_contain_text("1 declined, 0 missed")
    expect(here).to_contain_text("Nobody is paid less, asked less or blamed for declining.")
    here.locator("label", has_text="Week").tap()
    expect(here.locator(".work-bar")).to_have_count(7)
    alice.fits_both_ways()
    alice.pictures("work")
    here.get_by_role("button", name="The week before").tap()
    expect(here).not_to_contain_text("0 of 1")
    here.get_by_role("button", name="The week after").tap()
    expect(here).to_contain_text("0 of 1")
    here.locator("label", has_text="Today").tap()
    here.get_by_role("link", name="Why did I get it, or not?").click()
    expect(page.get_by_role("heading", name="Who got what, and why")).to_be_visible()
