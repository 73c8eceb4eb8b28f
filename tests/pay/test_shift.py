"""The shift of docs/pay.md, lived through the API and the admin, to the cent."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import PresenceLog, User
from core import clock
from dispatch import waves
from pay import tasks
from pay.models import Batch, Tipping
from pay.queries import balances
from tests.factories import enter, make_queue
from tests.ladders import add_step
from tests.office import AgentCaller, CustomerCaller, Office, some_id
from tests.pay.conftest import IBAN
from tests.pay.test_document import TEXT, rows
from tests.pay.test_earnings import _zone_at_noon
from tests.pay.worlds import make_tariff
from tickets.models import Assignment, Ticket


def accepts(agent: AgentCaller, kim: CustomerCaller, pay: str) -> None:
    """She takes what is offered; it promises this."""
    waves.run()
    offer = agent.offer()
    assert offer["pay"] == {"amount": pay, "currency": "EUR"}
    agent.ok("POST", f"/agent/offers/{offer['id']}/accept", {})


def lasted(kim: CustomerCaller, minutes: int) -> None:
    """It was with her for so many minutes to the millisecond, and has rested since."""
    begun = clock.now() - timedelta(minutes=minutes + 1)
    Assignment.objects.filter(ticket=kim.ticket, ended_at=None).update(started_at=begun)
    Ticket.objects.filter(pk=kim.ticket.pk).update(idle_since=begun + timedelta(minutes=minutes))


def resolves(agent: AgentCaller, kim: CustomerCaller) -> None:
    agent.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})


def test_the_documents_shift_pays_what_the_document_says(
    office: Office, client: Client, static_files: None, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.PAY_BANK = {"name": "Flagdown GmbH", "iban": "DE02120300000000202051", "bic": ""}
    said = [Decimal(row[-1]) for row in rows()]
    long_ago = clock.now() - timedelta(days=9)
    make_tariff(desk=office.desk, floor=Decimal("12.00"), starts_at=long_ago)
    at = clock.now()
    make_tariff(
        {"kind": "night", "percent": Decimal(25), "begins": _clock(at, -1), "ends": _clock(at, 1)},
        queue=make_queue(office.desk, "night"), starts_at=long_ago,
    )  # fmt: skip
    add_step(make_queue(office.desk, "long"), 60, pay_multiplier=Decimal("1.5"))
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(2)], is_on=True)
    alice = office.works("Alice")
    zone = _zone_at_noon().replace("%2B", "+")
    alice.ok("PUT", "/agent/earnings/zone", {"zone": zone})

    first = office.asks()
    accepts(alice, first, "1.50")
    lasted(first, 10)
    resolves(alice, first)
    gone = office.asks()
    accepts(alice, gone, "1.50")
    lasted(gone, 0)
    gone.ok("POST", f"{gone.here}/close", {})
    night = office.asks(topic="night")
    accepts(alice, night, "1.88")
    lasted(night, 10)
    resolves(alice, night)
    long = office.asks(topic="long")
    Ticket.objects.filter(pk=long.ticket.pk).update(step=1)
    accepts(alice, long, "2.25")
    lasted(long, 10)
    resolves(alice, long)
    shared = office.asks()
    accepts(alice, shared, "1.50")
    lasted(shared, 20)
    alice.ok("POST", f"/agent/tickets/{shared.ticket.pk}/transfer", {"queue": "general"})
    bob = office.works("Bob")
    accepts(bob, shared, "1.50")
    lasted(shared, 10)
    resolves(bob, shared)
    first.ok("POST", f"{first.here}/rating", {"score": 5}, 201)
    first.ok("POST", f"{first.here}/tip", {"amount": "2.00"}, 201)
    for each in (alice, bob):
        each.go("offline")

    left = PresenceLog.objects.filter(of=alice.agent.presence).latest("id").at
    PresenceLog.objects.create(
        of=alice.agent.presence, was="offline", now="online", at=left - timedelta(hours=2),
        by="test",
    )  # fmt: skip
    now = clock.now
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(clock, "now", lambda: now() + timedelta(hours=26))
        for _ in range(2):
            tasks.close_days()

    seen = alice.ok("GET", f"/agent/earnings?zone={zone.replace('+', '%2B')}")
    told = [(line["kind"], line["amount"]["amount"]) for line in reversed(seen["lines"])]
    at_once, later = "5.00", "0.80"
    assert Decimal(at_once) + Decimal(later) == said[4]
    added, paid_out = "2.83", "26.00"
    assert f"{added} are added" in TEXT
    assert f"is {paid_out}." in TEXT
    assert told == [
        *(("conversation", str(amount)) for amount in said[:4]),
        ("conversation", at_once),
        ("conversation", later),
        ("tip", "2.00"),
        ("floor", added),
    ]
    assert seen["balance"] == [{"amount": paid_out, "currency": "EUR"}]

    alice.ok("PUT", "/agent/payout-destination", {"holder": "Alice", "iban": IBAN})
    body = {"client_id": some_id(), "currency": "EUR"}
    asked = alice.ok("POST", "/agent/payouts", body, status=201)
    assert asked["money"]["amount"] == paid_out
    enter(client, User.objects.create_superuser("sam@example.com", None))
    client.post(reverse("admin:pay_payout_approve_one", args=[asked["id"]]))
    client.post(reverse("admin:pay_payout_sepa_file"), {"currency": "EUR"})
    batch = Batch.objects.get()
    drawn = client.get(reverse("admin:pay_batch_download", args=[batch.pk])).content.decode()
    assert f'<InstdAmt Ccy="EUR">{paid_out}</InstdAmt>' in drawn
    client.post(reverse("admin:pay_batch_settle_all", args=[batch.pk]))
    page = alice.ok("GET", "/agent/payouts")
    assert page["payouts"][0]["state"] == "paid"
    assert page["available"][0]["balance"]["amount"] == "0.00"
    # Bob: his third of the base, and ten minutes.
    assert balances.of_agent(bob.agent.pk) == {"EUR": 290}
    assert balances.of_house("EUR") == {
        "bank": 2600, "clearing": 0, "earnings": -2117 - 290, "floor": -283, "tips": -200,
    }  # fmt: skip
    assert balances.audit() == []


def _clock(at: Any, hours: int) -> time:
    return (at + timedelta(hours=hours)).time().replace(microsecond=0)
