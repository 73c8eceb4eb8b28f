"""Rounding that loses nothing."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def split(total: int, weights: Sequence[Decimal | Fraction | int]) -> list[int]:
    """Share `total` minor units out by `weights`: the shares add up to `total` exactly.

    Largest remainder (Hamilton's method): everybody gets the whole units of her exact share, and
    the units left over go to the largest fractions, to the earlier of equal ones. No share is off
    by a whole unit. Raises ValueError without a positive weight or with a negative one.
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in exact):
        raise ValueError("weights must not be negative, and one must be positive")
    sign, units = (-1, -total) if total < 0 else (1, total)
    quotas = [units * weight / whole for weight in exact]
    shares = [int(quota) for quota in quotas]
    order = sorted(range(len(quotas)), key=lambda i: (shares[i] - quotas[i], i))
    for index in order[: units - sum(shares)]:
        shares[index] += 1
    return [sign * share for share in shares]
