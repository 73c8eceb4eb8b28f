"""Finance's view of the money: the ledger, payouts, files for the bank, and whether it all adds up."""

from pay.admin.ledger import AccountAdmin, TransactionAdmin
from pay.admin.payouts import BatchAdmin, DestinationAdmin, PayoutAdmin
from pay.admin.tariffs import QuestAdmin, TariffAdmin, TippingAdmin

__all__ = [
    "AccountAdmin",
    "BatchAdmin",
    "DestinationAdmin",
    "PayoutAdmin",
    "QuestAdmin",
    "TariffAdmin",
    "TippingAdmin",
    "TransactionAdmin",
]
