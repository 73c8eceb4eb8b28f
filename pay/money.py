"""Money: whole minor units (cents, yen, fils) of a currency, and nothing else.

A float never holds an amount. What is worked out with fractions (a rate times minutes) stays a
Decimal until `minor` rounds it, once; what has to be shared out goes through `split`, which loses
nothing. Exponents are those of ISO 4217 (maintained by SIX, list one): how many digits the minor
unit has. CLDR's digits are not the same: they say what is usual to show.
"""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TypedDict

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from pay.tariff.rounding import split

__all__ = [
    "EXPONENTS",
    "MOST",
    "MoneyJson",
    "as_json",
    "decimal",
    "exponent",
    "known",
    "minor",
    "parse",
    "shown",
    "split",
    "text",
]

_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"

EXPONENTS: dict[str, int] = {
    code: digits
    for digits, codes in ((2, _TWO), (0, _NONE), (3, _THREE), (4, _FOUR))
    for code in codes.split()
}
# Decimal takes more: digits of other scripts, 1_000 and 2e1, which nobody means by an amount.
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
# What a bigint holds, with room for the sum of many.
MOST = 10**15


class MoneyJson(TypedDict):
    """Money as clients get it."""

    amount: str
    currency: str


def known(currency: str) -> str:
    """The currency itself. Raises ValidationError, by the field `currency`, for none of ISO 4217."""
    if currency not in EXPONENTS:
        raise ValidationError(
            {
                "currency": [
                    _("“%s” is no currency. Write its three letters of ISO 4217, such as EUR.")
                    % currency
                ]
            }
        )
    return currency


def exponent(currency: str) -> int:
    """How many digits the currency's minor unit has: 2 for EUR, 0 for JPY. Raises ValidationError."""
    return EXPONENTS[known(currency)]


def minor(amount: Decimal | Fraction | int, currency: str) -> int:
    """An amount in the currency's main unit as minor units, rounded half to even.

    Half to even (IEEE 754's and bankers' rule) errs to neither side over many roundings. Raises
    ValidationError for an unknown currency or for what no account could hold.
    """
    scaled = Fraction(amount) * 10 ** exponent(currency)
    whole = round(scaled)
    if abs(whole) > MOST:
        raise ValidationError({"amount": [_("This is more than an account can hold.")]})
    return whole


def parse(text: str, currency: str) -> int:
    """What a person wrote, such as 2.40, in minor units. Nothing is rounded.

    Raises ValidationError, by the field `amount`, for what is no amount or finer than the currency.
    """
    digits = exponent(currency)
    if not _PLAIN.fullmatch(text.strip()):
        raise ValidationError({"amount": [_("Write an amount such as 2.40.")]})
    amount = Decimal(text.strip())
    if abs(amount.adjusted()) > 30:
        raise ValidationError({"amount": [_("This is more than an account can hold.")]})
    scaled = Fraction(amount) * 10**digits
    if scaled.denominator != 1:
        raise ValidationError(
            {
                "amount": [
                    _("%(currency)s has %(digits)d digits after the point at most.")
                    % {"currency": currency, "digits": digits}
                ]
            }
        )
    return minor(amount, currency)


def decimal(units: int, currency: str) -> Decimal:
    """Minor units as a Decimal of the main unit, with the currency's digits."""
    with localcontext() as context:
        context.prec = 40
        return Decimal(units).scaleb(-exponent(currency))


def text(units: int, currency: str) -> str:
    """The amount as the API and files write it: 240 EUR cents are "2.40"."""
    return f"{decimal(units, currency):f}"


def shown(units: int, currency: str) -> str:
    """As people read it where no browser formats it: "2.40 EUR"."""
    return f"{text(units, currency)} {currency}"


def as_json(units: int, currency: str) -> MoneyJson:
    """Money as clients get it."""
    return {"amount": text(units, currency), "currency": currency}
