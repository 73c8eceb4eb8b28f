"""As next door: bugs in nudges and hand-overs, and the contest that must find each."""

from collections.abc import Callable

import pytest

from tests.factories import World
from tests.races import ownership
from tests.races.planting import caught
from tickets.actions import ownership as owning


def test_an_answer_that_is_taken_away_is_caught_when_the_debt_is_not_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owning, "STILL_OWED", "true")
    assert caught(ownership.answer_against_hand_over, world, 30)


def test_a_doubled_nudge_is_caught_without_the_compare(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    # Each tick waits for the row, and then writes what it had seen before.
    rewritten("SKIP LOCKED", "")
    rewritten(f"a.ended_at IS NULL AND t.due > {owning.MADE}", "a.ended_at IS NULL")
    assert caught(ownership.ticks_that_nudge, world, 20)
