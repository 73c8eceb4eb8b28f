"""Contenders at a barrier: real threads, each with its own connection, released together."""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import Http404

from core.problems import Problem
from core.states import Stale

PATIENCE_S = 60


@dataclass(frozen=True)
class Outcome:
    """What one contender got: its answer, or how it was refused, or what broke."""

    value: Any = None
    refusal: Exception | None = None
    broke: Exception | None = None
    invoked_at: float = 0.0

    @property
    def won(self) -> bool:
        """It was answered, not refused."""
        return self.refusal is None and self.broke is None

    @property
    def state(self) -> str:
        """The true state that a loser was told."""
        return getattr(self.refusal, "state", "")


Contender = Callable[[Any], Any]


def race(
    items: Sequence[Any],
    *contenders: Contender,
    arrange: Callable[[Any], Any] | None = None,
    jitter_ms: float = 1.0,
    settle: Callable[[Any, list[Outcome]], Any] | None = None,
) -> Iterator[tuple[Any, list[Outcome]]]:
    """For each item, let all contenders loose on it at once; yields the item and who got what.

    `arrange` runs just before the start and may replace the item. Each contender starts up to
    `jitter_ms` late, by dice with a fixed seed, so that the rounds differ in who comes first.
    """
    start = threading.Barrier(len(contenders) + 1)
    finish = threading.Barrier(len(contenders) + 1)
    stage: dict[str, Any] = {}
    outcomes: list[Outcome] = [Outcome()] * len(contenders)
    dice = random.Random(len(items))

    def run(index: int, act: Contender) -> None:
        try:
            while True:
                start.wait(PATIENCE_S)
                if "over" in stage:
                    return
                until = time.perf_counter() + stage["late"][index]
                while time.perf_counter() < until:
                    pass
                outcomes[index] = attempt(act, stage["item"])
                finish.wait(PATIENCE_S)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(index, act), daemon=True)
        for index, act in enumerate(contenders)
    ]
    with quick_switching():
        for thread in threads:
            thread.start()
        try:
            for item in items:
                stage["item"] = item if arrange is None else (arrange(item) or item)
                stage["late"] = [dice.uniform(0, jitter_ms / 1000) for _ in contenders]
                start.wait(PATIENCE_S)
                finish.wait(PATIENCE_S)
                yield item, list(outcomes)
        finally:
            stage["over"] = True
            start.wait(PATIENCE_S)
            for thread in threads:
                thread.join(PATIENCE_S)


def together(*acts: Callable[[], Any]) -> list[Outcome]:
    """Run different acts at the same time, each once, and return what each got."""
    start = threading.Barrier(len(acts))
    outcomes: list[Outcome] = [Outcome()] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(PATIENCE_S)
            outcomes[index] = attempt(lambda _: act(), None)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(acts)]
    with quick_switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
    return outcomes


def attempt(act: Contender, item: Any) -> Outcome:
    """Call, and tell a refusal that the product means from anything else."""
    invoked_at = time.time()
    try:
        return Outcome(value=act(item), invoked_at=invoked_at)
    except (Stale, Problem, Http404) as refusal:
        return Outcome(refusal=refusal, invoked_at=invoked_at)
    except Exception as error:
        return Outcome(broke=error, invoked_at=invoked_at)


@contextmanager
def quick_switching() -> Iterator[None]:
    """Let the interpreter change threads often, so that the database sees them side by side."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def exactly_one_winner(item: Any, outcomes: list[Outcome]) -> list[str]:
    """Sentences about a round that more or fewer than one won, or that broke."""
    wrong = [f"{item}: {outcome.broke!r}" for outcome in outcomes if outcome.broke]
    winners = sum(outcome.won for outcome in outcomes)
    if not wrong and winners != 1:
        wrong.append(f"{item}: {winners} winners: {outcomes}")
    return wrong


def losers_know(item: Any, outcomes: list[Outcome], *states: str) -> list[str]:
    """Sentences about losers who were not told one of `states`."""
    return [
        f"{item}: a loser was told {outcome.state!r} by {outcome.refusal!r}, not one of {states}"
        for outcome in outcomes
        if outcome.refusal is not None and outcome.state not in states
    ]


def nothing_broke(item: Any, outcomes: list[Outcome]) -> list[str]:
    """Sentences about what was raised that the product does not mean to raise."""
    return [f"{item}: {outcome.broke!r}" for outcome in outcomes if outcome.broke]
