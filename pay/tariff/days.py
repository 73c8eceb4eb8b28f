"""A day's time and its floor. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as wall
from fractions import Fraction
from typing import TypeAlias
from zoneinfo import ZoneInfo

Span: TypeAlias = tuple[datetime, datetime]
"""From when until when, both aware."""


def bounds(day: date, zone: str) -> Span:
    """A day as the agent lives it: 23, 24 or 25 hours long."""
    here = ZoneInfo(zone)
    return (
        datetime.combine(day, wall.min, here),
        datetime.combine(day + timedelta(days=1), wall.min, here),
    )


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def within(spans: Iterable[Span], bound: Span) -> list[Span]:
    """What of them lies within `bound`."""
    cut = [(max(begin, bound[0]), min(end, bound[1])) for begin, end in spans]
    return [(begin, end) for begin, end in cut if begin < end]


def seconds(spans: Iterable[Span]) -> Fraction:
    """How long they are together."""
    return sum(
        (Fraction((end - begin) // timedelta(milliseconds=1), 1000) for begin, end in spans),
        Fraction(0),
    )


def overlap(first: Sequence[Span], second: Sequence[Span]) -> Fraction:
    """For how many seconds both held; neither overlaps itself."""
    return sum(
        (seconds(within(second, span)) for span in first),
        Fraction(0),
    )


def waiting_pay(rate: Fraction, online_s: Fraction, busy_s: Fraction) -> int:
    """Minor units for the time online without a conversation, at `rate` per hour; half to even."""
    return round(rate * max(Fraction(0), online_s - busy_s) / 3600)


def top_up(floor: Fraction, online_s: Fraction, earned: int) -> int:
    """What is missing to `floor` minor units per hour online, rounded up; 0 when nothing is."""
    due = -int(-(floor * online_s / 3600) // 1)
    return max(0, due - earned)
