"""Replay: a recorded time under other weights and time-outs, deterministically."""

import json
import math
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core import clock
from dispatch import waves
from dispatch.models import WeightSet
from dispatch.replay.habits import Habits, Patience
from dispatch.replay.record import WARM_UP_S, recording
from dispatch.simulation.results import Fate
from dispatch.simulation.types import Answer, Reply
from tests.factories import make_agent, make_queue
from tests.office import Office
from tests.replay.history import History

HOUR = 3600.0


@pytest.fixture
def history(office: Office) -> History:
    """An hour that ended some hours ago."""
    queue = make_queue(office.desk, "recorded", service_level_s=30)
    return History(queue, clock.now() - timedelta(hours=5))


def replay(history: History, *options: str, to_s: float = HOUR) -> dict[str, dict[str, Any]]:
    """The figures of the three columns."""
    return json.loads(printed(history, *options, "--json", to_s=to_s))  # type: ignore[no-any-return]


def printed(history: History, *options: str, to_s: float = HOUR) -> str:
    out = StringIO()
    moments = (history.begin.isoformat(), history.moment(to_s).isoformat())
    call_command("replay", "--from", moments[0], "--to", moments[1], *options, stdout=out)
    return out.getvalue()


def test_what_really_happened_is_read_from_the_logs(office: Office) -> None:
    begin = clock.now()
    kim, alice = office.asks(), office.works("Alice")
    bob = office.works("Bob")
    waves.run()
    first = next(one for one in (alice, bob) if one.me()["offers"])
    other = bob if first is alice else alice
    first.ok("POST", f"/agent/offers/{first.offer()['id']}/decline", {"reason": "busy"})
    waves.run()
    other.ok("POST", f"/agent/offers/{other.offer()['id']}/accept", {})
    other.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    lee = office.asks()
    lee.ok("POST", f"{lee.here}/close", {})
    recorded = recording(begin, clock.now())
    trips = {trip.ticket: trip for trip in recorded.really.counted()}
    assert set(trips) == {kim.ticket.pk, lee.ticket.pk}
    assert (trips[kim.ticket.pk].fate, trips[kim.ticket.pk].agent) == (Fate.SERVED, other.agent.pk)
    assert (trips[kim.ticket.pk].offers, trips[kim.ticket.pk].misses) == (2, 1)
    assert trips[lee.ticket.pk].fate is Fate.ABANDONED
    work = {one.agent: one for one in recorded.really.work}
    assert (work[first.agent.pk].declined, work[other.agent.pk].accepted) == (1, 1)
    assert 0 < work[other.agent.pk].online_s < 60
    met = recorded.day.behaviour
    assert met.answer(kim.ticket.pk, first.agent.pk, 0.0, 0).reply is Reply.DECLINE


def test_a_quiet_hour_comes_out_as_it_was(office: Office, history: History) -> None:
    alice, bob = (make_agent(office.desk, name, capacity=1) for name in ("Alice", "Bob"))
    for agent in (alice, bob):
        history.shift(agent, -1800, HOUR)
    for number in range(20):
        history.served((alice, bob)[number % 2], 60 + 170 * number, wait_s=4, handle_s=120)
    found = replay(history)
    assert found["as_it_was"]["served"] == found["replayed"]["served"] == 20
    assert found["as_it_was"]["wait_mean_s"] == pytest.approx(4, abs=0.01)
    # Recorded pairs answer as they did; where others meet, each answers as is her wont.
    assert found["replayed"]["wait_mean_s"] == pytest.approx(4, abs=0.5)
    assert found["replayed"]["idle_share"] == pytest.approx(
        found["as_it_was"]["idle_share"], abs=0.05
    )
    assert found["changed"] == found["replayed"]


def test_the_same_record_gives_the_same_figures_again(office: Office, history: History) -> None:
    busy_hour(office, history)
    once, again = (
        printed(history, "--weights", '{"idle": 3}'),
        printed(history, "--weights", '{"idle": 3}'),
    )
    assert once == again
    assert printed(history, "--seed", "1") != printed(history, "--seed", "2")


def busy_hour(office: Office, history: History) -> None:
    """Three agents, one of whom was asked for nearly everything, and customers who gave up."""
    crew = [make_agent(office.desk, name, capacity=1) for name in ("Alice", "Bob", "Charlie")]
    for agent in crew:
        history.shift(agent, -60, HOUR)
    at = 10.0
    for number in range(30):
        agent = crew[0] if number % 5 else crew[1 + number // 5 % 2]
        history.served(agent, at, wait_s=6 + number % 3, handle_s=100 + 7 * (number % 11))
        if number % 6 == 0:
            history.ticket(at + 3, left_s=at + 90)
        at += 115


def test_a_shorter_answering_time_is_tried_on_people_who_let_offers_run_out(
    office: Office, history: History
) -> None:
    alice, bob = (make_agent(office.desk, name, capacity=2) for name in ("Alice", "Bob"))
    for agent in (alice, bob):
        history.shift(agent, -60, HOUR)
    for number in range(24):
        ticket, at = history.ticket(100 + 140 * number), 100 + 140 * number
        history.offer(ticket, alice, at, "expired", 15)
        history.offer(ticket, bob, at + 15, "accepted", 3)
        history.talk(ticket, bob, at + 18, at + 78)
    found = replay(history, "--offer-timeout", "5")
    assert found["changed"]["served"] == found["replayed"]["served"] == 24
    assert found["changed"]["wait_mean_s"] < found["replayed"]["wait_mean_s"] - 1
    named = replay(history, "--offer-timeout", f"{office.desk.key}/{history.queue.slug}=5")
    assert named["changed"] == found["changed"]


def test_other_weights_spread_the_work_otherwise(office: Office, history: History) -> None:
    crew = [
        make_agent(office.desk, name, languages={"en": level}, capacity=3)
        for name, level in (("Alice", 5), ("Bob", 2), ("Charlie", 2))
    ]
    for agent in crew:
        history.shift(agent, -60, HOUR)
    for number in range(30):
        history.served(crew[number % 3], 30 + 110 * number, wait_s=3, handle_s=60)
    fluent = '{"language": 50, "idle": 0, "load": 0, "share": 0, "newcomer": 0}'
    even = '{"language": 0, "idle": 5, "load": 5}'
    to_the_best = replay(history, "--weights", fluent)["changed"]
    to_all = replay(history, "--weights", even)["changed"]
    assert to_the_best["spread"] > to_all["spread"] + 0.2
    version = WeightSet.objects.create(terms=json.loads(fluent)).version
    assert replay(history, "--weights", str(version))["changed"] == to_the_best


def test_a_pause_for_missed_offers_is_the_engines_doing_and_no_end_of_a_shift(
    office: Office, history: History
) -> None:
    alice = make_agent(office.desk, "Alice")
    history.shift(alice, 0, HOUR)
    history.paused(alice, 600, 700)
    history.ticket(100)
    recorded = recording(history.begin, history.moment(HOUR))
    (staff,) = recorded.day.staff
    (shift,) = staff.shifts
    assert (shift.start_s, shift.end_s) == pytest.approx((WARM_UP_S, WARM_UP_S + HOUR), abs=0.01)
    assert recorded.day.behaviour.back_s(alice.pk, 0.0) == pytest.approx(100, abs=0.01)


def test_the_table_names_what_is_compared(office: Office, history: History) -> None:
    busy_hour(office, history)
    shown = printed(history, "--weights", '{"share": 4}')
    for words in ("as it was", "replayed", "changed", "mean wait", "offers accepted", "Gini"):
        assert words in shown


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--weights", "9999"], "no version 9999"),
        (["--weights", '{"lucky": 1}'], "unknown term 'lucky'"),
        (["--weights", "no-such-file.json"], "no-such-file.json"),
        (["--offer-timeout", "3"], "from 5 to 120"),
        (["--offer-timeout", "nowhere/none=10"], "no queue 'nowhere/none'"),
        (["--cool-down", "-1"], "from 0 to 86400"),
    ],
)
def test_a_wrong_wish_is_refused_with_what_would_do(
    history: History, options: list[str], sentence: str
) -> None:
    history.ticket(10)
    with pytest.raises(CommandError, match=sentence):
        printed(history, *options)


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("yesterday", "2026-01-02", "is no time"),
        ("2026-01-02T08:00", "2026-01-02T07:00", "later than --from"),
        ("2999-01-01T00:00", "2999-01-01T01:00", "in the future"),
        ("2020-01-01T00:00", "2020-02-01T00:00", "At most 7 days"),
        ("2020-01-01T00:00", "2020-01-02T00:00", "Nobody asked"),
    ],
)
@pytest.mark.django_db
def test_a_wrong_time_is_refused_with_what_would_do(start: str, end: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("replay", "--from", start, "--to", end, stdout=StringIO())


def test_patience_is_learnt_from_those_who_left_and_those_who_did_not() -> None:
    # Kaplan and Meier's rule by hand: 5 customers, left at 10 and 30, answered at 20, 40, 50.
    patience = Patience([10, 30], [20, 40, 50])
    # Still there: 4/5 after 10, and of the three left then 2/3 after 30: 8/15.
    assert patience.more_than(0, 0.19) == 10
    assert patience.more_than(0, 0.21) == 30
    assert patience.more_than(0, 1 - 8 / 15 + 0.01) == math.inf
    assert patience.more_than(20, 0.3) == 30, "a third of those who waited 20 s leave at 30"
    assert patience.more_than(20, 0.34) == math.inf
    assert Patience([], [5]).more_than(0, 0.99) == math.inf


def test_recorded_answers_are_repeated_and_others_drawn_from_her_own() -> None:
    slow, quick = Answer(Reply.DECLINE, 1, 9), Answer(Reply.ACCEPT, 0, 2)
    habits = Habits(7, {("t", "a"): [slow]}, {"a": [slow], "b": [quick] * 95}, [])
    assert habits.answer("t", "a", 0.0, 0) is slow
    drawn = [habits.answer(f"t{number}", "b", 0.0, 0) for number in range(200)]
    assert drawn.count(quick) > 180
    assert [habits.answer(f"t{number}", "b", 5.0, 0) for number in range(200)] == drawn
