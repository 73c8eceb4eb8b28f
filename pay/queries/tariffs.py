"""Tariffs as the pure part takes them, and what they promise, kept until one of them changes."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection

from core import sql
from pay import money
from pay.tariff import quoting
from pay.tariff.types import Asked, Bonus, Quote, Tariff
from tickets import catalogue, profiles
from tickets.catalogue import QueueRow
from tickets.profiles import Profile

READ = """
    SELECT t.id, t.currency, t.starts_at, t.ends_at, t.desk_id, t.queue_id, t.language, t.level,
        t.base, t.minute, t.minimum, t.waiting, t.floor, t.time_zone,
        (SELECT json_agg(json_build_object('kind', b.kind, 'percent', b.percent::text,
            'begins', b.begins, 'ends', b.ends, 'weekdays', b.weekdays, 'languages', b.languages,
            'amount', b.amount::text, 'within_s', b.within_s) ORDER BY b.id)::text
         FROM pay_tariffbonus b WHERE b.tariff_id = t.id)
    FROM pay_tariff t
"""

_kept: tuple[Tariff, ...] = ()
_kept_as_of: tuple[str, ...] = ()


def kept(version: str) -> tuple[Tariff, ...]:
    """All tariffs as they are at `version` of the catalogue (`tickets.catalogue`) or a later one."""
    global _kept, _kept_as_of
    as_of = (connection.settings_dict["NAME"], version)
    if _kept_as_of != as_of:
        _kept, _kept_as_of = read(), as_of
    return _kept


def read(ids: Sequence[int] | None = None) -> tuple[Tariff, ...]:
    """These tariffs, or all, as they are now."""
    with sql.cursor() as cursor:
        if ids is None:
            cursor.execute(READ)
        else:
            cursor.execute(f"{READ} WHERE t.id = ANY(%s)", [list(ids)])
        return tuple(_tariff(row) for row in cursor.fetchall())


def _tariff(row: tuple[Any, ...]) -> Tariff:
    (
        id, currency, starts_at, ends_at, desk, queue, language, level, base, minute, minimum,
        waiting, floor, zone, bonuses
    ) = row  # fmt: skip
    unit = 10 ** money.exponent(currency)
    return Tariff(
        id=id,
        currency=currency,
        starts_at=starts_at,
        ends_at=ends_at,
        desk=desk,
        queue=queue,
        language=language,
        level=level,
        base=money.minor(base, currency),
        minute=Fraction(minute) * unit,
        minimum=money.minor(minimum, currency),
        waiting=Fraction(waiting) * unit,
        floor=Fraction(floor) * unit,
        zone=zone,
        bonuses=tuple(_bonus(each, currency) for each in json.loads(bonuses or "[]")),
    )


def _bonus(kept: dict[str, Any], currency: str) -> Bonus:
    return Bonus(
        kind=kept["kind"],
        percent=Decimal(kept["percent"]),
        begins=time.fromisoformat(kept["begins"]) if kept["begins"] else None,
        ends=time.fromisoformat(kept["ends"]) if kept["ends"] else None,
        weekdays=frozenset(day - 1 for day in kept["weekdays"]),
        languages=frozenset(kept["languages"]),
        amount=money.minor(Decimal(kept["amount"]), currency),
        within_s=kept["within_s"],
    )


def level_of(profile: Profile | None, queue: QueueRow, language: str) -> int:
    """An agent's certification level for conversations of this queue in this language."""
    if profile is None:
        return 0
    needed = queue.rungs[0].needs[0].skills
    return quoting.level(language, profile.languages, needed, profile.skills)


class Quoter:
    """Quotes of one moment: those of a line and level are worked out once."""

    def __init__(self, tariffs: tuple[Tariff, ...], at: datetime) -> None:
        self._tariffs, self._at = tariffs, at
        self._known: dict[tuple[UUID, str, Decimal, int], Quote | None] = {}

    def of(
        self, queue: QueueRow, language: str, multiplier: Decimal, profile: Profile | None
    ) -> Quote | None:
        """What a conversation of this queue, language and step pays an agent of this profile."""
        if not self._tariffs:
            return None
        level = level_of(profile, queue, language)
        key = (queue.id, language, multiplier, level)
        if key not in self._known:
            asked = Asked(
                desk=queue.desk_id,
                queue=queue.id,
                language=language,
                level=level,
                at=self._at,
                expected_minutes=queue.expected_minutes,
                multiplier=multiplier,
            )
            self._known[key] = quoting.quote(self._tariffs, asked)
        return self._known[key]


def quoter(version: str, at: float) -> Quoter:
    """For a wave: it knows the catalogue's version and the moment (seconds since 1970)."""
    return Quoter(kept(version), datetime.fromtimestamp(at, UTC))


def quoter_now() -> Quoter:
    """For whoever does not: asks the database for both."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT changed_by::text || '.' || changes, extract(epoch FROM clock_timestamp())::float8
               FROM tickets_catalogue_version"""
        )
        version, at = cursor.fetchone()
    return quoter(version, at)


def now() -> tuple[Tariff, ...]:
    """All tariffs as they are now."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT changed_by::text || '.' || changes FROM tickets_catalogue_version")
        return kept(cursor.fetchone()[0])


def quote_for(ticket_id: UUID, agent_id: UUID) -> Quote | None:
    """What a waiting ticket pays this agent, were it hers now."""
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT queue_id, language, step FROM tickets_ticket WHERE id = %s", [ticket_id]
        )
        row = cursor.fetchone()
    if row is None:
        return None
    queue_id, language, step = row
    queue = catalogue.queues([queue_id])[queue_id]
    profile = profiles.get([agent_id]).get(agent_id)
    return quoter_now().of(queue, language, queue.rung(step).pay_multiplier, profile)


def floor_of(agent_id: UUID, at: datetime) -> Tariff | None:
    """The tariff whose floor and waiting pay hold for an agent then, whatever she works on.

    Of the tariffs of her desks that are for every queue and language: the highest floor, then the
    highest pay for waiting.
    """
    profile = profiles.get([agent_id]).get(agent_id)
    if profile is None:
        return None
    holding = [
        quoting.select(
            [t for t in now() if t.queue is None and not t.language and t.level == 0],
            Asked(desk, desk, "", 0, at, 1),
        )
        for desk in profile.desks
    ]
    found = [tariff for tariff in holding if tariff is not None]
    return max(found, key=lambda t: (t.floor, t.waiting, t.id), default=None)
