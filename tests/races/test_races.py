"""Real concurrency on a real Postgres: whatever comes first, exactly one thing is true after it."""

import os
import time
from collections.abc import Callable

import pytest

from tests.factories import World
from tests.figures import figure
from tests.races import broadcasts, capacity, contests, ownership

Contest = Callable[[World, int], list[str]]


# More of each: RACE_FACTOR=20.
FACTOR = int(os.environ.get("RACE_FACTOR", "1"))


@pytest.mark.parametrize(
    ("contest", "rounds"),
    [
        (contests.accept_against_accept, 1000),
        (contests.accept_against_decline, 1000),
        (contests.accept_against_expiry, 1000),
        (contests.decline_against_expiry, 80),
        (contests.accept_against_claim, 1000),
        (contests.accept_against_closing, 80),
        (broadcasts.accepts_of_a_broadcast, 300),
        (broadcasts.broadcast_accept_against_expiry, 100),
        (broadcasts.broadcast_accept_against_lost_lines, 40),
        (broadcasts.broadcast_accept_against_closing, 80),
        (broadcasts.claim_against_broadcast, 80),
        (broadcasts.accept_against_delivery, 60),
        (broadcasts.the_second_miss_against_accept, 30),
        (contests.claim_against_claim, 100),
        (contests.claims_for_the_last_slot, 60),
        (contests.wave_against_wave, 40),
        (contests.wave_against_wave_with_room, 40),
        (contests.wave_against_claim, 50),
        (contests.wave_against_pause, 50),
        (contests.accept_against_leaving, 20),
        (contests.resolve_against_closing, 60),
        (contests.release_against_closing, 60),
        (contests.sending_back_against_resolve, 60),
        (capacity.wake_against_wave, 40),
        (capacity.wake_against_accept, 30),
        (capacity.wake_against_resolve, 40),
        (capacity.two_wakes, 40),
        (capacity.rest_against_message, 80),
        (capacity.extension_against_the_end, 80),
        (capacity.extension_against_done, 60),
        (capacity.done_against_done, 40),
        (capacity.claims_for_the_last_place, 60),
        (capacity.claim_against_wave_under_a_cap, 25),
        (capacity.the_last_two_of_who_finishes, 8),
        (ownership.answer_against_hand_over, 60),
        (ownership.ticks_that_nudge, 40),
        (ownership.ticks_that_hand_over, 40),
        (contests.eight_writers_and_a_reader, 100),
        (contests.one_client_id_from_eight_threads, 40),
        (contests.one_session_twice, 80),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_race_has_one_outcome(contest: Contest, rounds: int, world: World) -> None:
    rounds *= FACTOR
    started = time.perf_counter()
    wrong = contest(world, rounds)
    per_s = rounds / (time.perf_counter() - started)
    figure(f"{contest.__name__}: rounds per second", round(per_s))
    assert not wrong, "\n".join(wrong[:20])
