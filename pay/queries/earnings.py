"""What an agent has earned: her days, and line by line why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from core import clock, sql
from core.api import iso
from pay import money, words
from pay.models import Earner
from pay.models.ledger import CONVERSATION, OF_PAYOUTS, TIP
from pay.queries import balances, hours, quests, tariffs
from pay.tariff import days as pure
from pay.tariff.quoting import hourly
from realtime.events import Json

MOST_LINES = 300
MOST_DAYS = 92


@dataclass(frozen=True, slots=True)
class Booking:
    """A posting to her account that is not a payout."""

    id: UUID
    kind: str
    currency: str
    amount: int
    at: datetime
    ticket: UUID | None
    topic: str
    reason: str


def zone_of(agent_id: UUID) -> str:
    """The time zone in which her days begin."""
    found = Earner.objects.filter(pk=agent_id).values_list("time_zone", flat=True).first()
    return found or "UTC"


def today(agent_id: UUID) -> list[Json]:
    """What she has earned since her midnight, by currency, the largest first."""
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH midnight AS (
                   SELECT date_trunc('day', clock_timestamp() AT TIME ZONE z.zone)
                          AT TIME ZONE z.zone AS at
                   FROM (SELECT coalesce((SELECT time_zone FROM pay_earner WHERE agent_id = %s),
                                         'UTC') AS zone) z)
               SELECT a.currency, sum(e.amount)::bigint
               FROM midnight, pay_account a JOIN pay_entry e ON e.account_id = a.id
               JOIN pay_transaction t ON t.id = e.transaction_id
               WHERE a.agent_id = %s AND e.at >= midnight.at AND t.kind <> ALL(%s::text[])
               GROUP BY a.currency""",
            [agent_id, agent_id, list(OF_PAYOUTS)],
        )
        return _money(dict(cursor.fetchall()))


def earnings(agent_id: UUID, zone: str, first: date | None, last: date | None) -> Json:
    """Today, this week and the days from `first` to `last` (else the week), with every line.

    Days are those of `zone`; a week begins on Monday.
    """
    now = clock.now()
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today - timedelta(days=today.weekday())
    if first is None:
        first = min(monday, last) if last else monday
    if last is None:
        last = max(first, min(today, first + timedelta(days=MOST_DAYS - 1)))
    begin, _ = pure.bounds(min(first, monday), zone)
    _, end = pure.bounds(max(last, today), zone)
    bookings = _bookings(agent_id, begin, end)
    online = hours.online(agent_id, begin, end)
    by_day: dict[date, list[Booking]] = defaultdict(list)
    for booking in bookings:
        by_day[booking.at.astimezone(ZoneInfo(zone)).date()].append(booking)

    def days(one: date, other: date) -> list[Json]:
        span = (other - one).days + 1
        return [_day(one + timedelta(days=n), zone, by_day, online) for n in range(max(0, span))]

    chosen = [b for b in bookings if first <= b.at.astimezone(ZoneInfo(zone)).date() <= last]
    return {
        "zone": zone,
        "balance": [dict(money.as_json(n, c)) for c, n in balances.of_agent(agent_id).items()],
        "today": days(today, today)[0],
        "week": {
            "first": monday.isoformat(),
            "last": (monday + timedelta(days=6)).isoformat(),
            **_sums([b for d, bs in by_day.items() if monday <= d <= today for b in bs],
                    pure.within(online, (pure.bounds(monday, zone)[0], end))),
            "days": days(monday, monday + timedelta(days=6)),
        },
        "range": {
            "first": first.isoformat(),
            "last": last.isoformat(),
            **_sums(chosen, pure.within(online, (pure.bounds(first, zone)[0],
                                                 pure.bounds(last, zone)[1]))),
            "days": days(first, last),
        },
        "lines": _explained(chosen[:MOST_LINES]),
        "floor": floor(agent_id),
        "quests": quests.of_agent(agent_id),
        "as_of": iso(now),
    }  # fmt: skip


def _day(
    day: date, zone: str, by_day: Mapping[date, list[Booking]], online: list[pure.Span]
) -> Json:
    return {
        "date": day.isoformat(),
        **_sums(by_day.get(day, []), pure.within(online, pure.bounds(day, zone))),
    }


def _sums(bookings: Iterable[Booking], online: list[pure.Span]) -> Json:
    earned: dict[str, int] = defaultdict(int)
    tips: dict[str, int] = defaultdict(int)
    tickets = set()
    for booking in bookings:
        earned[booking.currency] += booking.amount
        if booking.kind == TIP:
            tips[booking.currency] += booking.amount
        if booking.kind == CONVERSATION:
            tickets.add(booking.ticket)
    seconds = pure.seconds(online)
    return {
        "earned": _money(earned),
        "tips": _money(tips),
        "conversations": len(tickets),
        "online_s": int(seconds),
        # Without tips: it is what the house pays for an hour of her time.
        "hourly": [
            dict(money.as_json(value, currency))
            for currency, amount in sorted(earned.items(), key=lambda item: -item[1])
            if (value := _hourly(amount - tips.get(currency, 0), seconds)) is not None
        ],
    }


def _hourly(amount: int, seconds: Fraction) -> int | None:
    # Of less than a minute nothing can be said.
    return hourly(amount, seconds) if seconds >= 60 else None


def _money(amounts: Mapping[str, int]) -> list[Json]:
    ordered = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return [dict(money.as_json(amount, currency)) for currency, amount in ordered]


def _bookings(agent_id: UUID, begin: datetime, end: datetime) -> list[Booking]:
    """What came to her account and what was taken back, the newest first; no payouts."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT t.id, t.kind, t.currency, e.amount, t.at, t.ticket_id, coalesce(q.name, ''),
                   t.reason
               FROM pay_account a JOIN pay_entry e ON e.account_id = a.id
               JOIN pay_transaction t ON t.id = e.transaction_id
               LEFT JOIN tickets_ticket k ON k.id = t.ticket_id
               LEFT JOIN tickets_queue q ON q.id = k.queue_id
               WHERE a.agent_id = %s::uuid AND e.at >= %s AND e.at < %s AND t.kind <> ALL(%s::text[])
               ORDER BY e.at DESC, e.id DESC""",
            [agent_id, begin, end, list(OF_PAYOUTS)],
        )
        return [Booking(*row) for row in cursor.fetchall()]


def _explained(bookings: list[Booking]) -> list[Json]:
    lines: dict[UUID, list[Json]] = defaultdict(list)
    currencies = {booking.id: booking.currency for booking in bookings}
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT transaction_id, label, quantity, rate, amount FROM pay_line
               WHERE transaction_id = ANY(%s::uuid[]) ORDER BY id""",
            [list(currencies)],
        )
        for owner, label, quantity, rate, amount in cursor.fetchall():
            lines[owner].append(_line(label, quantity, rate, amount, currencies[owner]))
    return [
        {
            "id": str(booking.id),
            "at": iso(booking.at),
            "kind": booking.kind,
            "title": words.title(booking.kind, booking.topic, booking.reason),
            "amount": dict(money.as_json(booking.amount, booking.currency)),
            "ticket": str(booking.ticket) if booking.ticket else None,
            "lines": lines[booking.id],
        }
        for booking in bookings
    ]


def _line(
    label: str, quantity: Decimal | None, rate: Decimal | None, amount: int, currency: str
) -> Json:
    return {
        "label": label,
        "text": words.line(label, quantity, rate, currency),
        "amount": dict(money.as_json(amount, currency)),
    }


def floor(agent_id: UUID) -> Json | None:
    """The floor that holds for her now, and the rule in words; None when there is none."""
    tariff = tariffs.floor_of(agent_id, clock.now())
    if tariff is None or not (tariff.floor or tariff.waiting):
        return None
    per_hour = dict(money.as_json(round(tariff.floor), tariff.currency))
    waiting = dict(money.as_json(round(tariff.waiting), tariff.currency))
    return {
        "per_hour": per_hour,
        "waiting_per_hour": waiting,
        "words": words.floor(round(tariff.floor), round(tariff.waiting), tariff.currency),
    }
