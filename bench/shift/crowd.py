"""Who works on a month's day: agents who come and go, with their languages and skills.

At home in each language there are about as many as square-root staffing gives (Halfin and Whitt
1981), and more in the shared one, with the noise of people who log in when they like. They come for
one to three hours with one to three slots, and leave earlier when there is little to do. Three in
four speak a second language or more, English above all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from bench.shift.people import Person
from dispatch.simulation.types import Shift, Staff

# fmt: off
LANGUAGES = (
    "en", "de", "sv", "no", "fi", "da", "nl", "pl", "fr", "es", "it", "pt",
    "cs", "el", "tr", "ro", "hu", "bg", "hr", "sk", "lt", "sl", "lv", "et",
    "is", "ga", "mt", "uk", "ar", "ru", "zh", "vi", "th", "hi", "so",
)
# fmt: on
"""By market size, the largest first."""

SIZES = [1 / (rank + 1) for rank in range(len(LANGUAGES))]
"""Market sizes: Zipf's law."""

HALF_HOUR_S = 1800.0
DESK = "shop"
PAYMENTS, COMPLAINTS, FRAUD = 1, 2, 3
SHARED = "en"
PLENTY = 1.1
"""Slots of agents at home in the shared language, over its load: there are more of them than of
others, as everywhere in gig work.
"""

GENERALISTS_FROM = 12
"""Rank of the languages whose agents are trained in everything."""

LUCK = 0.08
"""Deviation of how many come, per language and day, from how many were wanted."""

TRIES = 5


@dataclass(slots=True)
class _Turn:
    """Somebody's shift while the day is being made up, in seconds of the whole day."""

    begins_s: float
    ends_s: float
    capacity: int


def come(
    seed: int, loads: Mapping[tuple[str, int], float], occupancy: float
) -> tuple[list[Staff], dict[int, Person]]:
    """Staff for `loads` in Erlang by language and half hour of the day, and how they behave.

    Their time counts from the first half hour. As people come by whole slots and by chance, how
    many are wanted is corrected until the load is `occupancy` of the slots that are there.
    """
    halves = sorted({half for _language, half in loads})
    wanted = 1.0
    for _ in range(TRIES):
        turns = _turns(random.Random(f"{seed} turns"), loads, halves, occupancy / wanted)
        online = sum(turn.capacity * (turn.ends_s - turn.begins_s) for _, turn in turns)
        wanted *= sum(loads.values()) * HALF_HOUR_S / occupancy / online
    rng = random.Random(f"{seed} people")
    origin = halves[0] * HALF_HOUR_S
    staff: list[Staff] = []
    people: dict[int, Person] = {}
    for number, (home, turn) in enumerate(turns):
        shift = Shift(turn.begins_s - origin, turn.ends_s - origin, turn.capacity)
        taken = 0 if rng.random() < 0.1 else 200
        staff.append(
            Staff(
                number,
                frozenset({DESK}),
                _languages(rng, home),
                _skills(rng, home),
                (shift,),
                taken=taken,
            )
        )
        people[number] = Person.drawn(rng)
    return staff, people


def _turns(
    rng: random.Random,
    loads: Mapping[tuple[str, int], float],
    halves: list[int],
    occupancy: float,
) -> list[tuple[str, _Turn]]:
    found: list[tuple[str, _Turn]] = []
    wanted = _wanted(loads, halves, occupancy)
    end_s = (halves[-1] + 1) * HALF_HOUR_S
    for home in LANGUAGES:
        luck = rng.lognormvariate(0.0, LUCK)
        there: list[_Turn] = []
        for half in halves:
            begin_s = half * HALF_HOUR_S
            middle_s = begin_s + HALF_HOUR_S / 2
            there = [turn for turn in there if turn.ends_s > middle_s]
            slots = sum(turn.capacity for turn in there)
            target = luck * wanted[home, half]
            # Whoever has been there longest leaves first when there is little to do.
            while there and slots - there[0].capacity >= target:
                turn = there.pop(0)
                turn.ends_s = begin_s + rng.uniform(0, HALF_HOUR_S)
                slots -= turn.capacity
            while slots + 0.5 < target:
                starts_s = begin_s + (rng.uniform(0, HALF_HOUR_S) if half > halves[0] else 0.0)
                ends_s = min(end_s, starts_s + rng.uniform(1.0, 3.0) * 3600.0)
                turn = _Turn(starts_s, ends_s, rng.choices((1, 2, 3), (0.25, 0.5, 0.25))[0])
                there.append(turn)
                slots += turn.capacity
                found.append((home, turn))
    return found


def _wanted(
    loads: Mapping[tuple[str, int], float], halves: list[int], occupancy: float
) -> dict[tuple[str, int], float]:
    """Slots by language and half hour: what the shared language leaves is spread by the square
    roots of the loads.
    """
    wanted = dict(loads)
    rest = [language for language in LANGUAGES if language != SHARED]
    for half in halves:
        wanted[SHARED, half] *= PLENTY
        spare = sum(loads[language, half] for language in LANGUAGES) / occupancy
        spare -= sum(wanted[language, half] for language in LANGUAGES)
        roots = sum(math.sqrt(loads[language, half]) for language in rest)
        for language in rest:
            wanted[language, half] += spare * math.sqrt(loads[language, half]) / roots
    return wanted


def _languages(rng: random.Random, home: str) -> dict[str, int]:
    count = rng.choices((1, 2, 3, 4), (0.25, 0.45, 0.2, 0.1))[0]
    spoken = {home: 5}
    if count > 1 and rng.random() < 0.8:
        spoken.setdefault(SHARED, rng.randint(2, 4))
    while len(spoken) < count:
        spoken.setdefault(rng.choices(LANGUAGES, SIZES)[0], rng.randint(1, 4))
    return spoken


def _skills(rng: random.Random, home: str) -> dict[int, int]:
    """Teams of small languages are generalists: there are too few of them to divide the work."""
    general = min(1.0, LANGUAGES.index(home) / GENERALISTS_FROM)
    chances = ((PAYMENTS, 0.7), (COMPLAINTS, 0.5), (FRAUD, 0.3))
    return {
        skill: rng.randint(2, 4)
        for skill, chance in chances
        if rng.random() < chance + (1 - chance) * general
    }
