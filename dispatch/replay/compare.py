"""Playing a recorded time under the rules that were in force and under others, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.matching.types import Id
from dispatch.matching.weights import Weights
from dispatch.replay.record import Recording
from dispatch.simulation.flagdown import Flagdown
from dispatch.simulation.play import play
from dispatch.simulation.results import Run, Summary
from dispatch.simulation.types import Day, Rules

# What the table shows: (field of Summary, heading, unit).
LINES: tuple[tuple[str, str, str], ...] = (
    ("tickets", "customers who asked", ""),
    ("served", "answered", ""),
    ("abandoned", "left", ""),
    ("waiting", "waiting at the end", ""),
    ("wait_mean_s", "mean wait", "s"),
    ("wait_p50_s", "median wait", "s"),
    ("wait_p95_s", "95 % waited less than", "s"),
    ("longest_s", "longest wait", "s"),
    ("within", "within the service level", "%"),
    ("acceptance", "offers accepted", "%"),
    ("idle_share", "time online without work", "%"),
    ("spread", "spread of offers (Gini)", ""),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What is tried: weights, and answering times by queue id; empty changes nothing."""

    weights: Weights
    timeouts: Mapping[Id, float]
    rules: Rules


@dataclass(frozen=True, slots=True)
class Comparison:
    """As it was, replayed as it was set, and replayed with the change."""

    really: Run
    before: Run
    after: Run

    @property
    def columns(self) -> tuple[Summary, Summary, Summary]:
        """The figures of the three."""
        return self.really.summary(), self.before.summary(), self.after.summary()


def compare(recorded: Recording, then: Change, now: Change) -> Comparison:
    """Play the recorded day under both. The same input gives the same answer, always."""
    return Comparison(
        recorded.really, _played(recorded, then, "replayed"), _played(recorded, now, "changed")
    )


def _played(recorded: Recording, change: Change, name: str) -> Run:
    day = _with_timeouts(recorded.day, change.timeouts)
    policy = Flagdown(change.weights, change.rules, name=name)
    return play(day, policy, from_s=recorded.warm_up_s)


def _with_timeouts(day: Day, timeouts: Mapping[Id, float]) -> Day:
    if not timeouts:
        return day
    queues = {
        id: replace(queue, offer_timeout_s=timeouts.get(id, queue.offer_timeout_s))
        for id, queue in day.queues.items()
    }
    return replace(day, queues=queues)


def table(comparison: Comparison) -> list[Sequence[str]]:
    """Rows of text: heading, as it was, replayed, changed, and what the change makes of it."""
    rows: list[Sequence[str]] = [("", "as it was", "replayed", "changed", "difference")]
    for field, heading, unit in LINES:
        was, before, after = (float(getattr(column, field)) for column in comparison.columns)
        rows.append(
            (
                heading,
                *(_shown(value, field, unit) for value in (was, before, after)),
                _shown(after - before, field, unit, sign="+"),
            )
        )
    return rows


def _shown(value: float, field: str, unit: str, sign: str = "") -> str:
    if unit == "%":
        return f"{100 * value:{sign}.1f} %"
    if unit:
        return f"{value:{sign}.1f} {unit}"
    return f"{value:{sign}.3f}" if field == "spread" else f"{value:{sign}.0f}"
