"""Shifts, ours and others': `make bench-shift`, about four minutes of two cores' time.

Two houses, each played by every policy on the same customers, agents and chances: the textbook one,
for which the theory's bound is exact, and a day in the shape of a payments company's month.
`ARGS=--quick` plays less of both, in under a minute; its figures are too few to quote.
`ARGS="--seed 3 --days 4"` plays other days than those that anything was tuned on. `ARGS=--plot` also
draws docs/images/shift-wait.svg.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from bench import results
from bench.shift import month, plot, skills
from bench.shift.peers import PEERS, Peer
from bench.shift.told import Told
from dispatch.matching.weights import Weights
from dispatch.simulation.flagdown import Flagdown
from dispatch.simulation.play import Policy, play
from dispatch.simulation.results import Run, calibration
from dispatch.simulation.results import mean as average
from dispatch.simulation.types import Rules

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "shift-wait.svg"
OURS = "flagdown"
LONGEST = "longest_idle_first"
PLAIN = "flagdown_without_ladder"
LENT = "spare_capacity_with_our_ladder"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is played; the days and houses have the seeds from `seed` on."""

    customers: int
    houses: int
    days: int
    hours: float
    from_s: float = 0.0
    scale: float = 1.0
    warm_s: float = skills.WARM_S
    seed: int = 1

    def seeds(self, count: int) -> range:
        """Those of so many houses or days."""
        return range(self.seed, self.seed + count)


FULL = Size(customers=30_000, houses=3, days=2, hours=12.0, from_s=6 * 3600.0)
QUICK = Size(customers=5_000, houses=2, days=1, hours=3.0, from_s=9 * 3600.0)
TINY = Size(customers=300, houses=2, days=1, hours=0.5, from_s=36_000.0, scale=0.2, warm_s=60.0)


def policies() -> dict[str, Callable[[], Policy]]:
    """Everyone who plays the month's day, by name."""
    ours = Weights(version=1)
    made: dict[str, Callable[[], Policy]] = {
        OURS: partial(Flagdown, ours),
        PLAIN: partial(Flagdown, ours, Rules(ladder=False)),
    }
    for peer in PEERS:
        made[peer.name] = peer
        if LENT.startswith(peer.name):
            made[LENT] = partial(peer, replace(peer().rules, ladder=True))
    return made


def house(size: Size, per_agent: int, policy: str, seed: int) -> dict[str, float]:
    """The textbook house once: queueing times, against the bound."""
    made: Policy = Flagdown(Weights(version=1)) if policy == OURS else _peer(policy)()
    day = skills.house(per_agent, size.customers, seed, warm_s=size.warm_s)
    found = play(day, made, from_s=size.warm_s).summary()
    return {
        "mean": found.queued_mean_s,
        "p95": found.queued_p95_s,
        "ratio": found.queued_mean_s / skills.pooled().mean_s,
    }


def shift(size: Size, policy: str, seed: int) -> Run:
    """The month's day once."""
    day = month.day(seed, scale=size.scale, from_s=size.from_s, hours=size.hours)
    told = None
    if policy == OURS:
        told = Told({kind.queue.id: kind.handle_mean_s + month.RING_S for kind in month.KINDS})
    return replace(play(day, policies()[policy](), predict=told), policy=policy)


def _peer(name: str) -> type[Peer]:
    return next(peer for peer in PEERS if peer.name == name)


def measure(size: Size) -> tuple[dict[str, Any], dict[str, Any], dict[str, float], list[Run]]:
    """Figures, baseline, ratios, and the runs of the month's day."""
    textbook = [
        (per_agent, policy, seed)
        for per_agent, policy in (
            (skills.SKILLS, LONGEST),
            (3, OURS),
            (2, OURS),
            (3, LONGEST),
            (2, LONGEST),
        )
        for seed in size.seeds(size.houses)
    ]
    days = [
        (policy, seed)
        for policy in policies()
        for seed in size.seeds(size.days)
        # What is only there to tell parts of our lead apart plays the first day.
        if seed == size.seed or policy not in (PLAIN, LENT)
    ]
    with ProcessPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        played = [pool.submit(shift, size, *one) for one in days]
        tried = [pool.submit(house, size, *one) for one in textbook]
        runs = [one.result() for one in played]
        tries = [one.result() for one in tried]
    houses: dict[tuple[int, str], list[dict[str, float]]] = {}
    for (per_agent, policy, _seed), one in zip(textbook, tries, strict=True):
        houses.setdefault((per_agent, policy), []).append(one)
    return (*_figures(houses, runs), runs)


def _figures(
    houses: Mapping[tuple[int, str], Sequence[Mapping[str, float]]], runs: Sequence[Run]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, float]]:
    bound = skills.pooled()
    pooled = houses[skills.SKILLS, LONGEST]
    textbook: dict[str, Any] = {}
    for (per_agent, policy), tries in houses.items():
        # Same customers in the pooled house: what luck did to both cancels out.
        paired = [one["mean"] / same["mean"] for one, same in zip(tries, pooled, strict=True)]
        textbook[f"{policy}_{per_agent}_skills"] = {
            "mean_s": mean(one["mean"] for one in tries),
            "p95_s": mean(one["p95"] for one in tries),
            "of_bound": mean(one["ratio"] for one in tries),
            "of_pooled_house": mean(paired),
            "of_pooled_house_error": stdev(paired) / len(paired) ** 0.5 if len(paired) > 1 else 0.0,
        }
    waits: dict[str, dict[str, float]] = {}
    for name in policies():
        own = [asdict(run.summary()) for run in runs if run.policy == name]
        means = {key: mean(one[key] for one in own) for key in own[0]}
        waits[name] = {"mean": means["wait_mean_s"], "p95": means["wait_p95_s"], **means}
    peers = [peer.name for peer in PEERS]
    best = min(peers, key=lambda name: waits[name]["p95"])
    told = calibration(trip for run in runs if run.policy == OURS for trip in run.counted())
    figures: dict[str, Any] = {"wait_s": waits, "textbook": textbook, "estimate": asdict(told)}
    daily: dict[str, list[float]] = {}
    for run in runs:
        daily.setdefault(run.policy, []).append(run.summary().wait_p95_s)
    first = {name: days[0] for name, days in daily.items()}
    baseline: dict[str, Any] = {
        "pooled_bound_s": {"mean": bound.mean_s, "p95": bound.percentile_s(0.95)},
        "best_peer": best,
        "p95_vs_best_peer_by_day": [
            own / theirs for own, theirs in zip(daily[OURS], daily[best], strict=True)
        ],
        "p95_without_ladder_vs_best_peer": first[PLAIN] / first[best],
        "p95_vs_peer_with_our_ladder": first[OURS] / first[LENT],
    }
    ratios = {
        "P9_three": textbook[f"{OURS}_3_skills"]["of_bound"],
        "P9_two": textbook[f"{OURS}_2_skills"]["of_bound"],
        "P9_p95_vs_best_peer": waits[OURS]["p95"] / waits[best]["p95"],
    }
    return figures, baseline, ratios


def table(
    figures: Mapping[str, Any], baseline: Mapping[str, Any], ratios: Mapping[str, float]
) -> str:
    """What a person reads."""
    bound = baseline["pooled_bound_s"]
    rows = [
        f"Textbook house, occupancy {skills.OCCUPANCY}, {skills.SLOTS} slots, {skills.SKILLS}"
        f" skills; Erlang C: mean {bound['mean']:.1f} s, p95 {bound['p95']:.1f} s",
        f"{'':34}{'mean s':>8}{'p95 s':>8}{'x bound':>9}{'x pooled house':>18}",
    ]
    for name, one in figures["textbook"].items():
        rows.append(
            f"{name.replace('_', ' '):34}{one['mean_s']:8.1f}{one['p95_s']:8.1f}{one['of_bound']:9.2f}"
            f"{one['of_pooled_house']:11.3f} ±{one['of_pooled_house_error']:.3f}"
        )
    rows += [
        "",
        "A working day of the month (12 hours), waits until answered or left",
        f"{'':32}{'mean s':>8}{'p50':>7}{'p95':>8}{'p99':>8}{'left %':>8}{'in SL %':>9}"
        f"{'accepted %':>12}{'idle %':>8}{'spread':>8}",
    ]
    for name, one in figures["wait_s"].items():
        rows.append(
            f"{name.replace('_', ' '):32}{one['mean']:8.1f}{one['wait_p50_s']:7.1f}{one['p95']:8.1f}"
            f"{one['wait_p99_s']:8.1f}{100 * one['abandoned'] / one['tickets']:8.2f}"
            f"{100 * one['within']:9.1f}{100 * one['acceptance']:12.1f}"
            f"{100 * one['idle_share']:8.1f}{one['spread']:8.3f}"
        )
    told = figures["estimate"]
    rows += [
        "",
        f"Estimate told on arrival: predicted / true, median {told['median_ratio']:.2f};"
        f" within a factor of two {100 * told['within_2x']:.0f} % of {told['tickets']}",
        "tenths by prediction, predicted / true s: "
        + ", ".join(f"{said:.0f}/{true:.0f}" for said, true in told["deciles"]),
        "",
        *(f"{name:24}{value:.3f}" for name, value in ratios.items()),
        f"p95 against {baseline['best_peer']}, day by day: "
        + ", ".join(f"{ratio:.2f}" for ratio in baseline["p95_vs_best_peer_by_day"]),
        f"p95 without our ladder against {baseline['best_peer']}:"
        f" {baseline['p95_without_ladder_vs_best_peer']:.3f};"
        f" against a peer that has our ladder: {baseline['p95_vs_peer_with_our_ladder']:.3f}",
    ]
    return "\n".join(rows)


def picture(runs: Sequence[Run]) -> str:
    """Mean wait by language, in the order of size, for us and the peers."""
    waits: dict[str, list[float]] = {}
    for name in (OURS, *(peer.name for peer in PEERS)):
        own = [trip for run in runs if run.policy == name for trip in run.counted()]
        waits[name] = [
            average([trip.wait_s for trip in own if trip.language == language])
            for language in month.LANGUAGES
        ]
    return plot.lines(
        "Mean wait by language, largest first",
        "seconds",
        month.LANGUAGES,
        waits,
        ours=OURS,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Play, print, and leave bench/results/shift.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--seed", type=int, default=1, help="of the first day and house")
    parser.add_argument("--days", type=int, choices=range(1, 32), help="how many are played")
    parser.add_argument("--plot", action="store_true", help=f"draw {PICTURE.name} too")
    chosen = parser.parse_args(argv)
    size = replace(QUICK if chosen.quick else FULL, seed=chosen.seed)
    if chosen.days is not None:
        size = replace(size, days=chosen.days)
    figures, baseline, ratios, runs = measure(size)
    print(table(figures, baseline, ratios))
    print(results.write("shift", figures, baseline, ratios))
    if chosen.plot:
        PICTURE.write_text(picture(runs), encoding="utf-8")
        print(PICTURE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
