"""Tariffs for tests, and what the ledger says."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from agents.models import Agent
from core import clock
from pay.models import Line, Quest, Tariff, TariffBonus, Transaction
from tickets.models import Assignment, Desk, Ticket

RATES = {
    "base": Decimal("1.20"),
    "minute": Decimal("0.25"),
    "minimum": Decimal("1.50"),
    "currency": "EUR",
}


def make_tariff(*bonuses: dict[str, Any], **fields: Any) -> Tariff:
    """A tariff that began an hour ago: 1.20 and 0.25 a minute, 1.50 guaranteed."""
    tariff = Tariff.objects.create(
        **{**RATES, "starts_at": clock.now() - timedelta(hours=1), **fields}
    )
    TariffBonus.objects.bulk_create(TariffBonus(tariff=tariff, **bonus) for bonus in bonuses)
    return tariff


def booked(agent: Agent, kind: str = "") -> list[tuple[str, int]]:
    """What was booked for her: (the key's first word, minor units), in order."""
    found = Transaction.objects.filter(agent=agent).order_by("at")
    if kind:
        found = found.filter(kind=kind)
    return [(t.key.split(":")[0], t.entries.get(account__agent=agent).amount) for t in found]


def lines(agent: Agent) -> list[tuple[str, int]]:
    """Every line of hers: (label, minor units)."""
    found = Line.objects.filter(transaction__agent=agent).order_by("id")
    return list(found.values_list("label", "amount"))


def took(ticket: Ticket, minutes: float) -> None:
    """Her time with it began so many minutes ago."""
    Assignment.objects.filter(ticket=ticket, ended_at=None).update(
        started_at=clock.now() - timedelta(minutes=minutes)
    )


def make_quest(desk: Desk, **fields: Any) -> Quest:
    """Two conversations within these two days bring 5.00."""
    now = clock.now()
    return Quest.objects.create(
        desk=desk,
        **{
            "title": "Two today",
            "starts_at": now - timedelta(days=1),
            "ends_at": now + timedelta(days=1),
            "target": 2,
            "reward": Decimal("5.00"),
            **fields,
        },
    )
