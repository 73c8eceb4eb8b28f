"""What was booked for an agent in a period, line by line, and a year by its months.

A statement is worked out from the ledger, which does not change: the same period that is over gives
the same statement for ever.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core import sql
from pay import accounts
from pay.models.ledger import AGENT
from pay.periods import Period, period


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of a transaction's explanation; amounts in minor units."""

    label: str
    quantity: Decimal | None
    rate: Decimal | None
    amount: int


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction as the agent's account saw it; `amount` in minor units, with its sign."""

    id: UUID
    at: datetime
    kind: str
    ticket: UUID | None
    reason: str
    amount: int
    details: Sequence[Detail] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A period of one agent in one currency; all amounts in minor units."""

    agent: UUID
    currency: str
    period: Period
    opening: int
    rows: list[Row] = field(default_factory=list)

    @property
    def closing(self) -> int:
        """What stands on the account when the period ends."""
        return self.opening + sum(row.amount for row in self.rows)

    @property
    def totals(self) -> dict[str, int]:
        """What was booked, by kind of transaction."""
        found: defaultdict[str, int] = defaultdict(int)
        for row in self.rows:
            found[row.kind] += row.amount
        return dict(found)


@dataclass(frozen=True, slots=True)
class Month:
    """What a month brought, by kind, in minor units of the currency."""

    name: str
    currency: str
    totals: dict[str, int]


def statement(agent: UUID, currency: str, when: Period) -> Statement:
    """All that was booked for her in a period. Two round trips, whatever its length."""
    account = accounts.id_of(AGENT, currency, agent)
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(sum(amount), 0)::bigint FROM pay_entry
               WHERE account_id = %s::uuid AND at < %s::timestamptz""",
            [account, when.start],
        )
        opening = cursor.fetchone()[0]
        cursor.execute(
            """SELECT t.id, t.at, t.kind, t.ticket_id, t.reason, e.amount, l.label, l.quantity, l.rate,
                      l.amount
               FROM (SELECT transaction_id, sum(amount)::bigint AS amount, min(id) AS id
                     FROM pay_entry WHERE account_id = %s::uuid
                       AND at >= %s::timestamptz AND at < %s::timestamptz GROUP BY 1) e
               JOIN pay_transaction t ON t.id = e.transaction_id
               LEFT JOIN pay_line l ON l.transaction_id = t.id
               ORDER BY t.at, e.id, l.id""",
            [account, when.start, when.end],
        )
        rows: list[Row] = []
        details: list[Detail] = []
        for id_, at, kind, ticket, reason, amount, *line in cursor.fetchall():
            if not rows or rows[-1].id != id_:
                details = []
                rows.append(Row(id_, at, kind, ticket, reason, amount, details))
            if line[0] is not None:
                details.append(Detail(*line))
    return Statement(agent, currency, when, opening, rows)


def months(agent: UUID, *, year: int | None = None) -> list[Month]:
    """Her months with something booked, the newest first, by currency; of one year if it is given."""
    within = period(f"{year:04d}") if year else None
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, a.currency, t.kind,
                      sum(e.amount)::bigint
               FROM pay_account a JOIN pay_entry e ON e.account_id = a.id
               JOIN pay_transaction t ON t.id = e.transaction_id
               WHERE a.agent_id = %s::uuid AND a.kind = %s
                 AND (%s::timestamptz IS NULL OR e.at >= %s::timestamptz)
                 AND (%s::timestamptz IS NULL OR e.at < %s::timestamptz)
               GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3""",
            [
                agent, AGENT,
                *[within.start if within else None] * 2, *[within.end if within else None] * 2,
            ],
        )  # fmt: skip
        found: dict[tuple[str, str], Month] = {}
        for name, currency, kind, amount in cursor.fetchall():
            of = found.setdefault((name, currency), Month(name, currency, {}))
            of.totals[kind] = amount
    return list(found.values())
