"""What conversations bring, by every way they end, over the API."""

import json
from decimal import Decimal

import pytest

from core import clock
from dispatch import waves
from pay.actions import settling
from pay.models import Transaction
from pay.queries import balances
from tests.office import AgentCaller, CustomerCaller, Heard, Office
from tests.pay.worlds import booked, lines, make_tariff, took
from tickets.actions import hand_over_silent
from tickets.models import Assignment, LadderStep, Queue, Ticket
from tickets.signals import Left


def accept(agent: AgentCaller) -> dict[str, object]:
    """She takes what she is offered; the offer."""
    waves.run()
    offer = agent.offer()
    agent.ok("POST", f"/agent/offers/{offer['id']}/accept", {})
    return offer


def resolve(kim: CustomerCaller, agent: AgentCaller) -> None:
    agent.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})


def test_an_offer_says_what_is_guaranteed_and_what_to_expect_and_that_is_paid(
    office: Office, heard: Heard
) -> None:
    tariff = make_tariff(desk=office.desk)
    kim, alice = office.asks(), office.works("Alice")
    offer = accept(alice)
    assert offer["pay"] == {"amount": "1.50", "currency": "EUR"}
    assert offer["quote"] == {
        "expected": {"amount": "2.70", "currency": "EUR"},
        "lines": [
            {"label": "base", "amount": {"amount": "1.20", "currency": "EUR"}, "quantity": "1",
             "rate": "1.2"},
            {"label": "time", "amount": {"amount": "1.50", "currency": "EUR"}, "quantity": "6",
             "rate": "0.25"},
        ],
        "tariff": tariff.pk,
    }  # fmt: skip
    (made,) = [frame for frame in heard.by(alice.agent) if frame["type"] == "offer.made"]
    assert made["offer"]["pay"] == offer["pay"]
    assert made["offer"]["quote"] == offer["quote"]
    took(kim.ticket, 10)
    resolve(kim, alice)
    assert booked(alice.agent) == [("conversation", 370)]
    assert lines(alice.agent) == [("base", 120), ("time", 250)]
    assert heard.kinds(alice.agent).count("earnings.changed") == 1


def test_a_short_one_is_paid_up_to_its_guarantee_and_so_is_one_the_customer_leaves(
    office: Office,
) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    kim.ok("POST", f"{kim.here}/close", {})
    assert booked(alice.agent) == [("conversation", 150)]
    assert lines(alice.agent) == [("base", 120), ("minimum", 30)]


def test_the_ladder_and_bonuses_raise_everything_that_was_promised(office: Office) -> None:
    make_tariff(
        {"kind": "language", "languages": ["en"], "percent": Decimal(25)},
        {"kind": "reply", "amount": Decimal("0.40"), "within_s": 60},
        desk=office.desk,
    )
    queue = Queue.objects.get(desk=office.desk)
    LadderStep.objects.create(queue=queue, after_s=60, pay_multiplier=Decimal("1.50"))
    kim, alice = office.asks(), office.works("Alice")
    Ticket.objects.filter(pk=kim.ticket.pk).update(step=1)
    offer = accept(alice)
    assert offer["pay"] == {"amount": "2.82", "currency": "EUR"}  # 1.50 × 1.25 × 1.5, upwards
    alice.ok(
        "POST",
        f"/agent/tickets/{kim.ticket.pk}/messages",
        {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a77", "text": "Hello"},
        201,
    )
    resolve(kim, alice)
    # 1.20 raised by 25 %, then by half: 2.25; and the first reply in time: 2.65; then the guarantee.
    assert dict(lines(alice.agent))["reply"] == 40
    assert dict(lines(alice.agent))["base"] == 120
    assert booked(alice.agent)[0][1] == 282


def test_a_transfer_pays_time_at_once_and_the_base_by_engaged_time_at_the_end(
    office: Office,
) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    took(kim.ticket, 20)
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/transfer", {"queue": "general"})
    assert booked(alice.agent) == [("conversation", 500)]
    bob = office.works("Bob")
    accept(bob)
    took(kim.ticket, 10)
    resolve(kim, bob)
    # 20 and 10 minutes: 80 and 40 cents of the base.
    assert booked(bob.agent) == [("conversation", 290)]
    assert booked(alice.agent) == [("conversation", 500), ("share", 80)]
    assert balances.of_house("EUR")["earnings"] == -870


def test_who_left_while_she_waited_for_the_next_agent_ends_it_for_the_first(
    office: Office,
) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    took(kim.ticket, 20)
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/release", {})
    kim.ok("POST", f"{kim.here}/close", {})
    assert Ticket.objects.get(pk=kim.ticket.pk).state == "abandoned"
    assert booked(alice.agent) == [("conversation", 500), ("share", 120)]


def test_a_silent_agent_is_paid_until_she_fell_silent(office: Office) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    now = clock.now()
    from datetime import timedelta

    Assignment.objects.filter(ticket=kim.ticket).update(
        started_at=now - timedelta(minutes=30), nudges=2, nudged_at=now - timedelta(minutes=2)
    )
    Ticket.objects.filter(pk=kim.ticket.pk).update(owed_since=now - timedelta(minutes=10))
    assert hand_over_silent() == [kim.ticket.pk]
    assert booked(alice.agent) == [("conversation", 500)]


def test_a_claim_from_the_board_pays_what_the_board_said(office: Office) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.asks(), office.works("Alice")
    (shown,) = alice.ok("GET", "/agent/open-tickets")["tickets"]
    assert shown["pay"] == {"amount": "1.50", "currency": "EUR"}
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert json.loads(Assignment.objects.get(ticket=kim.ticket).terms)["minimum"] == 150
    resolve(kim, alice)
    assert booked(alice.agent) == [("conversation", 150)]


def test_a_new_tariff_changes_no_promise_that_was_made(office: Office) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    make_tariff(desk=office.desk, starts_at=clock.now(), base=Decimal(0), minimum=Decimal(0))
    resolve(kim, alice)
    assert booked(alice.agent) == [("conversation", 150)]


def test_the_same_news_again_pays_nothing_again(office: Office) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    resolve(kim, alice)
    mine = Assignment.objects.get(ticket=kim.ticket)
    again = Left(
        ticket_id=kim.ticket.pk,
        assignment_id=mine.pk,
        agent_id=alice.agent.pk,
        terms=mine.terms,
        started_at=mine.started_at,
        ended_at=mine.ended_at,
        engaged_s=(mine.ended_at - mine.started_at).total_seconds(),
        first_reply_s=None,
        is_over=True,
        has_others=False,
    )
    for _ in range(3):
        settling.settle([again])
    assert Transaction.objects.filter(ticket=kim.ticket).count() == 1


def test_who_was_given_a_conversation_without_an_offer_is_paid_what_was_in_force(
    office: Office,
) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    Assignment.objects.filter(ticket=kim.ticket).update(terms="")
    resolve(kim, alice)
    assert booked(alice.agent) == [("conversation", 150)]


def test_without_a_tariff_nothing_is_promised_and_nothing_paid(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    offer = accept(alice)
    assert offer["pay"] is None
    assert offer["quote"] is None
    resolve(kim, alice)
    assert booked(alice.agent) == []


@pytest.mark.parametrize("statement", ["UPDATE pay_tariff SET base = 9", "DELETE FROM pay_tariff"])
def test_the_database_refuses_to_change_a_tariff_that_has_begun(
    office: Office, statement: str
) -> None:
    from django.db import connection
    from django.db.utils import IntegrityError

    tariff = make_tariff(desk=office.desk, created_at="2026-01-01T00:00Z")
    with (
        pytest.raises(IntegrityError, match="has begun and is never edited"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{statement} WHERE id = %s", [tariff.pk])
