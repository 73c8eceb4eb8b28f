"""How fast and how good the matching is: `make bench-match`, or `python -m bench.matching`.

Waves of three sizes, each solved from plain agents (`ms`, building everything included) and with a
crew that was kept from the wave before (`kept_ms`; `cpu_ms` and `kept_cpu_ms` are processor time,
which other work on the machine does not change much), next to bare
`scipy.optimize.linear_sum_assignment` on the dense matrix of tickets and slots, which is given to
it ready-made.

Regret is what a pair lacks to what the ticket would get if nobody else were waiting: the best agent
who could take it. That is the strictest measure of cost, since it leaves out everything that is the
same for all answers. `cost_ratio` is the regret of the answer over that of the optimum, which
comes from the dense matrix; where that is too large (`DENSE_MB`), from below by linear programming
duality, with the prices of a much finer auction, so that the ratio shown is at least the true one.
`matched_ratio` is the number of tickets served over the largest possible (Hopcroft and Karp), also
of a wave that has too few slots for all.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from bench import results
from bench.waves import wave
from dispatch.matching.arrays import build
from dispatch.matching.auction import MOST_ROUNDS, auction
from dispatch.matching.columns import Floats, Ints
from dispatch.matching.crew import Crew
from dispatch.matching.problem import Problem
from dispatch.matching.score import urgency
from dispatch.matching.solve import solve
from dispatch.matching.types import Agent, Match, Ticket, Weights

WEIGHTS = Weights(version=1)
SIZES = ((100, 1000), (1000, 5000), (5000, 20000))
SHORT = (1000, 300)
SMALL = ((1, 50), (1, 5000), (10, 5000), (100, 5000))
LINES = 10
CHANGED = 50
REPEATS = 5
FINE = 1 / 5000
DENSE_MB = 500.0


def main() -> None:
    """Run all sizes, print the tables and leave `bench/results/match.json`."""
    figures: dict[str, Any] = {}
    baseline: dict[str, Any] = {}
    print("tickets x agents        ms (cpu)      kept (cpu)  cost_ratio  matched    mb   on dense")
    for size in (*SIZES, SHORT):
        name = f"{size[0]}x{size[1]}"
        figures[name], baseline[name] = measure(*wave(*size))
        row, bare = figures[name], baseline[name]
        cost = f"{row['cost_ratio']:.4f}" if "cost_ratio" in row else "too few"
        dense = (
            f"{bare['dense_ms']:.0f} ms, {bare['dense_mb']:.0f} MB" if "dense_ms" in bare else "-"
        )
        print(
            f"{name:>16} {row['ms']:7.0f} ({row['cpu_ms']:5.0f}) {row['kept_ms']:7.0f}"
            f" ({row['kept_cpu_ms']:5.0f}) {cost:>11}"
            f" {row['matched_ratio']:8.4f} {row['mb']:5.1f}   {dense}"
        )
    print(f"\nkept crew, tickets of at most {LINES} kinds")
    for size in SMALL:
        name = f"{size[0]}x{size[1]}"
        figures.setdefault(name, {}).update(everyday(*wave(*size)))
        print(
            f"{name:>16} {figures[name]['kept_ms']:9.2f} ms"
            f" ({figures[name]['kept_cpu_ms']:.2f} of the processor),"
            f" {CHANGED} agents changed {figures[name]['update_ms']:.2f} ms"
        )
    ratios = {
        "P8": max(figures[f"{t}x{a}"]["cost_ratio"] for t, a in SIZES),
        "P8_matched": min(figures[f"{t}x{a}"]["matched_ratio"] for t, a in (*SIZES, SHORT)),
    }
    print(results.write("match", figures, baseline, ratios))


def measure(tickets: list[Ticket], agents: list[Agent]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of `solve` and of what it is compared with, for one wave."""
    crew = Crew(agents)
    figures: dict[str, Any] = {}
    figures["ms"], figures["cpu_ms"] = timed(partial(solve, tickets, agents, WEIGHTS))
    figures["kept_ms"], figures["kept_cpu_ms"] = timed(partial(solve, tickets, crew, WEIGHTS))
    tracemalloc.start()
    matches = solve(tickets, agents, WEIGHTS)
    figures["mb"] = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()

    waiting = sorted(tickets, key=lambda one: (-urgency(one), one.id))
    problem = build(waiting, crew, WEIGHTS, frozenset(), 0.0).problem
    most = largest(problem)
    figures["matched_ratio"] = len(matches) / most
    pairs = sum(len(row.agents) for row in problem.rows)
    figures["eligible"] = pairs / (len(tickets) * len(agents))
    baseline: dict[str, Any] = {"most_matched": most}
    slots = int(problem.slots.sum())
    baseline["dense_mb"] = len(tickets) * slots * 8 / 1e6
    if baseline["dense_mb"] <= DENSE_MB:
        cost = dense(problem)
        begun, spent = time.perf_counter(), time.process_time()
        chosen, column = linear_sum_assignment(cost)
        baseline["dense_ms"] = (time.perf_counter() - begun) * 1000
        baseline["dense_cpu_ms"] = (time.process_time() - spent) * 1000
    if most < len(tickets):
        return figures, baseline
    if baseline["dense_mb"] <= DENSE_MB:
        baseline["regret"], baseline["optimum_from"] = float(cost[chosen, column].sum()), "dense"
    else:
        baseline["regret"], baseline["optimum_from"] = least_regret(problem), "duality"
    figures["cost_ratio"] = regret_of(problem, matches) / baseline["regret"]
    return figures, baseline


def everyday(tickets: list[Ticket], agents: list[Agent]) -> dict[str, float]:
    """A wave as it comes every second: few kinds of tickets, and most agents as they were."""
    kinds = tickets[:LINES]
    some = [
        replace(one, language=kind.language, level=kind.level, skills=kind.skills)
        for one, kind in ((one, kinds[at % len(kinds)]) for at, one in enumerate(tickets))
    ]
    crew = Crew(agents)
    kept_ms, kept_cpu_ms = timed(partial(solve, some, crew, WEIGHTS))
    update_ms, _ = timed(partial(crew.update, agents[:CHANGED], 0.0))
    return {"kept_ms": kept_ms, "kept_cpu_ms": kept_cpu_ms, "update_ms": update_ms}


def largest(problem: Problem) -> int:
    """The most tickets that could be served together."""
    counts = problem.slots
    first = np.cumsum(counts) - counts
    columns: list[Ints] = []
    for row in problem.rows:
        each = counts[row.agents]
        begin = np.repeat(first[row.agents] - (np.cumsum(each) - each), each)
        columns.append((begin + np.arange(len(begin))).astype(np.int32))
    ends = np.concatenate(([0], np.cumsum([len(column) for column in columns])))
    allowed = np.concatenate(columns)
    graph = csr_matrix(
        (np.ones(len(allowed), dtype=bool), allowed, ends),
        shape=(len(problem.rows), int(counts.sum())),
    )
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def dense(problem: Problem) -> Floats:
    """Regret of every ticket in every slot; far too much where the pair is not allowed."""
    agent = np.repeat(np.arange(len(problem.slots)), problem.slots)
    first = np.cumsum(problem.slots) - problem.slots
    extra = (np.arange(len(agent)) - first[agent]) * problem.step[agent]
    cost = np.full((len(problem.rows), len(agent)), 1e6)
    for ticket, row in enumerate(problem.rows):
        if len(row.agents):
            worth = np.full(len(problem.slots), -np.inf)
            worth[row.agents] = row.worth
            allowed = np.isfinite(worth)[agent]
            cost[ticket, allowed] = (row.worth.max() - worth[agent] + extra)[allowed]
    return cost


def least_regret(problem: Problem) -> float:
    """A lower bound of the regret when everyone is served (weak duality of the assignment
    problem).
    """
    every = np.arange(len(problem.rows), dtype=np.int32)
    outcome = auction(problem, every, FINE, patience=MOST_ROUNDS)
    highest = sum(float((row.worth - outcome.prices[row.agents]).max()) for row in problem.rows)
    return favourites(problem) - highest - outcome.rent


def favourites(problem: Problem) -> float:
    """Worth of everyone's best agent together, as if there were enough of each."""
    return sum(float(row.worth.max()) for row in problem.rows)


def regret_of(problem: Problem, matches: list[Match]) -> float:
    """Regret of an answer that serves everyone."""
    return favourites(problem) - sum(match.score - match.terms["urgency"] for match in matches)


def timed(action: Callable[[], Any]) -> tuple[float, float]:
    """Median milliseconds of one call, by the wall and by the processor, after a first one that
    does the imports.
    """
    action()
    walls, spends = [], []
    for _ in range(REPEATS):
        begun, spent = time.perf_counter(), time.process_time()
        action()
        spends.append((time.process_time() - spent) * 1000)
        walls.append((time.perf_counter() - begun) * 1000)
    return statistics.median(walls), statistics.median(spends)


if __name__ == "__main__":
    main()
