"""A quote as an offer carries it, and what was promised as a conversation keeps it."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pay import money
from pay.tariff.types import Line, Quote, Terms

# What a `Line` of the ledger keeps of a quantity and a rate.
QUANTITY, RATE = Decimal("0.0001"), Decimal("0.000001")


def kept(quote: Quote | None) -> str:
    """The terms as the assignment keeps them; nothing when nobody said what it pays."""
    return "" if quote is None else json.dumps(quote.terms.to_json(), separators=(",", ":"))


def terms(text: str) -> Terms | None:
    """What `kept` kept."""
    return Terms.from_json(json.loads(text)) if text else None


def offered(quote: Quote | None) -> dict[str, Any]:
    """What an offer (and the board) says of pay: `pay` is guaranteed, `quote` what to expect."""
    if quote is None:
        return {"pay": None, "quote": None}
    currency = quote.terms.currency
    return {
        "pay": dict(money.as_json(quote.minimum, currency)),
        "quote": {
            "expected": dict(money.as_json(quote.expected, currency)),
            "lines": [line(each, currency) for each in quote.lines],
            "tariff": quote.terms.tariff,
        },
    }


def line(each: Line, currency: str) -> dict[str, Any]:
    """A line as clients get it; see `quantity` and `rate`."""
    per_one = rate(each, currency)
    many = quantity(each)
    return {
        "label": each.label,
        "amount": dict(money.as_json(each.amount, currency)),
        "quantity": None if many is None else f"{many.normalize():f}",
        "rate": None if per_one is None else f"{per_one.normalize():f}",
    }


def quantity(each: Line) -> Decimal | None:
    """How much of it, to four digits."""
    return None if each.quantity is None else _decimal(each.quantity, QUANTITY)


def rate(each: Line, currency: str) -> Decimal | None:
    """What one of it pays, in the currency's main unit, to six digits."""
    if each.rate is None:
        return None
    return _decimal(each.rate / 10 ** money.exponent(currency), RATE)


def _decimal(value: Fraction, unit: Decimal) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(unit)
