"""From what happened to a conversation to money, in the transaction in which it happened.

Every agent's time with a conversation is posted when it ends, under `conversation:<ticket>:<time>`.
Who had it to its end gets what it was worth, with her share of the base. Who gave it away before
gets her time, or her guarantee; her share of the base is known when the conversation is over, and
follows then under `share:<ticket>:<time>`. The guarantee is for a conversation, however often she
takes it: else giving it away and taking it back would bring the guarantee each time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from core import sql
from pay import promises
from pay.actions import questing
from pay.actions.posting import Explained, Leg, Posting, post_all
from pay.models.ledger import AGENT, CONVERSATION, EARNINGS
from pay.queries import tariffs
from pay.tariff import quoting
from pay.tariff.types import Asked, Line, Tariff, Terms
from tickets import catalogue, profiles
from tickets.signals import Left


@dataclass(frozen=True, slots=True)
class _Time:
    """An agent's time with a conversation, as far as money goes.

    `paid` is what it has brought so far, `before` what her earlier times with the same conversation
    brought when they ended, by currency: it counts towards the guarantee. Both in minor units.
    """

    id: int
    agent: UUID
    terms: str
    started_at: datetime
    engaged_s: Fraction
    first_reply_s: float | None
    paid: int = 0
    before: Mapping[str, int] = field(default_factory=dict)


def settle(left: Sequence[Left]) -> None:
    """Post what agents have earned with conversations that they do not have any more."""
    rewards = questing.count(left)
    earlier = _earlier(
        [each.ticket_id for each in left if each.is_over and each.has_others],
        [each.assignment_id for each in left],
    )
    before = _before([each.assignment_id for each in left if each.has_others])
    now = {each.assignment_id: _time(each, before.get(each.assignment_id, {})) for each in left}
    known = _terms({each.ticket_id for each in left}, [*now.values(), *_all(earlier)])
    postings: list[Posting] = []
    for each in left:
        time = now[each.assignment_id]
        others = earlier.get(each.ticket_id, [])
        parts = quoting.shares({part.id: part.engaged_s for part in [time, *others]})
        postings += _posting(
            "conversation",
            each.ticket_id,
            time,
            known.get(time.id),
            share=parts[time.id] if each.is_over else 0,
        )
        for other in others:
            postings += _posting(
                "share", each.ticket_id, other, known.get(other.id), share=parts[other.id]
            )
    post_all([*postings, *rewards])


def settle_shares(ticket_ids: Sequence[UUID]) -> None:
    """Customers left while they waited for the next agent: who was there before gets her share."""
    earlier = _earlier(ticket_ids)
    known = _terms(set(earlier), _all(earlier)) if earlier else {}
    postings: list[Posting] = []
    for ticket_id, times in earlier.items():
        parts = quoting.shares({time.id: time.engaged_s for time in times})
        for time in times:
            postings += _posting("share", ticket_id, time, known.get(time.id), share=parts[time.id])
    post_all(postings)


def _all(earlier: Mapping[UUID, list[_Time]]) -> list[_Time]:
    return [time for times in earlier.values() for time in times]


def _time(left: Left, before: Mapping[str, int]) -> _Time:
    return _Time(
        left.assignment_id, left.agent_id, left.terms, left.started_at, _exact(left.engaged_s),
        left.first_reply_s, before=before,
    )  # fmt: skip


def _before(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """What the same agent's earlier times with the same conversation brought, by time and currency.

    Only what was posted when each ended: what follows when the conversation is over would make the
    same news, delivered again, something else.
    """
    found: dict[int, dict[str, int]] = {}
    if not ids:
        return found
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, x.currency, sum(e.amount)::bigint
               FROM tickets_assignment a JOIN tickets_assignment b
                   ON b.ticket_id = a.ticket_id AND b.agent_id = a.agent_id AND b.id < a.id
               JOIN pay_transaction x ON x.key = 'conversation:' || b.ticket_id || ':' || b.id
               JOIN pay_entry e ON e.transaction_id = x.id AND e.amount > 0
               WHERE a.id = ANY(%s::bigint[]) GROUP BY 1, 2""",
            [list(ids)],
        )
        for id, currency, amount in cursor.fetchall():
            found.setdefault(id, {})[currency] = amount
    return found


def _exact(seconds: float) -> Fraction:
    """To the millisecond: a clock's noise is nobody's money."""
    return Fraction(round(seconds * 1000), 1000)


def _earlier(ticket_ids: Sequence[UUID], besides: Sequence[int] = ()) -> dict[UUID, list[_Time]]:
    """The times with these conversations that ended before, by ticket."""
    found: dict[UUID, list[_Time]] = {}
    if not ticket_ids:
        return found
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.ticket_id, a.id, a.agent_id, a.terms, a.started_at,
                   greatest(0, extract(epoch FROM a.ended_at - a.started_at) - a.idle_s)::float8,
                   CASE WHEN t.first_reply_at BETWEEN a.started_at AND a.ended_at THEN
                       extract(epoch FROM t.first_reply_at - a.started_at)::float8 END,
                   coalesce(paid.amount, 0)::bigint
               FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id,
                   LATERAL (SELECT sum(e.amount) AS amount FROM pay_transaction x
                            JOIN pay_entry e ON e.transaction_id = x.id AND e.amount > 0
                            WHERE x.key = 'conversation:' || a.ticket_id || ':' || a.id) paid
               WHERE a.ticket_id = ANY(%s::uuid[]) AND a.ended_at IS NOT NULL
                 AND a.id <> ALL(%s::bigint[]) ORDER BY a.id""",
            [list(ticket_ids), list(besides)],
        )
        rows = cursor.fetchall()
    before = _before([row[1] for row in rows])
    for ticket_id, id, agent, terms, started, engaged, reply, paid in rows:
        time = _Time(id, agent, terms, started, _exact(engaged), reply, paid, before.get(id, {}))
        found.setdefault(ticket_id, []).append(time)
    return found


def _terms(ticket_ids: Collection[UUID], times: Sequence[_Time]) -> dict[int, Terms]:
    """What was promised for each time. Where nothing was written down, what was in force then."""
    found = {}
    silent = []
    for time in times:
        terms = promises.terms(time.terms)
        if terms is None:
            silent.append(time)
        else:
            found[time.id] = terms
    if silent and (tariffs_now := tariffs.now()):
        found |= _in_force(ticket_ids, silent, tariffs_now)
    return found


def _in_force(
    ticket_ids: Collection[UUID], times: Sequence[_Time], known: Sequence[Tariff]
) -> dict[int, Terms]:
    """What the tariffs of that moment say for who was given a conversation without an offer."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, t.queue_id, t.language FROM tickets_assignment a
               JOIN tickets_ticket t ON t.id = a.ticket_id WHERE a.id = ANY(%s)""",
            [[time.id for time in times]],
        )
        kinds = {row[0]: row[1:] for row in cursor.fetchall()}
    queues = catalogue.queues({queue for queue, _language in kinds.values()})
    who = profiles.get({time.agent for time in times})
    found = {}
    for time in times:
        queue_id, language = kinds[time.id]
        queue = queues[queue_id]
        asked = Asked(
            desk=queue.desk_id,
            queue=queue.id,
            language=language,
            level=tariffs.level_of(who.get(time.agent), queue, language),
            at=time.started_at,
            expected_minutes=queue.expected_minutes,
        )
        if quote := quoting.quote(known, asked):
            found[time.id] = quote.terms
    return found


def _posting(
    what: str, ticket_id: UUID, time: _Time, terms: Terms | None, *, share: Fraction | int
) -> list[Posting]:
    """What is due for a time with a conversation beyond what was paid; nothing when that is nothing."""
    if terms is None:
        return []
    lines = quoting.settle(
        terms, engaged_s=time.engaged_s, share=share, first_reply_s=time.first_reply_s,
        before=time.before.get(terms.currency, 0),
    )  # fmt: skip
    due = sum(line.amount for line in lines) - time.paid
    if due <= 0:
        return []
    if time.paid:
        lines = (*lines, Line(PAID_BEFORE, -time.paid))
    return [
        Posting(
            CONVERSATION,
            f"{what}:{ticket_id}:{time.id}",
            terms.currency,
            (Leg(AGENT, due, time.agent), Leg(EARNINGS, -due)),
            ticket=ticket_id,
            agent=time.agent,
            lines=tuple(
                Explained(
                    line.label, line.amount, promises.quantity(line),
                    promises.rate(line, terms.currency),
                )
                for line in lines
            ),
        )
    ]  # fmt: skip


# The label of what is taken off because it was paid when she gave the conversation away.
PAID_BEFORE = "paid before"
