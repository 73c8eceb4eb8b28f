"""What stands where: cached balances, and the audit that recomputes them."""

from dataclasses import dataclass
from uuid import UUID

from core import sql
from pay.models.ledger import AGENT


@dataclass(frozen=True, slots=True)
class Off:
    """A cached balance that is not what the entries say, in minor units."""

    account: UUID
    kind: str
    currency: str
    agent: UUID | None
    cached: int
    summed: int


def of_agent(agent: UUID) -> dict[str, int]:
    """What the house owes her, in minor units per currency; only currencies she has been paid in."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.currency, b.amount FROM pay_account a JOIN pay_balance b ON b.account_id = a.id
               WHERE a.agent_id = %s::uuid AND a.kind = %s ORDER BY a.currency""",
            [agent, AGENT],
        )
        return dict(cursor.fetchall())


def of_house(currency: str) -> dict[str, int]:
    """The house accounts of a currency, by kind, in minor units."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.kind, sum(b.amount)::bigint
               FROM pay_account a JOIN pay_balance b ON b.account_id = a.id
               WHERE a.agent_id IS NULL AND a.currency = %s GROUP BY a.kind ORDER BY a.kind""",
            [currency],
        )
        return dict(cursor.fetchall())


def audit() -> list[Off]:
    """Every account whose cached balance or number of entries differs from its entries."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, a.kind, a.currency, a.agent_id, coalesce(b.amount, 0)::bigint,
                      coalesce(e.amount, 0)::bigint
               FROM pay_account a
               LEFT JOIN (SELECT account_id, sum(amount) AS amount, sum(entries) AS entries
                          FROM pay_balance GROUP BY account_id) b ON b.account_id = a.id
               LEFT JOIN (SELECT account_id, sum(amount) AS amount, count(*) AS entries
                          FROM pay_entry GROUP BY account_id) e ON e.account_id = a.id
               WHERE coalesce(b.amount, 0) <> coalesce(e.amount, 0)
                  OR coalesce(b.entries, 0) <> coalesce(e.entries, 0)
               ORDER BY a.kind, a.currency, a.id"""
        )
        return [Off(*row) for row in cursor.fetchall()]


def sums() -> dict[str, int]:
    """All entries of a currency together, which is zero unless the ledger is broken."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.currency, sum(e.amount)::bigint
               FROM pay_entry e JOIN pay_account a ON a.id = e.account_id GROUP BY a.currency"""
        )
        return dict(cursor.fetchall())
