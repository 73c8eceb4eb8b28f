"""Tariffs, what they are asked about, and what they promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

# The kinds of bonus: within hours (the night, or announced hot hours), for a language, for a first
# reply in time.
NIGHT, HOT, LANGUAGE, REPLY = "night", "hot", "language", "reply"


@dataclass(frozen=True, slots=True)
class Bonus:
    """One rule that raises the pay.

    NIGHT and HOT hold from `begins` to `ends` (local times of the tariff's zone; over midnight when
    `ends` is not later) on `weekdays` (0 is Monday, the day on which it begins; empty: every day).
    LANGUAGE holds for `languages`. These add `percent` of base, time and guarantee. REPLY adds
    `amount` minor units when the agent's first answer comes within `within_s` seconds.
    """

    kind: str
    percent: Decimal = Decimal(0)
    begins: time | None = None
    ends: time | None = None
    weekdays: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    amount: int = 0
    within_s: int = 0

    def holds(self, at: datetime, zone: str, language: str) -> bool:
        """Whether it raises what is promised at this moment (aware) for this language."""
        if self.kind == LANGUAGE:
            return language in self.languages
        if self.kind == REPLY or self.begins is None or self.ends is None:
            return False
        local = at.astimezone(ZoneInfo(zone))
        now, day = local.time().replace(tzinfo=None), local.weekday()
        if self.begins < self.ends:
            within = self.begins <= now < self.ends
        else:
            within = now >= self.begins or now < self.ends
            if now < self.ends:
                day = (day - 1) % 7
        return within and (not self.weekdays or day in self.weekdays)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A version: whom it is for, from when on, and its rates.

    `base`, `minimum` are minor units; `minute`, `waiting` and `floor` minor units per engaged
    minute, per hour of waiting online and per hour online. Null parts of the scope mean all.
    """

    id: int
    currency: str
    starts_at: datetime
    base: int
    minute: Fraction
    minimum: int
    ends_at: datetime | None = None
    desk: UUID | None = None
    queue: UUID | None = None
    language: str = ""
    level: int = 0
    waiting: Fraction = Fraction(0)
    floor: Fraction = Fraction(0)
    zone: str = "UTC"
    bonuses: tuple[Bonus, ...] = ()

    @property
    def rank(self) -> tuple[bool, bool, bool, int, datetime, int]:
        """How specific it is; the largest wins. See `select`."""
        return (
            self.queue is not None, self.desk is not None, bool(self.language), self.level,
            self.starts_at, self.id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a quote is for: a ticket of this line, for an agent of this certification level.

    `at` is the moment of the promise; `multiplier` the ladder's.
    """

    desk: UUID
    queue: UUID
    language: str
    level: int
    at: datetime
    expected_minutes: int
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an explanation. `amount` in minor units; `rate` in minor units per one of quantity."""

    label: str
    amount: int
    quantity: Fraction | None = None
    rate: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What was promised for one conversation. Kept with it: later tariffs change nothing of it."""

    tariff: int
    currency: str
    base: int
    minute: Fraction
    minimum: int
    bonuses: tuple[tuple[str, Decimal], ...] = ()
    multiplier: Decimal = Decimal(1)
    reply_amount: int = 0
    reply_within_s: int = 0
    expected_minutes: int = 0

    @property
    def factor(self) -> Fraction:
        """By what base, time and guarantee are raised: bonuses add up, the ladder multiplies."""
        percent = sum((Fraction(value) for _kind, value in self.bonuses), Fraction(0))
        return (1 + percent / 100) * Fraction(self.multiplier)

    @property
    def guaranteed(self) -> int:
        """The least that is paid, in minor units: raised like the rest, rounded up."""
        return -int(-(self.minimum * self.factor) // 1)

    def to_json(self) -> dict[str, Any]:
        """As it is kept: texts and whole numbers, no floats."""
        kept: dict[str, Any] = {
            "tariff": self.tariff,
            "currency": self.currency,
            "base": self.base,
            "minute": str(self.minute),
            "minimum": self.minimum,
            "minutes": self.expected_minutes,
        }
        if self.bonuses:
            kept["bonuses"] = [[kind, str(percent)] for kind, percent in self.bonuses]
        if self.multiplier != 1:
            kept["multiplier"] = str(self.multiplier)
        if self.reply_amount:
            kept["reply"] = [self.reply_amount, self.reply_within_s]
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Terms:
        """What `to_json` kept."""
        amount, within_s = kept.get("reply", (0, 0))
        return cls(
            tariff=kept["tariff"],
            currency=kept["currency"],
            base=kept["base"],
            minute=Fraction(kept["minute"]),
            minimum=kept["minimum"],
            bonuses=tuple((kind, Decimal(value)) for kind, value in kept.get("bonuses", ())),
            multiplier=Decimal(kept.get("multiplier", 1)),
            reply_amount=amount,
            reply_within_s=within_s,
            expected_minutes=kept["minutes"],
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """Terms, and what they come to if the conversation takes as long as expected."""

    terms: Terms
    lines: tuple[Line, ...] = field(default=())
    expected: int = 0

    @property
    def minimum(self) -> int:
        """The guarantee, in minor units."""
        return self.terms.guaranteed
