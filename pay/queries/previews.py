"""What a tariff would have paid for conversations that have ended."""

import json
from dataclasses import dataclass
from dataclasses import replace as with_
from datetime import UTC, datetime
from fractions import Fraction

from core import sql
from pay import money
from pay.queries import tariffs
from pay.tariff import quoting
from pay.tariff.types import Asked
from tickets import catalogue, profiles

LATELY = 50
# A tariff that has not begun is tried as if it always had.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """An agent's time with a conversation: what was paid (shown), and what would be (minor units)."""

    ended_at: datetime
    agent: str
    minutes: float
    paid: str
    would: int


def of_tariff(tariff_id: int) -> list[Row]:
    """The last conversations of its scope, each as if its agent had had all of it."""
    (tariff,) = tariffs.read([tariff_id])
    tariff = with_(tariff, starts_at=ALWAYS, ends_at=None)
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.started_at, a.ended_at, a.agent_id, g.name, t.queue_id, t.language, t.step,
                   greatest(0, extract(epoch FROM a.ended_at - a.started_at) - a.idle_s)::float8,
                   CASE WHEN t.first_reply_at BETWEEN a.started_at AND a.ended_at THEN
                       extract(epoch FROM t.first_reply_at - a.started_at)::float8 END,
                   (SELECT jsonb_agg(jsonb_build_array(x.currency, e.amount))::text
                    FROM pay_transaction x
                    JOIN pay_entry e ON e.transaction_id = x.id AND e.amount > 0
                    WHERE x.key = 'conversation:' || a.ticket_id || ':' || a.id)
               FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
               JOIN agents_agent g ON g.id = a.agent_id
               WHERE a.ended_at IS NOT NULL
                 AND (%s::uuid IS NULL OR t.desk_id = %s) AND (%s::uuid IS NULL OR t.queue_id = %s)
                 AND (%s::text = '' OR t.language = %s)
               ORDER BY a.ended_at DESC LIMIT %s""",
            [
                tariff.desk, tariff.desk, tariff.queue, tariff.queue, tariff.language,
                tariff.language, LATELY,
            ],
        )  # fmt: skip
        rows = cursor.fetchall()
    queues = catalogue.queues({row[4] for row in rows}) if rows else {}
    who = profiles.get({row[2] for row in rows}) if rows else {}
    found = []
    for started, ended, agent_id, name, queue_id, language, step, engaged, reply, paid in rows:
        queue = queues[queue_id]
        asked = Asked(
            desk=queue.desk_id,
            queue=queue_id,
            language=language,
            level=tariffs.level_of(who.get(agent_id), queue, language),
            at=started,
            expected_minutes=queue.expected_minutes,
            multiplier=queue.rung(step).pay_multiplier,
        )
        quote = quoting.quote([tariff], asked)
        if quote is None:
            continue
        lines = quoting.settle(
            quote.terms, engaged_s=Fraction(round(engaged * 1000), 1000), first_reply_s=reply
        )
        found.append(
            Row(ended, name, engaged / 60, _shown(paid), sum(line.amount for line in lines))
        )
    return found


def _shown(paid: str | None) -> str:
    return ", ".join(money.shown(amount, currency) for currency, amount in json.loads(paid or "[]"))
