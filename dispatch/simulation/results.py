"""What a played day came to: a record per customer and per agent, and the figures people compare.

All figures are by nearest rank and plain sums, so equal runs give equal figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from dispatch.matching.types import Id

Key = TypeVar("Key", bound=Hashable)


class Fate(Enum):
    """How a ticket ended: answered, left by its customer, or waiting when the day was over."""

    SERVED = "served"
    ABANDONED = "abandoned"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Trip:
    """One ticket's day.

    `wait_s` runs from its arrival until an agent accepted, the customer left or the day ended;
    `queued_s` until the offer that was accepted was made (else as `wait_s`): what is left when
    ringing is not counted. `rung` is the ladder's step it came to, `predicted_s` what its customer
    was told on arrival.
    """

    ticket: Id
    queue: Id
    language: str
    at_s: float
    service_level_s: float
    fate: Fate
    wait_s: float
    queued_s: float
    agent: Id | None
    offers: int
    misses: int
    rung: int
    predicted_s: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """One agent's day: `offers` = `accepted` + `declined` + `missed` + `withdrawn` + open at the
    end.

    `online_s` is the time she could be offered work, `idle_s` the part of it without any work,
    `paid_s` the slot-seconds in conversations and `ring_s` those in offers.
    """

    agent: Id
    languages: tuple[str, ...]
    online_s: float
    idle_s: float
    paid_s: float
    ring_s: float
    offers: int
    accepted: int
    declined: int
    missed: int
    withdrawn: int
    newcomer: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of one run, or of a part of its tickets.

    Waits are those of all customers: who left, or waits still, counts with the time so far.
    Otherwise a policy would look the better the more it loses. Queueing (waits without the ringing
    of the offer that was accepted) is of those who were served. `within` is the share of all
    customers answered within the service level, `acceptance` that of accepted offers among those
    that were decided, `idle_share` the share of their time online that agents had no work.
    """

    tickets: int
    served: int
    abandoned: int
    waiting: int
    wait_mean_s: float
    wait_p50_s: float
    wait_p95_s: float
    wait_p99_s: float
    queued_mean_s: float
    queued_p95_s: float
    longest_s: float
    within: float
    acceptance: float
    idle_share: float
    spread: float


@dataclass(frozen=True, slots=True)
class Run:
    """A played day. `trips` are in order of arrival, `work` by agent id; `waves` ran in it."""

    policy: str
    trips: tuple[Trip, ...]
    work: tuple[Work, ...]
    waves: int
    from_s: float = 0.0
    """Tickets that came before this moment warm the house up and are left out of the figures."""

    def counted(self) -> list[Trip]:
        """The tickets that count."""
        return [trip for trip in self.trips if trip.at_s >= self.from_s]

    def summary(self) -> Summary:
        """The figures of the whole run."""
        return summary(self.counted(), self.work)

    def by(self, key: Callable[[Trip], Key]) -> dict[Key, Summary]:
        """The figures by language, queue or whatever `key` says, the agents' over all."""
        parts: dict[Key, list[Trip]] = {}
        for trip in self.counted():
            parts.setdefault(key(trip), []).append(trip)
        return {name: summary(trips, self.work) for name, trips in parts.items()}


def summary(trips: Sequence[Trip], work: Sequence[Work]) -> Summary:
    """Figures of these tickets and agents; all zero where there is nothing to count."""
    served = [trip for trip in trips if trip.fate is Fate.SERVED]
    waits = sorted(trip.wait_s for trip in trips)
    queued = sorted(trip.queued_s for trip in served)
    in_time = sum(trip.wait_s <= trip.service_level_s for trip in served)
    asked = sum(one.accepted + one.declined + one.missed for one in work)
    online = sum(one.online_s for one in work)
    return Summary(
        tickets=len(trips),
        served=len(served),
        abandoned=sum(trip.fate is Fate.ABANDONED for trip in trips),
        waiting=sum(trip.fate is Fate.WAITING for trip in trips),
        wait_mean_s=mean(waits),
        wait_p50_s=percentile(waits, 0.5),
        wait_p95_s=percentile(waits, 0.95),
        wait_p99_s=percentile(waits, 0.99),
        queued_mean_s=mean(queued),
        queued_p95_s=percentile(queued, 0.95),
        longest_s=waits[-1] if waits else 0.0,
        within=in_time / len(trips) if trips else 0.0,
        acceptance=sum(one.accepted for one in work) / asked if asked else 0.0,
        idle_share=sum(one.idle_s for one in work) / online if online else 0.0,
        spread=spread(work),
    )


def spread(work: Iterable[Work]) -> float:
    """How unevenly offers per hour online fell on the agents: the Gini coefficient, weighted by
    hours. 0: everyone got the same per hour, 1: one got all (Gini 1912; Lorenz 1905).
    """
    rates = sorted((one.offers / one.online_s, one.online_s) for one in work if one.online_s > 0)
    hours = sum(weight for _rate, weight in rates)
    total = sum(rate * weight for rate, weight in rates)
    if not total:
        return 0.0
    area = below = 0.0
    for rate, weight in rates:
        area += weight * (below + rate * weight / 2)
        below += rate * weight
    return 1.0 - 2.0 * area / (total * hours)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Predicted against true waits of those who were served and had a prediction.

    `median_ratio` is of predicted over true; `within_2x` the share whose prediction was within a
    factor of two or ten seconds; `deciles` has, for each tenth by prediction, the mean predicted
    and the mean true wait.
    """

    tickets: int
    median_ratio: float
    within_2x: float
    deciles: tuple[tuple[float, float], ...]


AT_ONCE_S = 10.0
"""Waits are compared as if nobody were answered sooner: "about 3 s" and 8 s are both "at once"."""


def calibration(trips: Iterable[Trip]) -> Calibration:
    """How well customers were told how long they would wait."""
    pairs = sorted(
        (trip.predicted_s, trip.wait_s)
        for trip in trips
        if trip.fate is Fate.SERVED and trip.predicted_s is not None
    )
    ratios = sorted(max(AT_ONCE_S, said) / max(AT_ONCE_S, true) for said, true in pairs)
    deciles = []
    for tenth in range(10):
        part = pairs[len(pairs) * tenth // 10 : len(pairs) * (tenth + 1) // 10]
        if part:
            deciles.append((mean([said for said, _ in part]), mean([true for _, true in part])))
    return Calibration(
        len(pairs),
        percentile(ratios, 0.5),
        sum(0.5 <= ratio <= 2.0 for ratio in ratios) / len(ratios) if ratios else 0.0,
        tuple(deciles),
    )


def mean(values: Sequence[float]) -> float:
    """The mean, 0 of nothing."""
    return math.fsum(values) / len(values) if values else 0.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank of ascending values: the smallest one that `share` of them don't exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def differences(one: Summary, other: Summary) -> Mapping[str, tuple[float, float]]:
    """Each figure of both, by name: what a comparison of two policies shows."""
    return {
        name: (getattr(one, name), getattr(other, name)) for name in Summary.__dataclass_fields__
    }
