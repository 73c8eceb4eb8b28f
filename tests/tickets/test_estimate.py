"""What a waiting customer is told: from slots, handle times, rivals, the ladder, and experience."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_queue
from tests.office import Office
from tickets import actions, lines
from tickets.estimate import FACTOR_RANGE, Stage, learned, wait_s
from tickets.models import LadderStep, Queue, Ticket

PLAIN: dict[str, Any] = {"waited_s": 0, "handle_s": 300.0, "pickup_s": 5.0}


def test_a_free_slot_means_only_the_time_to_pick_up() -> None:
    assert wait_s([Stage(0, slots=3, free=2)], position=2, **PLAIN) == 5.0


def test_full_slots_serve_one_after_the_other() -> None:
    assert wait_s([Stage(0, slots=3, free=0)], position=1, **PLAIN) == 105.0
    assert wait_s([Stage(0, slots=3, free=1)], position=4, **PLAIN) == 305.0


def test_tickets_of_other_lines_that_want_the_same_agents_come_first() -> None:
    assert wait_s([Stage(0, slots=3, free=0, rivals=2)], position=1, **PLAIN) == 305.0


def test_nobody_now_and_later_is_no_number() -> None:
    assert wait_s([Stage(0, 0, 0), Stage(60, 0, 0)], position=1, **PLAIN) is None


def test_a_step_that_brings_free_agents_ends_the_wait() -> None:
    ladder = [Stage(0, 0, 0), Stage(60, slots=2, free=2)]
    assert wait_s(ladder, position=1, **PLAIN) == 65.0
    assert wait_s(ladder, position=1, **{**PLAIN, "waited_s": 45}) == 20.0
    assert wait_s(ladder, position=1, **{**PLAIN, "waited_s": 500}) == 5.0


def test_a_step_that_brings_more_slots_speeds_up_the_rest_of_the_way() -> None:
    slow = [Stage(0, slots=1, free=0)]
    faster = [*slow, Stage(150, slots=2, free=0)]
    assert wait_s(slow, position=1, **PLAIN) == 305.0
    # Half of the way in 150 s, the other half at twice the speed.
    assert wait_s(faster, position=1, **PLAIN) == 230.0


@pytest.mark.parametrize(
    ("ratios", "factor"),
    [([], 1.0), ([1.0] * 50, 1.0), ([2.0] * 50, 110 / 60), ([100.0] * 50, FACTOR_RANGE[1])],
)
def test_experience_corrects_the_model_as_it_grows(ratios: list[float], factor: float) -> None:
    assert learned(ratios) == pytest.approx(factor)


def standing(ticket: Ticket) -> lines.Standing:
    return lines.standings([ticket.pk])[ticket.pk]


def fresh() -> None:
    """Forget who was online a moment ago: tests are faster than LINE_TTL_S."""
    lines._kept = (float("-inf"), lines._House())
    lines._times.clear()


def test_agents_who_serve_two_lines_are_counted_for_both_and_twice_for_none(
    office: Office,
) -> None:
    make_queue(office.desk, "payments", expected_minutes=6)
    office.works("Alice", capacity=1)
    first = office.asks(topic="payments").ticket
    second = office.asks().ticket
    fresh()
    alone, behind = standing(first), standing(second)
    assert (alone.position, behind.position) == (1, 1), "each is next in a line of its own"
    assert alone.wait_s is not None
    assert behind.wait_s is not None
    assert behind.wait_s > alone.wait_s + 60, "but Alice talks with one at a time"


def test_who_qualifies_only_later_counts_from_then_on(office: Office) -> None:
    queue = Queue.objects.get(desk=office.desk, slug="general")
    Queue.objects.filter(pk=queue.pk).update(language_level=4)
    LadderStep.objects.create(queue=queue, after_s=90, language_level=1)
    office.works("Alice", languages={"en": 2})
    kim = office.asks().ticket
    fresh()
    assert standing(kim).wait_s == pytest.approx(90 + queue.offer_timeout_s / 2, abs=2)


def test_what_came_true_corrects_what_is_said_next(office: Office) -> None:
    alice = office.works("Alice", capacity=1)
    queue = Queue.objects.get(desk=office.desk, slug="general")
    for _ in range(lines.LATELY):
        ended = office.asks().ticket
        actions.assign(ended.pk, alice.agent.pk, by="test", reason="", slots=0)
        actions.resolve(ended.pk, alice.agent.pk, disposition="solved")
    # Those fifty waited twice as long as the model had said.
    Ticket.objects.filter(queue=queue).update(predicted_wait_s=30)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE tickets_assignment a SET started_at = t.waiting_since + interval '60 s',
                   ended_at = t.waiting_since + interval '160 s'
               FROM tickets_ticket t WHERE t.id = a.ticket_id AND t.queue_id = %s""",
            [queue.pk],
        )
    office.asks()
    kim = office.asks().ticket
    fresh()
    now = standing(kim)
    pickup = min(60.0, queue.offer_timeout_s)
    assert now.model_s == pytest.approx(100 + pickup, abs=1)
    assert now.wait_s == pytest.approx(100 * 110 / 60 + pickup, abs=1)


def test_many_waiting_tickets_cost_no_more_statements_than_few(office: Office) -> None:
    office.works("Alice")
    counts = []
    for more in (1, 2, 20):  # the first reads profiles, once
        for _ in range(more):
            office.asks()
        fresh()
        with CaptureQueriesContext(connection) as seen:
            assert len(lines.standings()) >= more
        counts.append(len(seen))
    assert counts[1] == counts[2]
