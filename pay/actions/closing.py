"""When an agent's day is over: her waiting is paid, and what is missing to the floor.

A day is hers: it ends at midnight where she lives, and is closed an hour later. Each is closed once,
under her row's lock: `closed_until` says up to when her seconds have counted, so that a change of
the time zone counts none twice, and the keys of the ledger name the moment at which it began.

A change of the zone makes a day longer, never shorter: what would be left of it counts with the next.
Else who moves each hour would have each hour topped up by itself, whatever the others have brought.
"""

import logging
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock, sql
from pay import promises
from pay.actions.posting import Explained, Leg, Posting, post_all
from pay.models import Earner
from pay.models.ledger import AGENT, CONVERSATION, FLOOR, FLOOR_TOP_UP, REVERSAL, WAITING
from pay.queries import hours, tariffs
from pay.tariff import days
from pay.tariff.types import Line, Tariff

logger = logging.getLogger(__name__)
AFTER = timedelta(hours=1)
# Days before these are closed already, or nobody closed them in time: a person decides about them.
BACK = 7
# A day of 23 hours is one: the clocks go forward. Less is what a change of the zone has left.
SHORTEST = timedelta(hours=22)
# What counts against the floor. Tips and quests come on top.
COUNTS = (CONVERSATION, WAITING)


def close_days() -> int:
    """Close every day that is over, of every agent who was online lately; returns how many.

    What fails for one agent is logged and tried again next time; the others are closed.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT of_id FROM agents_presencelog
               WHERE at > clock_timestamp() - make_interval(days => %s)
               UNION SELECT agent_id FROM agents_presence WHERE state <> 'offline'""",
            [BACK + 2],
        )
        agents = sorted(row[0] for row in cursor.fetchall())
    done = 0
    for agent in agents:
        try:
            done += _close(agent)
        except Exception:
            logger.exception("the days of agent %s could not be closed", agent)
    return done


def _close(agent_id: UUID) -> int:
    now = clock.now()
    zone = Earner.objects.filter(pk=agent_id).values_list("time_zone", flat=True).first() or "UTC"
    last = (now - AFTER).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return sum(close_day(agent_id, last - timedelta(days=n)) for n in reversed(range(BACK)))


def close_day(agent_id: UUID, day: date) -> bool:
    """Close one day of hers that is over, if it is not closed; whether this call did it."""
    with transaction.atomic():
        Earner.objects.get_or_create(agent_id=agent_id)
        earner = Earner.objects.select_for_update().get(pk=agent_id)
        begin, end = days.bounds(day, earner.time_zone)
        if earner.closed_until and begin - earner.closed_until < SHORTEST:
            begin = earner.closed_until
        if end - begin < SHORTEST or end > clock.now():
            return False
        Earner.objects.filter(pk=agent_id).update(closed_until=end)
        tariff = tariffs.floor_of(agent_id, begin)
        if tariff is not None:
            post_all(_due(agent_id, day, begin, end, tariff))
        return True


def _due(
    agent_id: UUID, day: date, begin: datetime, end: datetime, tariff: Tariff
) -> list[Posting]:
    online = hours.online(agent_id, begin, end)
    online_s = days.seconds(online)
    busy_s = days.overlap(online, hours.busy(agent_id, begin, end))
    currency = tariff.currency
    waited = days.waiting_pay(tariff.waiting, online_s, busy_s)
    earned = _earned(agent_id, begin, end, currency) + waited
    missing = days.top_up(tariff.floor, online_s, earned)
    lines = {
        WAITING: [Line("waiting", waited, (online_s - busy_s) / 3600, tariff.waiting)],
        FLOOR_TOP_UP: [
            Line("floor", earned + missing, online_s / 3600, tariff.floor),
            Line("earned", -earned),
        ],
    }
    return [
        Posting(
            kind,
            f"{kind}:{agent_id}:{begin.astimezone(UTC):%Y-%m-%dT%H:%MZ}:{currency}",
            currency,
            (Leg(AGENT, amount, agent_id), Leg(FLOOR, -amount)),
            agent=agent_id,
            reason=day.isoformat(),
            lines=tuple(_explained(line, currency) for line in lines[kind] if line.amount),
        )
        for kind, amount in ((WAITING, waited), (FLOOR_TOP_UP, missing))
        if amount > 0
    ]


def _explained(line: Line, currency: str) -> Explained:
    return Explained(
        line.label, line.amount, promises.quantity(line), promises.rate(line, currency)
    )


def _earned(agent_id: UUID, begin: datetime, end: datetime, currency: str) -> int:
    """What counts against the floor, reversals of it included, in minor units."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(sum(e.amount), 0)::bigint
               FROM pay_account a JOIN pay_entry e ON e.account_id = a.id
               JOIN pay_transaction t ON t.id = e.transaction_id
               LEFT JOIN pay_transaction o ON o.id = t.reverses_id
               WHERE a.agent_id = %s::uuid AND a.currency = %s AND e.at >= %s AND e.at < %s
                 AND (t.kind = ANY(%s::text[]) OR (t.kind = %s AND o.kind = ANY(%s::text[])))""",
            [agent_id, currency, begin, end, list(COUNTS), REVERSAL, list(COUNTS)],
        )
        return int(cursor.fetchone()[0])
