"""Whether it all adds up: the ledger against payouts and bank, and against its own cached balances."""

from dataclasses import dataclass

from core import sql
from pay import money, states
from pay.models.ledger import BANK, CLEARING
from pay.queries import balances


@dataclass(frozen=True, slots=True)
class Compared:
    """Two ways to the same amount, in minor units of a currency."""

    what: str
    currency: str
    ledger: int
    elsewhere: int

    @property
    def difference(self) -> int:
        """Nothing, if all is well."""
        return self.ledger - self.elsewhere

    @property
    def row(self) -> tuple[str, str, str, str]:
        """As people read it."""
        amounts = (self.ledger, self.elsewhere, self.difference)
        shown = [money.shown(amount, self.currency) for amount in amounts]
        return (self.what, shown[0], shown[1], shown[2])


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared, and the accounts whose cached balance is wrong."""

    compared: list[Compared]
    off: list[balances.Off]

    @property
    def is_well(self) -> bool:
        """Everything agrees."""
        return not self.off and all(each.difference == 0 for each in self.compared)


def check() -> Reconciliation:
    """Compare, per currency, from one snapshot of the database.

    Payouts under way are what stands on their way; paid ones are what left the bank; all entries
    together are nothing.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH booked AS (
                   SELECT a.currency,
                          sum(e.amount) AS everything,
                          sum(e.amount) FILTER (WHERE a.kind = %s) AS clearing,
                          sum(e.amount) FILTER (WHERE a.kind = %s
                              AND t.kind IN ('payout', 'paid', 'payout-back')) AS bank
                   FROM pay_entry e JOIN pay_account a ON a.id = e.account_id
                   JOIN pay_transaction t ON t.id = e.transaction_id GROUP BY 1
               ), asked AS (
                   SELECT currency,
                          sum(amount) FILTER (WHERE state = ANY(%s::text[])) AS under_way,
                          sum(amount) FILTER (WHERE state = %s) AS paid
                   FROM pay_payout GROUP BY 1
               )
               SELECT coalesce(b.currency, p.currency), coalesce(b.everything, 0)::bigint,
                      coalesce(b.clearing, 0)::bigint, coalesce(b.bank, 0)::bigint,
                      coalesce(p.under_way, 0)::bigint, coalesce(p.paid, 0)::bigint
               FROM booked b FULL JOIN asked p ON p.currency = b.currency ORDER BY 1""",
            [CLEARING, BANK, list(states.UNDER_WAY), states.PAID],
        )
        compared = []
        for currency, everything, clearing, bank, under_way, paid in cursor.fetchall():
            compared += [
                Compared("all entries", currency, everything, 0),
                Compared("payouts on their way", currency, clearing, under_way),
                Compared("paid by the bank", currency, bank, paid),
            ]
    return Reconciliation(compared, balances.audit())
