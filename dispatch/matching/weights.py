"""How much each term of the score counts, and which sets of weights are refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

HEAVIEST = 1000.0
"""Largest weight accepted: beyond it the differences that decide ties drown in rounding."""

LONGEST_LEAD = 30.0
"""Largest `Weights.lead_that_always_wins` accepted, in service levels: half an hour for a queue
that promises a minute. Without such a bound a set with a token weight of urgency would pass, under
which a ticket waits as good as for ever.
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term of the score counts. `load`, `scarcity` and `fallback` are subtracted, the
    others added.

    Every term but urgency lies in 0..1, so the weights compare directly. Urgency is 1 when the
    service level is used up and has no upper bound: of two tickets that compete for a slot, one
    that leads by more service levels than `lead_that_always_wins` gets it whatever the other terms
    say. So nothing starves.
    """

    version: int
    language: float = 0.5
    skill: float = 0.5
    urgency: float = 10.0
    previous_agent: float = 1.5
    wanted_agent: float = 8.0
    load: float = 1.0
    idle: float = 1.0
    share: float = 0.5
    newcomer: float = 0.75
    scarcity: float = 1.5
    fallback: float = 4.0

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The terms' names, in the order in which a receipt lists them."""
        return tuple(own.name for own in fields(cls) if own.name != "version")

    @classmethod
    def from_terms(cls, version: int, terms: Mapping[str, Any]) -> Weights:
        """Weights from stored or typed-in data; a term left out keeps its default.

        Raises ValueError for what is no object at all, and else with a sentence that names the
        term and the reason: unknown, not a number,
        negative, more than `HEAVIEST`, or so heavy beside `urgency` that a ticket could starve.
        """
        if not isinstance(terms, Mapping):
            raise ValueError(f'weights are an object, like {{"idle": 2}}, not {terms!r}')
        known = cls.names()
        checked: dict[str, float] = {}
        for name, value in terms.items():
            if name not in known:
                raise ValueError(f"unknown term {name!r}; known terms: {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"weight of {name!r} must be a number, not {value!r}")
            # An int may be too large for the float that `isfinite` makes of it.
            if (isinstance(value, float) and not math.isfinite(value)) or value < 0:
                raise ValueError(f"weight of {name!r} must be finite and at least 0, not {value!r}")
            if value > HEAVIEST:
                raise ValueError(
                    f"weight of {name!r} must be at most {HEAVIEST:g}, not {value!r}: beside a"
                    " larger one all the others mean nothing"
                )
            checked[name] = float(value)
        weights = cls(version=version, **checked)
        weights._refuse_starvation()
        return weights

    def _refuse_starvation(self) -> None:
        if self.urgency == 0:
            raise ValueError(
                "weight of 'urgency' must be more than 0: without it a long wait counts for"
                " nothing, and a ticket may wait for ever"
            )
        if self.lead_that_always_wins > LONGEST_LEAD:
            others = [name for name in self.names() if name != "urgency"]
            heaviest = max(others, key=lambda name: float(getattr(self, name)))
            raise ValueError(
                f"weight of 'urgency' is too small beside the others, of which {heaviest!r} is the"
                f" heaviest: a ticket would have to lead by {self.lead_that_always_wins:.0f} service"
                f" levels of waiting before nothing outweighs it; raise 'urgency' to at least"
                f" {self._others / LONGEST_LEAD:.3g} or lower {heaviest!r}"
            )

    @property
    def _others(self) -> float:
        return math.fsum(getattr(self, name) for name in self.names() if name != "urgency")

    @property
    def lead_that_always_wins(self) -> float:
        """Service levels of lead with which a ticket beats any other for the same slot."""
        return self._others / self.urgency if self.urgency else math.inf
