"""A day in the shape of a payments company's month: 2.3 million conversations in 35 languages.

Made up, but from public figures (see docs/performance.md): the volume, the number of languages, and
handling times of two to eleven minutes. Everything comes from one seed.

- Languages are Zipf-distributed, the classic shape of market sizes; their markets lie in different
  time zones, and each has the two humps of a working day.
- Who works, and how, is in `crowd` and `people`.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from bench.shift import crowd
from bench.shift.crowd import COMPLAINTS, DESK, FRAUD, HALF_HOUR_S, LANGUAGES, PAYMENTS, SIZES
from bench.shift.people import Phones
from dispatch.simulation.types import Arrival, Day, Queue
from tickets.ladder import Need, Rung, Step

A_MONTH = 2_300_000
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A queue and its share of the day; handling is lognormal."""

    queue: Queue
    share: float
    handle_median_s: float
    handle_sigma: float = 0.5

    @property
    def handle_mean_s(self) -> float:
        """Mean of the lognormal."""
        return self.handle_median_s * math.exp(self.handle_sigma**2 / 2)


def _kind(
    name: str, share: float, minutes: float, skills: dict[int, int], level_s: float, **more: float
) -> Kind:
    ground = Rung((Need(2, skills),), **more)  # type: ignore[arg-type]
    # After a third of the time promised somebody less fluent or less skilled will do, and two are
    # asked at once: the one may be looking away. After two thirds anybody who speaks the language.
    steps = (
        Step(level_s / 3, language_level=1, skills=dict.fromkeys(skills, 1), broadcast=2),
        Step(level_s * 2 / 3, skills=dict.fromkeys(skills, 0)),
    )
    return Kind(Queue(name, DESK, ground, level_s, steps), share, minutes * 60)


KINDS = (
    _kind("general", 0.52, 3.5, {}, 60.0),
    _kind("payments", 0.28, 4.5, {PAYMENTS: 2}, 60.0),
    _kind("complaints", 0.15, 7.5, {COMPLAINTS: 2}, 60.0),
    _kind("fraud", 0.05, 5.0, {FRAUD: 2}, 60.0, priority=1.0),
)
HANDLE_S = sum(kind.share * kind.handle_mean_s for kind in KINDS)
RING_S = 6.0
"""What an offer keeps a slot on average, counted as part of the load."""


def day(
    seed: int,
    *,
    occupancy: float = 0.95,
    scale: float = 1.0,
    from_s: float = 0.0,
    hours: float = 24.0,
    patience_s: float = 600.0,
) -> Day:
    """Some hours of a day, `scale` times its volume.

    `occupancy` is the expected load, ringing included, over the slots that agents have online.
    """
    rng = random.Random(seed)
    queues = {kind.queue.id: kind.queue for kind in KINDS}
    end_s = from_s + hours * 3600.0
    weights = [kind.share for kind in KINDS]
    arrivals: list[Arrival] = []
    for language in LANGUAGES:
        for half in range(int(from_s // HALF_HOUR_S), int(end_s // HALF_HOUR_S)):
            rate = demand(language, half) * scale
            at_s = half * HALF_HOUR_S + rng.expovariate(rate)
            while at_s < (half + 1) * HALF_HOUR_S:
                kind = rng.choices(KINDS, weights)[0]
                arrivals.append(
                    Arrival(
                        id=len(arrivals),
                        at_s=at_s - from_s,
                        queue=kind.queue.id,
                        language=language,
                        handle_s=rng.lognormvariate(
                            math.log(kind.handle_median_s), kind.handle_sigma
                        ),
                        patience_s=rng.expovariate(1 / patience_s),
                    )
                )
                at_s += rng.expovariate(rate)
    halves = range(int(from_s // HALF_HOUR_S), int(end_s // HALF_HOUR_S))
    loads = {
        (language, half): demand(language, half) * scale * (HANDLE_S + RING_S)
        for language in LANGUAGES
        for half in halves
    }
    staff, people = crowd.come(seed, loads, occupancy)
    return Day(queues, arrivals, staff, Phones(seed, people), end_s - from_s)


def demand(language: str, half: int) -> float:
    """Arrivals a second of this language in this half hour of the day (UTC)."""
    share = SIZES[LANGUAGES.index(language)] / sum(SIZES)
    return A_MONTH / 30 / DAY_S * share * _hump((half / 2 + ZONES.get(language, 1.0)) % 24) / LEVEL


# fmt: off
ZONES = {
    "en": -2.0, "pt": -1.0, "ga": 0.0, "is": 0.0, "fi": 2.0, "el": 2.0, "ro": 2.0, "bg": 2.0,
    "uk": 2.0, "lt": 2.0, "lv": 2.0, "et": 2.0, "tr": 3.0, "ru": 3.0, "ar": 3.0, "so": 3.0,
    "hi": 5.5, "vi": 7.0, "th": 7.0, "zh": 8.0,
}
# fmt: on
"""Hours from UTC of a language's middle customer; 1 where nothing is said."""


def _hump(hour: float) -> float:
    """Demand over its daily mean: quiet at night, peaks before noon and in the evening."""

    def bell(top: float, width: float) -> float:
        away = min(abs(hour - top), 24 - abs(hour - top))
        return math.exp(-((away / width) ** 2) / 2)

    return 0.12 + 1.6 * bell(11.0, 2.6) + 1.35 * bell(19.0, 2.4)


LEVEL = sum(_hump(half / 2) for half in range(48)) / 48
