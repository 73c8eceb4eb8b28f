"""Languages and skills of many agents as one table, with counts of who is free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.matching.types import Agent, Id, rarity

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

ABSENT = -(2**30)
"""Level of a language or skill that the agent does not have: below anything a ticket may ask for,
and far enough from the end of its type to subtract a level from it.
"""

NO_NAME = 0
"""Row of the table that stands for no language or skill: it fills up `Names.held`."""


class _Rows(dict[Any, int]):
    """Names and their rows in the table of levels; a new name gets the next row."""

    def __init__(self, names: list[tuple[bool, Any]], spoken: bool) -> None:
        super().__init__()
        self._names, self._spoken = names, spoken

    def __missing__(self, name: Any) -> int:
        self._names.append((self._spoken, name))
        row = self[name] = len(self._names) - 1
        return row


class Names:
    """Levels of languages and skills (names) by row and place, a place being an agent's index.

    A name keeps its row for good. `_held` lists the rows of the names of each place, `_counts` how
    many of the places that were counted in have each name.
    """

    def __init__(self) -> None:
        self._names: list[tuple[bool, Any]] = [(False, None)]
        self._spoken, self._mastered = _Rows(self._names, True), _Rows(self._names, False)
        self._levels = np.full((1, 0), ABSENT, dtype=np.int32)
        self._held = np.full((1, 0), NO_NAME, dtype=np.int32)
        self._counts = np.zeros(1, dtype=np.int64)

    def speakers(self, language: str) -> Ints:
        """Levels of this language, by place; `ABSENT` where it is not spoken."""
        return np.asarray(self._levels[self._spoken.get(language, NO_NAME)])

    def masters(self, skill: Id) -> Ints:
        """Levels of this skill, by place; `ABSENT` where it is not mastered."""
        return np.asarray(self._levels[self._mastered.get(skill, NO_NAME)])

    def grow(self, added: int) -> None:
        """So many places more, all without names."""
        self._levels = np.pad(self._levels, ((0, 0), (0, added)), constant_values=ABSENT)
        self._held = np.pad(self._held, ((0, 0), (0, added)), constant_values=NO_NAME)

    def erase(self, place: int) -> None:
        """Take all names from this place, which must not be counted in."""
        self._levels[self._held[:, place], place] = ABSENT
        self._held[:, place] = NO_NAME

    def write(self, changed: Sequence[tuple[int, Agent]]) -> None:
        """The names of agents whose places have none. Each name of each agent is looked up once
        only, because hashing ids is what takes the time here.
        """
        if not changed:
            return
        places = np.fromiter((place for place, _ in changed), np.int64, len(changed))
        self._enter(self._spoken, places, [agent.languages for _, agent in changed])
        self._enter(self._mastered, places, [agent.skills for _, agent in changed])

    def _enter(self, rows: _Rows, places: Longs, held: Sequence[Mapping[Any, int]]) -> None:
        sizes = np.fromiter(map(len, held), np.int64, len(held))
        total = int(sizes.sum())
        if not total:
            return
        names = np.fromiter(map(rows.__getitem__, chain.from_iterable(held)), np.int64, total)
        values = np.fromiter(chain.from_iterable(own.values() for own in held), np.int32, total)
        begin = (self._held[:, places] != NO_NAME).sum(axis=0)
        self._make_way(int((begin + sizes).max()))
        where = np.repeat(places, sizes)
        nth = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes - begin, sizes)
        self._held[nth, where] = names
        self._levels[names, where] = values

    def _make_way(self, names_each: int) -> None:
        """Rows for all names known, and for so many names of one agent."""
        missing = len(self._names) - len(self._levels)
        if missing > 0:
            missing += len(self._levels)
            self._levels = np.pad(self._levels, ((0, missing), (0, 0)), constant_values=ABSENT)
            self._counts = np.pad(self._counts, (0, missing))
        if names_each > len(self._held):
            added = names_each - len(self._held)
            self._held = np.pad(self._held, ((0, added), (0, 0)), constant_values=NO_NAME)

    def count(self, places: Longs, sign: int) -> None:
        """Count the names of these places in (1) or out (-1)."""
        self._counts += sign * np.bincount(
            self._held[:, places].ravel(), minlength=len(self._counts)
        )

    def rarities(self, free: int) -> tuple[Floats, dict[Any, float], dict[Any, float]]:
        """Rarity among the `free` places counted in: by row, by language and by skill."""
        rare = np.zeros(len(self._levels))
        known: tuple[dict[Any, float], dict[Any, float]] = ({}, {})
        counted: Iterable[tuple[int, tuple[bool, Any]]]
        counted = zip(self._counts.tolist(), self._names, strict=False)
        for row, (count, (spoken, name)) in enumerate(counted):
            if count and row != NO_NAME:
                rare[row] = known[0 if spoken else 1][name] = rarity(count, free)
        return rare, *known

    def rarest(self, rare: Floats, places: Longs) -> Floats:
        """The highest of the rarities `rare` (by row) that each of `places` has."""
        return np.asarray(rare[self._held[:, places]].max(axis=0))
