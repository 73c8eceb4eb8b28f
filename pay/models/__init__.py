"""The tables of the pay room."""

from pay.models.earning import Earner, Quest, QuestMember, Tipping
from pay.models.ledger import Account, Balance, Entry, Line, Transaction
from pay.models.payouts import Batch, Destination, Payout, PayoutLog
from pay.models.tariffs import Tariff, TariffBonus

__all__ = [
    "Account",
    "Balance",
    "Batch",
    "Destination",
    "Earner",
    "Entry",
    "Line",
    "Payout",
    "PayoutLog",
    "Quest",
    "QuestMember",
    "Tariff",
    "TariffBonus",
    "Tipping",
    "Transaction",
]
