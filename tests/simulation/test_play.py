"""What happens to a ticket, an offer and an agent in a played day."""

import math
import random
from collections import Counter
from dataclasses import replace

import pytest

from bench.shift import skills
from bench.shift.peers import PEERS, FirstCome, LongestIdle
from dispatch.simulation.erlang import Pooled
from dispatch.simulation.play import Policy, play
from dispatch.simulation.results import Fate, Trip
from dispatch.simulation.types import Answer, Day, Pick, Reply, Rules, Shift
from tests.simulation.builders import AT_ONCE, agent, arrival, busy_day, day, ours, queue
from tickets.ladder import ANY_SUPERVISOR, SUPERVISOR, Need, Rung, Step

ALL = (ours, *PEERS)


def only(run_of: Day, policy: Policy | None = None) -> Trip:
    """The first customer's record."""
    return play(run_of, policy or ours()).trips[0]


def test_who_finds_nobody_free_waits_for_the_end_of_a_conversation() -> None:
    run = play(day([arrival(1, 0.0), arrival(2, 30.0)], [agent("a")]), ours())
    assert [trip.wait_s for trip in run.trips] == [0.0, 70.0]
    assert run.work[0].paid_s == 200.0
    assert run.work[0].idle_s == run.work[0].online_s - 200.0


def test_ringing_takes_a_slot_and_counts_for_the_wait_but_not_for_the_queueing() -> None:
    slow = day([arrival(1, 0.0)], [agent("a")], script=lambda *_: Answer(Reply.ACCEPT, 2.0, 4.0))
    trip = only(slow)
    assert (trip.wait_s, trip.queued_s) == (6.0, 0.0)
    assert play(slow, ours()).work[0].ring_s == 6.0


def test_a_decline_goes_to_the_next_one_and_cools_down() -> None:
    script = {"a": Answer(Reply.DECLINE, 0.0, 3.0), "b": Answer(Reply.ACCEPT, 0.0, 2.0)}
    two = day([arrival(1, 0.0)], [agent("a"), agent("b")], script=lambda _t, who, *_: script[who])
    run = play(two, FirstCome(AT_ONCE))
    assert run.trips[0].agent == "b"
    assert run.trips[0].wait_s == 5.0
    assert run.trips[0].misses == 1
    alone = day([arrival(1, 0.0)], [agent("a")], script=lambda _t, who, *_: script[who], end_s=70.0)
    # Asked at 0, 33 and 66 s: 30 s after each decline.
    assert only(alone).offers == 3


def test_the_countdown_begins_when_the_phone_has_drawn_it_or_when_it_was_sent() -> None:
    late = day([arrival(1, 0.0)], [agent("a")], script=lambda *_: Answer(Reply.ACCEPT, 8.0, 10.0))
    assert only(late).wait_s == 18.0
    missed = play(late, ours(delivery_bound_s=None))
    assert missed.work[0].missed == missed.work[0].offers
    assert missed.trips[0].fate is Fate.WAITING


def test_an_offer_that_never_arrived_is_nobodys_miss() -> None:
    lost = day(
        [arrival(1, 0.0)],
        [agent("a"), agent("b")],
        script=lambda _t, who, *_: Answer(Reply.ACCEPT, math.inf if who == "a" else 0.0),
    )
    run = play(lost, FirstCome(AT_ONCE))
    assert run.trips[0].wait_s == 10.0
    assert (run.work[0].withdrawn, run.work[0].missed, run.trips[0].misses) == (1, 0, 0)


def test_two_missed_in_a_row_pause_an_agent_until_she_is_back() -> None:
    away = day(
        [arrival(ident, 20.0 * ident, patience_s=1.0) for ident in range(10)],
        [agent("a")],
        queue(offer_timeout_s=0.5),
        script=lambda *_: Answer(Reply.MISS),
        end_s=200.0,
    )
    # Offered at 0 and 20 s, away for 65 s, offered at 100 and 120 s, away again.
    assert play(away, ours()).work[0].offers == 4


def test_impatient_customers_leave_and_give_back_the_slot_that_rings_for_them() -> None:
    script = {1: Answer(Reply.ACCEPT, 0.0, 9.0), 2: Answer(Reply.ACCEPT)}
    run = play(
        day(
            [arrival(1, 0.0, patience_s=5.0), arrival(2, 1.0)],
            [agent("a")],
            script=lambda ticket, *_: script[ticket],
        ),
        ours(),
    )
    assert [trip.fate for trip in run.trips] == [Fate.ABANDONED, Fate.SERVED]
    assert [trip.wait_s for trip in run.trips] == [5.0, 4.0]
    assert run.work[0].withdrawn == 1


def test_a_shift_that_ends_takes_no_more_and_finishes_what_it_has() -> None:
    run = play(day([arrival(1, 0.0), arrival(2, 0.0)], [agent("a", Shift(0.0, 50.0, 1))]), ours())
    assert [trip.fate for trip in run.trips] == [Fate.SERVED, Fate.WAITING]
    assert run.work[0].online_s == 50.0
    assert run.work[0].paid_s == 100.0


def test_a_ladder_opens_a_ticket_to_others_when_its_time_has_come() -> None:
    high = queue(
        ground=Rung((Need(5, {}),)),
        steps=(
            Step(40.0, language_level=4, skip_if_nobody=False),
            Step(60.0, language_level=3, skip_if_nobody=False),
        ),
    )
    assert only(day([arrival(1, 0.0)], [agent("a")], high)).wait_s == 60.0
    assert only(day([arrival(1, 0.0)], [agent("a")], high), ours(ladder=False)).fate is Fate.WAITING
    skipping = replace(high, steps=(replace(high.steps[0], skip_if_nobody=True), high.steps[1]))
    trip = only(day([arrival(1, 0.0)], [agent("a")], skipping))
    assert (trip.wait_s, trip.rung) == (40.0, 2)


def test_the_last_step_goes_to_supervisors_whatever_they_speak() -> None:
    last = queue(steps=(Step(20.0, is_last=True, skip_if_nobody=False),))
    boss = agent("boss", languages={"en": 5}, skills={SUPERVISOR: 1})
    assert ANY_SUPERVISOR.language_level == 0
    trip = only(day([arrival(1, 0.0)], [boss, agent("x", languages={"en": 5})], last))
    assert (trip.agent, trip.wait_s) == ("boss", 20.0)


def test_a_broadcast_rings_with_several_and_one_of_them_wins() -> None:
    wide = queue(ground=Rung((Need(2, {}),), broadcast=2))
    times = {"a": 5.0, "b": 3.0, "c": 1.0}
    run = play(
        day(
            [arrival(1, 0.0)],
            [agent("a"), agent("b")],
            wide,
            script=lambda _t, who, *_: Answer(Reply.ACCEPT, 0.0, times[who]),
        ),
        ours(),
    )
    assert (run.trips[0].agent, run.trips[0].wait_s, run.trips[0].offers) == ("b", 3.0, 2)
    assert [one.withdrawn for one in run.work] == [1, 0]


def test_the_previous_agent_is_asked_first_and_others_when_her_time_is_over() -> None:
    same = queue(same_agent_s=30.0)
    again = [arrival(1, 0.0), arrival(2, 1.0, previous_agent="a")]
    hers = day([arrival(2, 1.0, previous_agent="b")], [agent("a"), agent("b")], same)
    assert only(hers).agent == "b"
    # "a" is busy with the first customer until 100 s: after 30 s anybody will do.
    staff = [agent("a"), agent("b", Shift(0.5, 1e9, 1))]
    run = play(day(again, staff, same), ours())
    assert [trip.agent for trip in run.trips] == ["a", "b"]
    assert run.trips[1].wait_s == 30.0


def test_caps_spacing_slots_and_wrap_up_hold() -> None:
    both = [arrival(1, 0.0), arrival(2, 0.0)]
    roomy = [agent("a", Shift(0.0, 1e9, 4))]

    def second(**changes: object) -> float:
        return play(day(both, roomy, queue(**changes)), ours()).trips[1].wait_s

    assert second() == 0.0
    assert second(agent_cap=1) == 100.0
    assert second(spacing_s=25.0) == 25.0
    assert second(slots=3) == 100.0
    assert second(slots=3, wrap_up_s=15.0) == 115.0


@pytest.mark.parametrize("make", ALL)
def test_every_customer_is_served_or_gone_or_waiting_and_every_offer_accounted_for(
    make: type,
) -> None:
    made = busy_day(5)
    run = play(made, make())
    assert sorted(trip.ticket for trip in run.trips) == sorted(one.id for one in made.arrivals)
    served = Counter(trip.agent for trip in run.trips if trip.fate is Fate.SERVED)
    for one in run.work:
        open_at_the_end = one.offers - one.accepted - one.declined - one.missed - one.withdrawn
        assert 0 <= open_at_the_end <= 3
        assert served[one.agent] == one.accepted
        assert 0.0 <= one.idle_s <= one.online_s
    figures = run.summary()
    assert figures.served + figures.abandoned + figures.waiting == figures.tickets == 300
    assert min(figures.served, figures.abandoned) > 20


@pytest.mark.parametrize("make", ALL)
def test_the_same_day_gives_the_same_run_in_whatever_order_it_is_listed(make: type) -> None:
    made = busy_day(11, customers=200)
    shuffled = replace(
        made,
        arrivals=random.Random(1).sample(list(made.arrivals), len(made.arrivals)),
        staff=random.Random(2).sample(list(made.staff), len(made.staff)),
    )
    assert play(made, make()) == play(made, make()) == play(shuffled, make())
    assert play(busy_day(12, customers=200), make()) != play(made, make())


def test_a_policy_that_gives_what_is_not_free_is_refused() -> None:
    class Blind(FirstCome):
        def wave(self, house: object) -> list[Pick]:
            return [Pick(1, "a"), Pick(2, "a")]

    with pytest.raises(ValueError, match="offers 2 to a"):
        play(day([arrival(1, 0.0), arrival(2, 0.0)], [agent("a")]), Blind(AT_ONCE))


def test_a_pooled_house_waits_as_erlang_c_says_and_the_same_under_all_policies() -> None:
    rng = random.Random(3)
    at_s, arrivals = 0.0, []
    for ident in range(16_000):
        at_s += rng.expovariate(0.8 * 4 / 100)
        arrivals.append(arrival(ident, at_s, handle_s=rng.expovariate(1 / 100)))
    pooled = day(arrivals, [agent(ident) for ident in range(4)], end_s=at_s + 1e6)
    run = play(
        replace(pooled, staff=[agent(n, Shift(0, 1e9, 1)) for n in range(4)]), FirstCome(AT_ONCE)
    )
    bound = Pooled(0.8 * 4 / 100, 100.0, 4)
    waits = [trip.wait_s for trip in run.trips]
    # Batch means: 16 batches of 1,000 customers are nearly independent.
    batches = [math.fsum(waits[at : at + 1000]) / 1000 for at in range(0, 16_000, 1000)]
    mean = math.fsum(batches) / 16
    error = (math.fsum((one - mean) ** 2 for one in batches) / 15 / 16) ** 0.5
    assert abs(mean - bound.mean_s) < 3 * error
    assert error < 0.15 * bound.mean_s
    waiting = sum(wait > 0 for wait in waits) / len(waits)
    assert waiting == pytest.approx(bound.waiting_share, abs=0.03)
    few = replace(pooled, arrivals=arrivals[:800])
    ours_too, idle_too = (play(few, policy) for policy in (ours(), LongestIdle(AT_ONCE)))
    # Moments are sums of floats, and agents change places: equal to a millisecond.
    for one, other, third in zip(run.trips, ours_too.trips, idle_too.trips, strict=False):
        assert one.wait_s == pytest.approx(other.wait_s, abs=1e-3)
        assert one.wait_s == pytest.approx(third.wait_s, abs=1e-3)


def test_with_three_skills_each_we_are_near_the_pooled_house_and_with_two_not_far() -> None:
    pooled, three, two = (
        play(skills.house(each, 700, 2, warm_s=900.0), policy, from_s=900.0).summary()
        for each, policy in (
            (skills.SKILLS, LongestIdle(Rules(tick_s=0.0))),
            (3, ours()),
            (2, ours()),
        )
    )
    assert three.queued_mean_s < 1.5 * pooled.queued_mean_s + 1.0
    assert three.queued_mean_s <= two.queued_mean_s + 1.0


def test_nothing_starves_however_crowded_the_house() -> None:
    rng = random.Random(9)
    kinds = [queue(id="q"), queue(id="loud", ground=Rung((Need(2, {}),), priority=3.0))]
    crowd = day(
        [
            arrival(ident, 4.0 * ident, queue=rng.choice(("q", "loud")), handle_s=20.0)
            for ident in range(1_000)
        ],
        [agent(ident) for ident in range(4)],
        *kinds,
        end_s=10_000.0,
    )
    run = play(crowd, ours())
    assert {trip.fate for trip in run.trips} == {Fate.SERVED}
    # 4 agents serve one customer each 5 s, one comes each 4 s: the line grows to 1,000 s, and
    # priority is a lead of 3 service levels, not for ever.
    longest = {
        kind.id: max(trip.wait_s for trip in run.trips if trip.queue == kind.id) for kind in kinds
    }
    assert longest["q"] - longest["loud"] < 3 * 60.0 + 30.0
