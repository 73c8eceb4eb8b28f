"""Whatever a phone's clock says, the countdown is the server's."""

from typing import Any

import pytest
from playwright.sync_api import expect

from core import clock
from dispatch.models import Offer
from tests.journeys.screens import Screens

WRONG_CLOCK = """
    const Real = Date
    window.Date = class extends Real {
        constructor(...given) { given.length ? super(...given) : super(Real.now() + %d) }
        static now() { return Real.now() + %d }
    }
"""
# How much of the offer's time the ring has shown as gone, ms; of the animation's own clock.
GONE = """() => document.querySelector('dialog[open] [data-part="run"]').getAnimations()[0].currentTime"""
HOUR_MS = 3_600_000


@pytest.mark.parametrize("ahead_ms", [HOUR_MS, -HOUR_MS])
def test_a_phone_whose_clock_is_an_hour_off_counts_down_rightly(
    screens: Screens, world: Any, ahead_ms: int
) -> None:
    alice = screens.phone(world.agent("Alice"))
    alice.context.add_init_script(WRONG_CLOCK % (ahead_ms, ahead_ms))
    alice.reload()
    alice.page.get_by_role("button", name="Check this phone").tap()
    said = "ahead of ours" if ahead_ms > 0 else "behind ours"
    expect(alice.page.locator('[data-check="clock"]')).to_contain_text(said)
    alice.page.get_by_role("button", name="Done").tap()
    alice.go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    alice.rings()
    offer = Offer.objects.get(agent=world.agents[0], state="pending", delivered_at__isnull=False)
    # Of several looks the quickest: the two clocks are read one after the other.
    off = []
    for _ in range(5):
        before = clock.now()
        gone = alice.page.evaluate(GONE)
        after = clock.now()
        true_left = (offer.expires_at - (before + (after - before) / 2)).total_seconds()
        off.append(abs(true_left - (offer.timeout_s - gone / 1000)))
    assert min(off) < 0.3, off
    alice.accept()
    kim.met("Alice")
