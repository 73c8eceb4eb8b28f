"""The tables of the pay room."""

from pay.models.ledger import Account, Balance, Entry, Line, Transaction

__all__ = ["Account", "Balance", "Entry", "Line", "Transaction"]
