"""`python -m bench.engine [--quick | --tiny]`: run it, print a table, leave `bench/results/engine.json`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import pgclaim, product, results
from bench.engine.stage import Ground
from bench.figures import Others, Progress
from ops import servers
from ops.errors import Trouble


@dataclass(frozen=True)
class Plan:
    """How much of everything. `few` and `many` agents offer the same number of slots in all."""

    few: int = 50
    many: int = 5000
    slots: int = 60_000
    backlog: int = 20_000
    stream: int = 10_000
    batch: int = 10
    stream_s: float = 8
    chain_agents: int = 50
    chain_slots: int = 150
    chain_tickets: int = 6000
    chain_s: float = 8
    hands: int = 2
    yardstick_s: int = 5


QUICK = Plan(
    many=1000, slots=20_000, backlog=5000, stream=4000, stream_s=4, chain_tickets=3000, chain_s=4,
    yardstick_s=3,
)  # fmt: skip
TINY = Plan(
    many=100, slots=2000, backlog=300, stream=300, stream_s=1, chain_tickets=200, chain_s=1, hands=1,
    yardstick_s=1,
)  # fmt: skip


def measure(
    ground: Ground, var_dir: Path, plan: Plan, progress: Progress | None = None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, float]]:
    """(figures, baseline, ratios) of one run; `var_dir` is the database server's. Raises `Trouble`."""
    say = (progress or Progress(quiet=True)).say
    url = ground.environ["DATABASE_URL"]
    figures: dict[str, Any] = {}
    say("yardsticks: pgbench takes rows, and assigns in one statement")
    bare = pgclaim.skip_locked(url, var_dir, plan.yardstick_s)
    baseline: dict[str, Any] = {"skip_locked_per_s": bare.per_s, "skip_locked_cpu_us": bare.cpu_us}
    # Before, between and after what is compared with it: the machine's pace changes meanwhile.
    assigned = [pgclaim.assigning(url, var_dir, plan.yardstick_s)]
    for name, agents in (("few", plan.few), ("many", plan.many)):
        say(f"{agents} agents: a stream and a backlog of {plan.backlog}")
        with ground.measure() as place:
            figures[name] = place.run(
                "dispatch", agents=agents, slots=plan.slots, backlog=plan.backlog,
                stream=plan.stream, batch=plan.batch, stream_s=plan.stream_s,
                worker=place.worker,
            )  # fmt: skip
        assigned.append(pgclaim.assigning(url, var_dir, plan.yardstick_s))
    say("offered, accepted, resolved")
    with ground.measure() as place:
        figures["chain"] = place.run(
            "chain", agents=plan.chain_agents, slots=plan.chain_slots, tickets=plan.chain_tickets,
            seconds=plan.chain_s, hands=plan.hands,
        )  # fmt: skip
    figures["agents"] = {"few": plan.few, "many": plan.many}
    paces = [pace.per_s for pace in assigned]
    baseline["assignments_per_s"] = round(sum(paces) / len(paces), 1)
    baseline["assignments_per_s_each"] = paces
    baseline["assignment_cpu_us"] = round(sum(pace.cpu_us for pace in assigned) / len(assigned), 1)
    return figures, baseline, _ratios(figures, baseline)


def _ratios(figures: dict[str, Any], baseline: dict[str, Any]) -> dict[str, float]:
    """P1: the dispatcher to the one-statement yardstick; P2: many agents to few, the worse of both ways."""
    few, many = figures["few"], figures["many"]
    p2 = {
        way: many[way]["offers_per_s"] / few[way]["offers_per_s"] for way in ("stream", "backlog")
    }
    ratios = {
        "P1": few["backlog"]["offers_per_s"] / baseline["assignments_per_s"],
        "P1_many": many["backlog"]["offers_per_s"] / baseline["assignments_per_s"],
        # By processor time, which other work on the machine hardly changes.
        "P1_cpu": baseline["assignment_cpu_us"] / few["backlog"]["cpu_us"],
        "P1_skip_locked": few["backlog"]["offers_per_s"] / baseline["skip_locked_per_s"],
        "P2": min(p2.values()),
        "P2_stream": p2["stream"],
        "P2_backlog": p2["backlog"],
        "P2_cpu_stream": few["stream"]["cpu_us"] / many["stream"]["cpu_us"],
        "P2_cpu_backlog": few["backlog"]["cpu_us"] / many["backlog"]["cpu_us"],
        "chain_vs_assignments": figures["chain"]["resolved_per_s"] / baseline["assignments_per_s"],
    }
    return {name: round(value, 3) for name, value in ratios.items()}


def table(figures: dict[str, Any], baseline: dict[str, Any], ratios: dict[str, float]) -> str:
    """All of it for a person, aims beside figures."""
    rows: list[tuple[str, str, str]] = []
    for name in ("few", "many"):
        agents, found = figures["agents"][name], figures[name]
        backlog, stream = found["backlog"], found["stream"]
        for way, one in (("backlog", backlog), ("stream", stream)):
            text = f"{one['offers_per_s']:,.0f}/s, {one['cpu_us']:,.0f} us of processor each"
            rows.append((f"offers, {way}, {agents} agents", text, ""))
        rows.append(
            ("  wish to offer", f"{stream['wait_p50_ms']:.1f} / {stream['wait_p99_ms']:.1f} ms", "")
        )
    chain = figures["chain"]
    rows.append(("offered, accepted and resolved", f"{chain['resolved_per_s']:,.0f}/s", ""))
    for label, pace, cpu in (
        ("pgbench, one statement an assignment", "assignments_per_s", "assignment_cpu_us"),
        ("pgbench, bare SKIP LOCKED", "skip_locked_per_s", "skip_locked_cpu_us"),
    ):
        text = f"{baseline[pace]:,.0f}/s, {baseline[cpu]:,.0f} us of processor each"
        rows.append((label, text, ""))
    aims = {"P1": ">= 1, aim 3", "P2": ">= 0.9"}
    rows += [
        (f"ratio {name}", f"{value:.3f}", aims.get(name, "")) for name, value in ratios.items()
    ]
    if (others := figures.get("others_cpu_share")) is not None:
        rows.append(("others' share of the cores meanwhile", f"{others * 100:.0f} %", ""))
    width = max(len(label) for label, *_ in rows)
    return "\n".join(f"{label:<{width}}  {value:<16} {aim}".rstrip() for label, value, aim in rows)


def main(arguments: Sequence[str]) -> int:
    """Run it; 1 with a sentence when it can't."""
    parser = argparse.ArgumentParser(
        prog="bench.engine", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="a minute at most")
    parser.add_argument("--tiny", action="store_true", help="seconds: only to see that it works")
    chosen = parser.parse_args(arguments)
    plan = TINY if chosen.tiny else QUICK if chosen.quick else Plan()
    progress = Progress()
    try:
        progress.say("Postgres and Redis start")
        others = Others()
        with product.grounds(os.environ) as (place, environ):
            ground = Ground(environ, servers.DATABASE, place.logs)
            figures, baseline, ratios = measure(ground, place.var_dir, plan, progress)
        figures["others_cpu_share"] = others.share()
    except KeyboardInterrupt:
        progress.done()
        return 130
    except (Trouble, OSError) as error:
        progress.done()
        print(error, file=sys.stderr)
        return 1
    progress.done()
    print(table(figures, baseline, ratios))
    print(results.write("engine", figures, baseline, ratios))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
