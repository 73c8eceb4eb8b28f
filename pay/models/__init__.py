"""The tables of the pay room."""

from pay.models.ledger import Account, Balance, Entry, Line, Transaction
from pay.models.payouts import Batch, Destination, Payout, PayoutLog
from pay.models.tariffs import Tariff, TariffBonus

__all__ = [
    "Account",
    "Balance",
    "Batch",
    "Destination",
    "Entry",
    "Line",
    "Payout",
    "PayoutLog",
    "Tariff",
    "TariffBonus",
    "Transaction",
]
