"""An agent looks at what she has earned, on her phone, and it changes under her eyes."""

from decimal import Decimal
from typing import Any

from playwright.sync_api import expect

from pay.actions.payouts import hold
from pay.actions.posting import Explained, Leg, post
from pay.models.payouts import Payout
from tests.journeys.screens import Screens
from tests.pay.worlds import make_quest, make_tariff


def booked(agent: Any, key: str, cents: int, *lines: Explained) -> None:
    """Money for her, as a conversation brings it."""
    legs = [Leg("agent", cents, agent.pk), Leg("earnings", -cents)]
    post("conversation", f"{key}:{agent.pk}", "EUR", legs, agent=agent.pk, lines=lines)


def test_today_is_large_the_week_is_a_chart_and_a_tap_explains_a_line(
    screens: Screens, world: Any
) -> None:
    make_tariff(desk=world.desk, floor=Decimal("12.00"), waiting=Decimal("3.00"))
    make_quest(world.desk, title="Busy evening", target=10)
    agent = world.agent("Alice")
    booked(
        agent, "one", 370,
        Explained("base", 120, Decimal(1), Decimal("1.20")),
        Explained("time", 250, Decimal(10), Decimal("0.25")),
    )  # fmt: skip
    alice = screens.phone(agent)
    page = alice.page
    expect(page.locator(".to-earnings-sum")).to_have_text("€3.70")
    page.locator(".to-earnings").click()
    here = page.locator("#earnings")
    expect(here.locator(".earned-sum")).to_have_text("€3.70")
    expect(here.locator(".bar-day[data-today=true] .bar-sum")).to_have_text("3.7")
    line = here.locator(".earning").first
    line.locator("summary").click()
    expect(line).to_contain_text("10 min at 0.25 EUR")
    expect(here).to_contain_text("12.00 EUR for each hour online")
    here.get_by_role("button", name="Join").click()
    expect(here.locator(".quest")).to_contain_text("0 of 10")
    # Booked meanwhile: it is there without a reload, and what was open stays open.
    booked(agent, "two", 130, Explained("base", 120), Explained("minimum", 10))
    expect(here.locator(".earned-sum")).to_have_text("€5.00")
    expect(here.locator(".earning[open]")).to_contain_text("10 min at 0.25 EUR")
    alice.fits_both_ways()
    here.evaluate("el => el.closest('.stage').scrollTo(0, 0)")
    alice.pictures("earnings")
    here.get_by_role("link", name="Back to the overview").click()
    expect(page.locator("#switch")).to_be_visible()


def test_money_is_paid_out_taken_back_and_there_are_papers_to_keep(
    screens: Screens, world: Any
) -> None:
    agent = world.agent("Alice")
    booked(agent, "one", 5000)
    alice = screens.phone(agent)
    page = alice.page
    page.evaluate("location.hash = '#/earnings'")
    here = page.locator("#earnings")
    there = here.locator(".there-row")
    expect(there).to_contain_text("€50.00")
    there.get_by_role("button", name="Pay out").click()
    sheet = here.get_by_role("dialog", name="Pay out")
    sheet.get_by_label("Name on the account").fill("Alice Doe")
    sheet.get_by_label("IBAN").fill("DE00 1234")
    sheet.get_by_label("Amount").fill("80")
    go = sheet.get_by_role("button", name="Pay out")
    with alice.expecting("400", "409"):
        go.click()
        # What is wrong stands at its field, and what was typed stays.
        iban = sheet.get_by_label("IBAN")
        expect(iban).to_have_attribute("aria-invalid", "true")
        expect(iban).to_be_focused()
        alice.fits_both_ways()
        alice.pictures("payout-sheet")
        # Gone elsewhere meanwhile, and back: the page answers, and the sheet asks anew.
        page.evaluate("location.hash = '#/'")
        page.get_by_role("switch").first.click()
        expect(page.locator("#app")).to_have_attribute("data-presence", "online")
        page.evaluate("location.hash = '#/earnings'")
        there.get_by_role("button", name="Pay out").click()
        sheet.get_by_label("Name on the account").fill("Alice Doe")
        sheet.get_by_label("Amount").fill("80")
        iban.fill("de89 3704 0044 0532 0130 00")
        go.click()
        expect(sheet).to_contain_text("You have 50.00 EUR")
        expect(sheet).to_contain_text("Alice Doe · account ··3000")
    assert not Payout.objects.exists()
    sheet.get_by_label("Amount").fill("20,50")
    go.click()
    expect(sheet).to_be_hidden()
    row = here.locator(".payout")
    expect(row).to_contain_text("€20.50")
    expect(row).to_contain_text("Waits for approval")
    expect(there).to_contain_text("€29.50")
    row.get_by_role("button", name="Take it back").click()
    expect(row).to_contain_text("Taken back")
    expect(there).to_contain_text("€50.00")

    # Another, that finance holds, with a reason that she reads.
    there.get_by_role("button", name="Pay out").click()
    go.click()
    expect(here.locator(".payout")).to_have_count(2)
    payout = Payout.objects.get(state="requested")
    assert (payout.amount, payout.currency) == (5000, "EUR")
    hold(payout.pk, world.agent("Bob").user, "We check the new account")
    booked(agent, "two", 100)  # what moves the page
    expect(here.locator('.payout[data-state="held"]')).to_contain_text("We check the new account")

    here.get_by_text("Statements").click()
    papers = here.locator(".paper")
    expect(papers).to_have_count(2)
    expect(papers.first).to_contain_text("for the tax office")
    expect(papers.last).to_contain_text("€51.00")
    alice.fits_both_ways()
    papers.last.scroll_into_view_if_needed()
    alice.pictures("payouts")
    for name, begins in (("PDF", b"%PDF-"), ("CSV", b'"at","kind"')):
        with page.expect_download() as download:
            papers.last.get_by_role("link", name=f"as {name}").click()
        content = download.value.path().read_bytes()
        assert content.startswith(begins), content[:40]
