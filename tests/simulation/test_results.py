"""Figures of a run, worked out by hand."""

from dataclasses import replace

import pytest

from dispatch.simulation.dice import exponential, lognormal, uniform
from dispatch.simulation.results import (
    Fate,
    Run,
    Trip,
    Work,
    calibration,
    differences,
    percentile,
    spread,
    summary,
)

TRIP = Trip(1, "q", "de", 0.0, 60.0, Fate.SERVED, 20.0, 15.0, "a", 1, 0, 0)
WORK = Work("a", ("de",), 100.0, 40.0, 50.0, 10.0, 4, 2, 1, 1, 0, False)


def test_percentiles_are_by_nearest_rank_and_nothing_has_none() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.95) == 4.0
    assert percentile([], 0.5) == 0.0


def test_who_left_counts_with_the_time_she_waited() -> None:
    left = replace(TRIP, ticket=2, fate=Fate.ABANDONED, wait_s=100.0, agent=None)
    found = summary([TRIP, left], [WORK])
    assert (found.served, found.abandoned, found.wait_mean_s, found.queued_mean_s) == (1, 1, 60, 15)
    assert (found.within, found.acceptance, found.idle_share) == (0.5, 0.5, 0.4)
    assert summary([], []).wait_p95_s == 0.0


def test_spread_is_nothing_when_all_get_the_same_per_hour_and_all_when_one_gets_it() -> None:
    half = replace(WORK, agent="b", online_s=50.0, offers=2)
    assert spread([WORK, half]) == pytest.approx(0.0)
    idle = [replace(WORK, agent=str(n), offers=0) for n in range(99)]
    assert spread([WORK, *idle]) == pytest.approx(0.99)
    assert spread([]) == 0.0


def test_warming_up_is_left_out_and_parts_are_told_apart() -> None:
    run = Run("p", (TRIP, replace(TRIP, ticket=2, at_s=10.0, language="en")), (WORK,), 1, 5.0)
    assert run.summary().tickets == 1
    assert set(run.by(lambda trip: trip.language)) == {"en"}
    assert differences(run.summary(), run.summary())["tickets"] == (1, 1)


def test_calibration_compares_what_was_said_with_what_came() -> None:
    said = [(20.0, 20.0), (100.0, 50.0), (30.0, 90.0), (2.0, 8.0)]
    trips = [replace(TRIP, predicted_s=one, wait_s=true) for one, true in said]
    found = calibration([*trips, replace(TRIP, fate=Fate.ABANDONED, predicted_s=9.0)])
    assert found.tickets == 4
    # 30 instead of 90 is more than a factor of two; 2 and 8 are both "at once".
    assert found.within_2x == 0.75
    assert found.median_ratio == 1.0
    assert found.deciles[-1] == (100.0, 50.0)


def test_dice_depend_on_what_they_are_for_and_nothing_else() -> None:
    assert uniform(1, "a", 2) == uniform(1, "a", 2) != uniform(2, "a", 2)
    drawn = [uniform(7, number) for number in range(4000)]
    assert sum(drawn) / 4000 == pytest.approx(0.5, abs=0.02)
    assert sum(exponential(one, 3.0) for one in drawn) / 4000 == pytest.approx(3.0, abs=0.2)
    assert sorted(lognormal(one, 5.0, 0.5) for one in drawn)[2000] == pytest.approx(5.0, abs=0.2)
