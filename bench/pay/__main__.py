"""`python -m bench.pay [--tiny]`: what money costs; a table, and `bench/results/pay.json`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import product, results
from bench.engine.stage import Ground
from bench.figures import Others, Progress
from ops import env, servers
from ops.errors import Trouble


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    tickets: int = 2400
    block: int = 25
    entries: int = 1_000_000
    agents: int = 1000
    lines: int = 10_000
    looks: int = 500
    posts: int = 60


TINY = Plan(tickets=120, block=10, entries=4000, agents=60, lines=300, looks=40, posts=5)


def measure(
    ground: Ground, plan: Plan, progress: Progress | None = None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, float]]:
    """(figures, baseline, ratios) of one run. Raises `Trouble`."""
    say = (progress or Progress(quiet=True)).say
    say(f"{plan.tickets} conversations are resolved, every other block without pay")
    with ground.measure() as place:
        resolved = _inside(place.environ, "resolve", tickets=plan.tickets, block=plan.block)
    say(f"a ledger of {plan.entries} entries")
    with ground.measure() as place:
        ledger = _inside(
            place.environ, "ledger", entries=plan.entries, agents=plan.agents, lines=plan.lines,
            looks=plan.looks, posts=plan.posts,
        )  # fmt: skip
    figures = {
        "resolve_ms": resolved["with_ms"],
        "resolve_cpu_ms": resolved["with_cpu_ms"],
        "resolve_latency_ms": resolved["with"],
        "booked": resolved["booked"],
        "balance_1m_ms": ledger["balance_p99_ms"],
        "ledger": ledger,
    }
    baseline = {
        "resolve_without_pay_ms": resolved["without_ms"],
        "resolve_without_pay_cpu_ms": resolved["without_cpu_ms"],
        "resolve_latency_ms": resolved["without"],
    }
    ratios = {
        "resolve_with_pay": resolved["with_ms"] / resolved["without_ms"],
        "resolve_with_pay_p50": resolved["with"]["p50"] / resolved["without"]["p50"],
        "resolve_with_pay_cpu": resolved["with_cpu_ms"] / resolved["without_cpu_ms"],
    }
    return figures, baseline, {name: round(ratio, 3) for name, ratio in ratios.items()}


def _inside(environ: Mapping[str, str], verb: str, **plan: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.pay.inside", verb, json.dumps(plan)],
        cwd=env.REPOSITORY, env=dict(environ), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        raise Trouble(f"The measure {verb!r} failed; its reason stands above.")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def table(figures: dict[str, Any], baseline: dict[str, Any], ratios: dict[str, float]) -> str:
    """All of it for a person, aims beside figures."""
    ledger = figures["ledger"]
    rows = [
        ("resolving with pay", f"{figures['resolve_ms']:.2f} ms", ""),
        ("resolving without", f"{baseline['resolve_without_pay_ms']:.2f} ms", ""),
        ("ratio, mean", f"{ratios['resolve_with_pay']:.3f}", "<= 1.2"),
        ("ratio, p50", f"{ratios['resolve_with_pay_p50']:.3f}", ""),
        ("ratio, processor time", f"{ratios['resolve_with_pay_cpu']:.3f}", ""),
        ("a balance, p50", f"{ledger['balance_ms']:.2f} ms", f"of {ledger['entries']:,} entries"),
        ("a balance, p99", f"{figures['balance_1m_ms']:.2f} ms", "< 5"),
        ("statement as PDF", f"{ledger['statement_pdf_s']:.2f} s", f"{ledger['statement_rows']:,} rows; < 2"),
        ("statement as CSV", f"{ledger['statement_csv_s']:.2f} s", ""),
        ("postings in sets of 50", f"{ledger['posted_per_s']:,.0f}/s", ""),
        ("audit of all balances", f"{ledger['audit_s']:.2f} s", ""),
    ]  # fmt: skip
    if (others := figures.get("others_cpu_share")) is not None:
        rows.append(("others' share of the cores meanwhile", f"{others * 100:.0f} %", ""))
    width = max(len(label) for label, *_ in rows)
    return "\n".join(f"{label:<{width}}  {value:<12} {aim}".rstrip() for label, value, aim in rows)


def main(arguments: Sequence[str]) -> int:
    """Run it; 1 with a sentence when it can't."""
    parser = argparse.ArgumentParser(prog="bench.pay", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tiny", action="store_true", help="seconds: only to see that it works")
    plan = TINY if parser.parse_args(arguments).tiny else Plan()
    progress = Progress()
    try:
        progress.say("Postgres and Redis start")
        others = Others()
        with product.grounds(os.environ) as (place, environ):
            ground = Ground(environ, servers.DATABASE, place.logs)
            figures, baseline, ratios = measure(ground, plan, progress)
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
    print(results.write("pay", figures, baseline, ratios))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
