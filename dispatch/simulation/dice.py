"""Chance without state: a number that depends on nothing but the seed and what it is for.

With it, what an agent does about a ticket is the same under every policy and in every process,
whatever else was drawn before: policies are compared on common random numbers.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from statistics import NormalDist


def uniform(seed: int, *what: object) -> float:
    """In (0, 1), evenly spread. `what` is taken by its `str`, as ids of all kinds have one."""
    text = "\x1f".join(map(str, (seed, *what)))
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    return ((number >> 11) + 0.5) / 2**53


def exponential(share: float, mean: float) -> float:
    """The quantile at `share` of the exponential distribution of this mean."""
    return -mean * math.log1p(-share)


def lognormal(share: float, median: float, sigma: float) -> float:
    """The quantile at `share` of a lognormal distribution: `sigma` is the logarithm's deviation."""
    return median * math.exp(sigma * _NORMAL.inv_cdf(share))


_NORMAL = NormalDist()
