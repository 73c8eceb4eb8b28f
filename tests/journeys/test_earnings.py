"""An agent looks at what she has earned, on her phone, and it changes under her eyes."""

import os
from decimal import Decimal
from typing import Any

from playwright.sync_api import expect

from pay.actions.posting import Explained, Leg, post
from tests.journeys.screens import Screens
from tests.pay.worlds import make_quest, make_tariff

# A folder: the pictures are kept there, to be looked at.
PICTURES = os.environ.get("PICTURES", "")


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
    if PICTURES:
        pictures(page)
    here.get_by_role("link", name="Back to the overview").click()
    expect(page.locator("#switch")).to_be_visible()


def pictures(page: Any) -> None:
    """The view on a phone and on a desk, light and dark."""
    for name, size in {"phone": (360, 740), "desk": (1280, 800)}.items():
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{PICTURES}/earnings-{name}-{scheme}.png")
    page.set_viewport_size({"width": 360, "height": 740})
