"""Escalation ladder per queue on ticket age: relax level, then skill, then another queue's people,
raise pay, ask several, call in who is off duty, a supervisor; never cancel silently."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import Agent, User
from core import clock
from dispatch import climbing, tasks, waves
from dispatch.models import Alert, CallIn, Climb
from tests.factories import make_desk, make_queue
from tests.ladders import add_step, step_of, waits
from tests.office import AgentCaller, CustomerCaller, Heard, Office
from tickets import actions as tickets
from tickets.models import Queue, Ticket


def queue_of(office: Office, **fields: object) -> Queue:
    """The desk's default queue, changed."""
    Queue.objects.filter(desk=office.desk).update(**fields)
    return Queue.objects.get(desk=office.desk)


def climb(kim: CustomerCaller, seconds: float) -> int:
    """She has waited so long, and a tick's climb and wave come; the step she is at then."""
    waits(seconds, kim.ticket)
    climbing.run()
    waves.run()
    return step_of(kim.ticket)


def is_offered(alice: AgentCaller) -> bool:
    return bool(alice.me()["offers"])


def test_the_ladder_relaxes_the_language_level_once_a_ticket_has_waited(office: Office) -> None:
    add_step(queue_of(office, language_level=4), 30, language_level=1)
    alice, kim = office.works("Alice", languages={"en": 1}), office.asks()
    assert climb(kim, 29) == 0
    assert not is_offered(alice)
    assert climb(kim, 31) == 1
    assert alice.offer()["ticket"] == str(kim.ticket.pk)
    (row,) = Climb.objects.filter(ticket=kim.ticket)
    assert (row.step, row.by, row.reason) == (1, "system", "waited long enough")


def test_the_ladder_lowers_a_skill_and_then_needs_it_no_longer(office: Office) -> None:
    payments = make_queue(office.desk, "payments", skills={"payments": 4})
    add_step(payments, 30, skills={"payments": 2})
    add_step(payments, 60, skills={"payments": 0})
    bob = office.works("Bob", skills={"payments": 2})
    charlie, kim = office.works("Charlie"), office.asks(topic="payments")
    assert climb(kim, 31) == 1
    assert is_offered(bob)
    bob.ok("POST", f"/agent/offers/{bob.offer()['id']}/decline", {})
    assert not is_offered(charlie)
    assert climb(kim, 61) == 2
    assert is_offered(charlie)


def test_the_ladder_lets_a_fallback_queues_people_in(office: Office) -> None:
    make_queue(office.desk, "returns", skills={"returns": 3}, language_level=1)
    returns = Queue.objects.get(desk=office.desk, slug="returns")
    payments = make_queue(office.desk, "payments", skills={"payments": 4})
    add_step(payments, 60, fallback_queue=returns)
    dana = office.works("Dana", skills={"returns": 3})
    kim = office.asks(topic="payments")
    assert climb(kim, 59) == 0
    assert not is_offered(dana)
    climb(kim, 61)
    assert is_offered(dana)


def test_the_ladder_raises_the_pay_number_the_priority_and_the_number_of_those_asked(
    office: Office,
) -> None:
    add_step(queue_of(office), 60, pay_multiplier=Decimal("1.25"), priority=3, broadcast=3)
    agents = [office.works(name, capacity=1) for name in ("Alice", "Bob", "Charlie", "Dana")]
    kim = office.asks()
    climb(kim, 61)
    offers = [agent.offer() for agent in agents if is_offered(agent)]
    assert len(offers) == 3
    for offer in offers:
        assert offer["broadcast"] is True
        assert offer["pay_multiplier"] == "1.25"
        assert offer["step"] == 1


def test_more_urgent_by_its_ladder_than_by_its_age(office: Office) -> None:
    urgent = make_queue(office.desk, "urgent", service_level_s=60)
    add_step(urgent, 30, priority=20)
    kim, lee = office.asks(), office.asks(topic="urgent")
    waits(90, kim.ticket)
    waits(31, lee.ticket)
    climbing.run()
    alice = office.works("Alice", capacity=1)
    waves.run()
    assert alice.offer()["ticket"] == str(lee.ticket.pk)


def test_the_ladder_calls_in_who_is_off_duty_and_nearest_to_what_is_asked(
    office: Office, heard: Heard
) -> None:
    queue = make_queue(office.desk, "payments", skills={"payments": 3}, language_level=3)
    add_step(queue, 60, skills={"payments": 0}, call_in=True, pay_multiplier=Decimal("1.5"))
    near = office.works("Alice", skills={"payments": 3}, online=False)
    far = office.works("Bob", online=False)
    wrong = office.works("Charlie", languages={"de": 5}, online=False)
    there = office.works("Dana", languages={"fr": 3})
    more = [office.works(name, online=False) for name in ("Eve", "Frank", "Grace")]
    gone = office.works("Heidi", skills={"payments": 3}, online=False)
    User.objects.filter(agent=gone.agent).update(is_active=False)
    kim = office.asks(topic="payments")
    climb(kim, 61)
    called = {row.agent_id for row in CallIn.objects.filter(ticket=kim.ticket)}
    assert len(called) == 3
    assert near.agent.pk in called
    assert not {wrong.agent.pk, there.agent.pk, gone.agent.pk} & called
    (frame,) = heard.by(near.agent)
    assert frame["type"] == "call_in"
    (asked,) = near.me()["call_ins"]
    assert asked == frame["call_in"]
    assert (asked["ticket"], asked["pay_multiplier"]) == (str(kim.ticket.pk), "1.50")
    assert sum(bool(each.me()["call_ins"]) for each in (far, *more)) == 2


def test_going_online_answers_a_call_in_and_she_is_offered_the_ticket(office: Office) -> None:
    add_step(queue_of(office), 60, call_in=True)
    alice, kim = office.works("Alice", online=False), office.asks()
    climb(kim, 61)
    assert alice.me()["call_ins"]
    alice.go("online")
    assert alice.me()["call_ins"] == []
    assert CallIn.objects.get(ticket=kim.ticket).answered_at is not None
    waves.run()
    assert alice.offer()["ticket"] == str(kim.ticket.pk)


def test_call_ins_to_a_desk_that_is_hers_no_longer_are_not_shown(office: Office) -> None:
    add_step(queue_of(office), 60, call_in=True)
    alice, kim = office.works("Alice", online=False), office.asks()
    climb(kim, 61)
    assert alice.me()["call_ins"]
    office.desk.agents.remove(alice.agent)
    assert alice.me()["call_ins"] == []


def test_a_ticket_passed_to_and_fro_between_queues_alerts_once_per_step(office: Office) -> None:
    here = queue_of(office)
    there = make_queue(office.desk, "there")
    add_step(here, 60, alert=True)
    kim, alice = office.asks(), office.works("Alice")
    climb(kim, 61)
    for _ in range(2):
        for queue in (there, here):
            alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
            alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/transfer", {"queue": queue.slug})
            climbing.run()
    assert Ticket.objects.get(pk=kim.ticket.pk).step == 1
    assert Alert.objects.filter(ticket=kim.ticket).count() == 1


def test_who_was_called_in_within_the_hour_is_left_in_peace(office: Office) -> None:
    add_step(queue_of(office), 60, call_in=True)
    alice, kim, lee = office.works("Alice", online=False), office.asks(), office.asks()
    climb(kim, 61)
    climb(lee, 61)
    assert [row.ticket_id for row in CallIn.objects.filter(agent=alice.agent)] == [kim.ticket.pk]
    CallIn.objects.update(at=clock.now() - timedelta(hours=1, seconds=1))
    mia = office.asks()
    climb(mia, 61)
    assert CallIn.objects.filter(agent=alice.agent, ticket=mia.ticket).exists()


def test_a_call_in_is_over_once_its_ticket_waits_no_more(office: Office) -> None:
    add_step(queue_of(office), 60, call_in=True)
    alice, kim = office.works("Alice", online=False), office.asks()
    climb(kim, 61)
    kim.ok("POST", f"{kim.here}/close", {})
    assert alice.me()["call_ins"] == []


def test_the_last_step_asks_supervisors_alerts_them_and_cancels_nothing(
    office: Office, heard: Heard
) -> None:
    queue = queue_of(office, language_level=5)
    add_step(queue, 60, alert=True, skip_if_nobody=False)
    add_step(queue, 300, is_last=True)
    sam = office.works("Sam", languages={"de": 5})
    Agent.objects.filter(pk=sam.agent.pk).update(supervises=True)
    kim = office.asks()
    waited = Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    assert climb(kim, 61) == 1
    assert [row.kind for row in Alert.objects.filter(ticket=kim.ticket)] == ["ladder"]
    assert not is_offered(sam)
    assert kim.now()["later"] == {"offered": False, "email": None}
    heard.forget()
    assert climb(kim, 301) == 2
    assert {row.kind for row in Alert.objects.filter(ticket=kim.ticket)} == {"ladder", "last_step"}
    assert is_offered(sam)
    told = [frame["ticket"] for frame in heard.by(kim.customer) if "ticket" in frame]
    assert any(ticket["later"]["offered"] for ticket in told)
    assert climb(kim, 100_000) == 2
    assert kim.now()["state"] == "waiting"
    assert waited is not None
    offer = sam.offer()
    sam.ok("POST", f"/agent/offers/{offer['id']}/accept", {})
    assert kim.now()["later"] == {"offered": False, "email": None}


def test_a_step_that_nobody_online_could_serve_is_skipped_at_once(office: Office) -> None:
    queue = queue_of(office, language_level=5)
    add_step(queue, 30, language_level=4)
    add_step(queue, 600, language_level=1)
    alice, kim = office.works("Alice", languages={"en": 2}), office.asks()
    assert climb(kim, 29) == 0
    assert climb(kim, 31) == 2
    assert is_offered(alice)
    reasons = (
        Climb.objects.filter(ticket=kim.ticket).order_by("step").values_list("reason", flat=True)
    )
    assert list(reasons) == ["waited long enough", "nobody online for the one before"]


def test_a_step_is_not_skipped_while_somebody_who_is_full_could_serve_it(office: Office) -> None:
    full, lee = office.works("Bob", capacity=1), office.asks()
    waves.run()
    assert is_offered(full)
    queue = queue_of(office, language_level=5)
    add_step(queue, 30, language_level=4)
    add_step(queue, 600, language_level=1)
    kim = office.asks()
    assert climb(kim, 31) == 1
    full.go("paused")
    climbing.run()
    assert step_of(kim.ticket) == 2
    assert step_of(lee.ticket) == 0, "the ground is no step: it waits for its age"


def test_a_step_that_may_not_be_skipped_waits_for_its_time(office: Office) -> None:
    queue = queue_of(office)
    add_step(queue, 30, language_level=1, skip_if_nobody=False)
    add_step(queue, 60, alert=True)
    kim = office.asks()
    assert climb(kim, 59) == 1


def test_a_handed_back_ticket_keeps_its_step_and_its_waiting_time(office: Office) -> None:
    add_step(queue_of(office), 30, alert=True)
    kim, alice = office.asks(), office.works("Alice")
    climb(kim, 31)
    since = Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/release", {})
    climbing.run()
    after = Ticket.objects.get(pk=kim.ticket.pk)
    assert (after.step, after.waiting_since) == (1, since)
    assert Climb.objects.filter(ticket=kim.ticket).count() == 1
    assert Alert.objects.filter(ticket=kim.ticket).count() == 1


def test_the_tick_climbs_and_its_wave_already_asks_by_the_new_step(office: Office) -> None:
    assert tasks.STEPS.index(climbing.run) < tasks.STEPS.index(waves.run)


def test_climbing_takes_as_many_statements_for_a_hundred_tickets_as_for_one(
    office: Office, heard: Heard
) -> None:
    queue = queue_of(office)
    add_step(queue, 30, language_level=1, skip_if_nobody=False)
    add_step(queue, 60, call_in=True, alert=True, broadcast=3)
    add_step(queue, 90, is_last=True)
    office.works("Alice", online=False)
    one = [office.asks().ticket]
    many = [office.asks().ticket for _ in range(100)]
    with CaptureQueriesContext(connection) as idle:
        assert climbing.run() == 0
    assert len(idle) == 2
    waits(120, *one)
    with CaptureQueriesContext(connection) as first:
        assert climbing.run() == 1
    waits(120, *many)
    with CaptureQueriesContext(connection) as second:
        assert climbing.run() == 100
    assert len(second) <= len(first)
    assert Climb.objects.filter(ticket__in=many).count() == 300


def test_another_queues_ladder_is_climbed_from_its_foot(office: Office) -> None:
    """A ticket that is passed to another queue is as old as it is: there it climbs by that age."""
    other = make_queue(office.desk, "payments")
    add_step(queue_of_slug(office, "general"), 30, alert=True)
    add_step(other, 20, priority=1)
    add_step(other, 600, priority=2)
    kim, alice = office.asks(), office.works("Alice")
    climb(kim, 31)
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/transfer", {"queue": "payments"})
    climbing.run()
    assert step_of(kim.ticket) == 1
    steps = Climb.objects.filter(ticket=kim.ticket).values_list("queue__slug", "step")
    assert set(steps) == {("general", 1), ("payments", 1)}


def queue_of_slug(office: Office, slug: str) -> Queue:
    """The desk's queue of this topic."""
    return Queue.objects.get(desk=office.desk, slug=slug)


@pytest.mark.parametrize("desk_of", ["another"])
def test_nobody_of_another_desk_is_called_in(office: Office, desk_of: str) -> None:
    add_step(queue_of(office), 30, call_in=True)
    elsewhere = Office(make_desk(name=desk_of))
    bob = elsewhere.works("Bob", online=False)
    kim = office.asks()
    climb(kim, 31)
    assert bob.me()["call_ins"] == []


def test_a_ticket_that_is_accepted_meanwhile_does_not_climb(office: Office) -> None:
    add_step(queue_of(office), 30, alert=True)
    kim, _alice = office.talk()
    waits(31, kim.ticket)
    assert climbing.run() == 0
    tickets.send_back(kim.ticket.pk, by="test")
    assert climbing.run() == 1
