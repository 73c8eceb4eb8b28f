"""The theory against tables that others have printed."""

import math

import pytest

from dispatch.simulation.erlang import Impatient, Pooled, erlang_b, erlang_c


# Loads in Erlang at which so many lines lose the given share: the usual Erlang B table.
@pytest.mark.parametrize(
    ("slots", "blocked", "load"),
    [
        (1, 0.01, 0.0101),
        (5, 0.02, 1.657),
        (10, 0.01, 4.461),
        (20, 0.01, 12.03),
        (50, 0.02, 40.26),
        (100, 0.01, 84.06),
        (200, 0.01, 179.7),
    ],
)
def test_erlang_b_agrees_with_the_printed_table(slots: int, blocked: float, load: float) -> None:
    assert erlang_b(load, slots) == pytest.approx(blocked, rel=0.01)


def test_erlang_c_agrees_with_two_worked_examples_in_print() -> None:
    # 100 calls in half an hour, 3 minutes each, 14 agents: 17.4 % wait, 88.8 % within 20 s, 7.8 s.
    one = Pooled(100 / 1800, 180.0, 14)
    assert one.load == pytest.approx(10.0)
    assert one.waiting_share == pytest.approx(0.174, abs=0.0005)
    assert one.within(20.0) == pytest.approx(0.888, abs=0.0005)
    assert one.mean_s == pytest.approx(7.8, abs=0.05)
    # 360 calls in half an hour, 4 minutes each, 55 agents: 23.9 % wait, 8.2 s, occupancy 87.3 %.
    other = Pooled(0.2, 240.0, 55)
    assert other.waiting_share == pytest.approx(0.239, abs=0.0005)
    assert other.mean_s == pytest.approx(8.2, abs=0.05)
    assert other.within(15.0) == pytest.approx(0.846, abs=0.0005)
    assert other.occupancy == pytest.approx(0.873, abs=0.0005)


def test_patience_changes_a_house_as_garnett_mandelbaum_and_reiman_print_it() -> None:
    # 48 calls a minute of one minute each, 50 agents, with and without a patience of 2 minutes.
    endless, human = Pooled(0.8, 60.0, 50), Impatient(0.8, 60.0, 50, 120.0)
    assert endless.mean_s == pytest.approx(20.8, abs=0.05)
    assert endless.percentile_s(0.9) == pytest.approx(58.1, abs=0.05)
    assert endless.occupancy == pytest.approx(0.96)
    assert human.abandoned == pytest.approx(0.031, abs=0.0005)
    assert human.mean_s == pytest.approx(3.7, abs=0.05)
    assert human.occupancy == pytest.approx(0.93, abs=0.005)
    # 90 % of those who are answered wait less than 12.5 s.
    assert human.within(12.5) / (1 - human.abandoned) == pytest.approx(0.9, abs=0.005)


def test_an_endless_patience_makes_erlang_a_into_erlang_c() -> None:
    endless, human = Pooled(0.04, 60.0, 3), Impatient(0.04, 60.0, 3, 1e10)
    assert human.mean_s == pytest.approx(endless.mean_s, rel=1e-6)
    assert human.waiting_share == pytest.approx(endless.waiting_share, rel=1e-6)
    assert human.within(30.0) == pytest.approx(endless.within(30.0), rel=1e-3)


def test_everyone_who_stays_is_answered_in_the_end() -> None:
    for slots in (1, 40, 60):
        crowded = Impatient(1.0, 50.0, slots, 30.0)
        assert crowded.within(math.inf) == pytest.approx(1 - crowded.abandoned)
        assert crowded.within(0.0) == pytest.approx(1 - crowded.waiting_share)


def test_a_house_of_thousands_does_not_overflow() -> None:
    # Halfin and Whitt's limit for beta = 1: 1 / (1 + Phi(1) / phi(1)).
    assert erlang_c(9_900.0, 10_000) == pytest.approx(0.2234, abs=0.002)
    flooded = Impatient(100.0, 300.0, 20_000, 60.0)
    assert flooded.abandoned == pytest.approx(1 / 3, abs=0.001)
    assert Impatient(0.0, 300.0, 5, 60.0).mean_s == 0.0


def test_a_house_without_spare_slots_has_no_end_of_waiting() -> None:
    full = Pooled(1.0, 100.0, 100)
    assert full.mean_s == full.percentile_s(0.5) == math.inf
    assert full.within(1e6) == 0.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        full.percentile_s(1.0)
    with pytest.raises(ValueError, match="must not be negative"):
        erlang_b(-1.0, 3)
