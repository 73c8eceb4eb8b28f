"""The clock of a played day: moments in order, ticks, and what calls for a wave."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappush
from typing import Any

from dispatch.matching.types import Id
from dispatch.simulation.house import Case, House
from dispatch.simulation.types import Day, Rules

ROUNDING_S = 1e-6
"""Moments are sums of floats: a step that opens after 60 s must not be missed by the last bit."""


class Moments:
    """What is to happen when; of two things at one moment the one that was planned first."""

    def __init__(self, day: Day, rules: Rules) -> None:
        self._day, self._rules = day, rules
        self._house = House(day, rules)
        self._heap: list[tuple[float, int, Callable[..., None], Any]] = []
        self._pushed = 0
        self._lined = 0
        self._stirred = False
        self._waiting: dict[Id, Case] = {}

    def _at(self, at_s: float, action: Callable[..., None], subject: Any) -> None:
        self._pushed += 1
        heappush(self._heap, (at_s, self._pushed, action, subject))

    def _ticked(self, at_s: float) -> float:
        tick = self._rules.tick_s
        return math.ceil(at_s / tick) * tick if tick else at_s

    def _stir(self, _subject: Any = None) -> None:
        """Something may be possible now that was not before."""
        if self._stirred or not self._lined or not self._house.free:
            return
        self._stirred = True
        self._at(self._house.at_s + self._rules.delay_s, self._wave, None)

    def _wave(self, _subject: Any) -> None:
        raise NotImplementedError
