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


def test_a_work_record_is_made_on_the_phone_and_checked_by_anybody(
    screens: Screens, world: Any
) -> None:
    alice = screens.phone(world.agent("Alice"))
    alice.page.evaluate("location.hash = '#/work'")
    card = alice.page.locator("#work [data-part=record]")
    card.get_by_role("button", name="Make a work record").tap()
    row = card.get_by_role("listitem")
    expect(row).to_have_count(1)
    alice.fits_both_ways()
    card.scroll_into_view_if_needed()
    alice.pictures("record")
    with alice.page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    token = download.value.path().read_text()
    link = row.get_by_role("link", name="Open").get_attribute("href") or ""
    assert link.endswith(f"/verify/#{token}")

    # A stranger opens the link, and pastes it.
    somebody = screens.desktop("somebody")
    somebody.page.goto(f"{somebody.url}/verify/#{token}")
    expect(somebody.page.get_by_role("heading", name="Valid", exact=True)).to_be_visible()
    expect(somebody.page.get_by_role("heading", name="Alice")).to_be_visible()
    assert token not in somebody.page.url
    somebody.fits_both_ways()
    somebody.pictures("verify")
    somebody.page.get_by_label("Link or record").fill(token[:-4] + "AAAA")
    somebody.page.get_by_role("button", name="Check another").click()
    expect(somebody.page.get_by_role("heading", name="Not valid")).to_be_visible()
    row.get_by_role("button", name="Revoke").tap()
    expect(row).to_have_count(0)
    somebody.page.get_by_label("Link or record").fill(link)
    somebody.page.get_by_role("button", name="Check another").click()
    expect(somebody.page.get_by_role("heading", name="Revoked")).to_be_visible()


def test_a_copy_of_her_data_is_put_together_and_fetched(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice"))
    alice.page.evaluate("location.hash = '#/work'")
    card = alice.page.locator("#work [data-part=data]")
    card.get_by_role("button", name="Make a copy").tap()
    expect(card).to_contain_text("Ready. It stays until")
    with alice.page.expect_download() as download:
        card.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "flagdown-my-data.zip"
    assert download.value.path().read_bytes().startswith(b"PK")


def test_she_says_when_she_plans_to_work(screens: Screens, world: Any) -> None:
    alice = screens.phone(world.agent("Alice"))
    alice.page.evaluate("location.hash = '#/work'")
    card = alice.page.locator("#work [data-part=shifts]")
    card.get_by_label("Tuesday", exact=True).check()
    card.get_by_label("Tuesday, from").fill("19:00")
    card.get_by_label("Day", exact=True).fill("2030-12-24")
    card.get_by_role("button", name="Not then").tap()
    expect(card).to_contain_text("December 24: not then")
    card.get_by_role("button", name="Keep this plan").tap()
    alice.toast("Kept. It binds you to nothing.")
    alice.fits_both_ways()
    card.scroll_into_view_if_needed()
    alice.pictures("shifts")
    alice.reload()
    expect(card.get_by_label("Tuesday", exact=True)).to_be_checked()
    expect(card.get_by_label("Tuesday, from")).to_have_value("19:00")
    expect(card.get_by_label("Wednesday", exact=True)).not_to_be_checked()
    expect(card).to_contain_text("December 24: not then")
