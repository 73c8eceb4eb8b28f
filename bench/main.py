"""The load benchmark: `make bench`, or `python -m bench.main [--quick] [--only NAME,…]`.

Starts a stack of its own (data with fsync, in a temporary folder, stopped and removed afterwards)
or drives the one at BENCH_URL, over real HTTP and real sockets on this machine. Prints a table and
leaves `bench/results/latest.json`. What can be compared is measured in the same run on the same
machine, because absolute figures move with whatever else it does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from bench import measures, pgclaim, product, pushes, results
from bench.figures import Neighbours, Progress
from bench.people import Floor
from bench.product import Product
from bench.wire import Http, Refused
from ops.errors import Trouble

NAMES = ("bare", "idle", "busy", "conversations", "starts", "messages", "push", "crowd")


@dataclass(frozen=True)
class Plan:
    """How much of everything. Rates are per second; a measure ends by count or by time."""

    agents: int = 50
    capacity: int = 20
    idle: int = 150
    busy_rate: float = 27
    busy_s: float = 20
    busy_messages: int = 10
    loop_s: float = 15
    loop_customers: int = 24
    loop_messages: int = 6
    start_customers: int = 24
    starts: int = 900
    messages_s: float = 10
    talks: int = 60
    sockets: int = 1000
    push_rate: float = 200
    push_s: float = 10
    crowd: int = 2000
    bare_s: int = 4
    starts_s: float = 12


QUICK = Plan(
    idle=40, busy_s=6, loop_s=5, starts=400, messages_s=3, talks=30, sockets=300, push_s=3,
    crowd=0, bare_s=2, starts_s=5,
)  # fmt: skip
TINY = Plan(
    agents=2, idle=3, busy_rate=4, busy_s=1, busy_messages=2, loop_s=1, loop_customers=2,
    loop_messages=2, start_customers=2, starts=6, messages_s=0.5, talks=3, sockets=20,
    push_rate=40, push_s=0.5, crowd=0, bare_s=1, starts_s=2,
)  # fmt: skip


async def measure(
    target: Product, plan: Plan, only: Sequence[str] = NAMES, progress: Progress | None = None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, float]]:
    """(figures, baseline, ratios) of one run. Raises `Trouble`, or Refused for a wrong answer."""
    say = (progress or Progress(quiet=True)).say
    figures: dict[str, Any] = {}
    baseline: dict[str, Any] = {}
    neighbours = Neighbours()
    say("baselines: an empty view, one statement of pgbench")
    http = Http(target.url)
    if "bare" in only:
        baseline["empty_view_per_s"] = await measures.requests(http, "/healthz", 16, plan.bare_s)
        if target.var_dir is not None:
            baseline["pgbench_claims_per_s"] = await asyncio.to_thread(
                pgclaim.claims_per_s, target.environ["DATABASE_URL"], target.var_dir, plan.bare_s
            )
    say(f"{plan.agents} agents come to work")
    # All of them new ones: the demo people take fewer at once than the measures count on.
    world = await asyncio.to_thread(target.world, plan.agents, plan.capacity)
    people = world["agents"][-plan.agents :]
    floor = Floor(http, world["desk"])
    session = await http.ok("POST", "/api/v1/chat/sessions", {"desk": floor.desk})
    sockets = str(session["socket"]).removesuffix("/ws/chat/")
    try:
        await floor.staff(people, sockets)
        await _measure_floor(target, plan, only, floor, figures, say)
        if "push" in only and "sockets" in target.pids:
            say(f"push to {plan.sockets} sockets, and by the bare server")
            pushed = await pushes.compare(target, floor, plan.sockets, plan.push_rate, plan.push_s)
            figures["push"], baseline["push"] = pushed["product"], pushed["bare"]
        if "crowd" in only and plan.crowd:
            say(f"{plan.crowd} agents come to work")
            world = await asyncio.to_thread(
                target.world, plan.crowd - len(world["agents"]), plan.capacity
            )
            await floor.staff(world["agents"][len(people) :], sockets)
            say(f"chats started and assigned at {len(floor.agents)} agents")
            await _measure_starts(target, plan, floor, plan.starts * 3, figures, "_crowd")
    finally:
        neighbours.note(list(target.pids.values()))
        await floor.go_home()
        http.close()
    figures["others_cpu_share"] = neighbours.share()
    return figures, baseline, _ratios(figures, baseline)


async def _measure_floor(
    target: Product, plan: Plan, only: Sequence[str], floor: Floor, figures: dict[str, Any],
    say: Any,
) -> None:  # fmt: skip
    await measures.offers_one_at_a_time(floor, min(10, plan.idle))  # warms caches up
    if "idle" in only:
        say("one customer at a time")
        figures |= await measures.offers_one_at_a_time(floor, plan.idle)
    if "busy" in only:
        say(f"{plan.busy_rate:g} conversations a second, {plan.busy_messages} messages each")
        figures["busy"] = await measures.at_rate(
            floor, plan.busy_rate, plan.busy_s, plan.busy_messages
        )
    if "conversations" in only:
        say("whole conversations, as many as go through")
        figures |= await measures.conversations(
            floor, plan.loop_customers, plan.loop_s, plan.loop_messages, target.pids
        )
    if "starts" in only:
        say(f"chats started and assigned at {len(floor.agents)} agents")
        await _measure_starts(target, plan, floor, plan.starts, figures, "")
    if "messages" in only:
        say("messages, as many as go through")
        figures["messages"] = await measures.messages(floor, plan.talks, 12, plan.messages_s)


async def _measure_starts(
    target: Product, plan: Plan, floor: Floor, count: int, figures: dict[str, Any], crowd: str
) -> None:
    for name, by_hand in (("accepted", True), ("assigned", False)):
        found = await measures.starts(
            floor, plan.start_customers, count, plan.starts_s, target.pids, by_hand=by_hand
        )
        figures[f"starts_{name}_per_s{crowd}"] = found["per_s"]
        figures[f"cpu_ms_per_start_{name}{crowd}"] = found["cpu_ms"]
    # What is compared with products that assign without asking.
    figures[f"starts_per_s{crowd}"] = figures[f"starts_assigned_per_s{crowd}"]


def _ratios(figures: dict[str, Any], baseline: dict[str, Any]) -> dict[str, float]:
    """What follows from both, named after the promise."""
    ratios: dict[str, float] = {}
    if "push" in figures:
        ours, bare = figures["push"], baseline["push"]
        ratios["P4"] = ours["push_ms"]["p99"] / bare["push_ms"]["p99"]
        ratios["P4_p50"] = ours["push_ms"]["p50"] / bare["push_ms"]["p50"]
        if bare["kib_per_socket"] > 0:
            ratios["P7"] = ours["kib_per_socket"] / bare["kib_per_socket"]
    if "starts_per_s" in figures:
        if "empty_view_per_s" in baseline:
            # A start is two requests.
            ratios["starts_vs_empty_view"] = (
                2 * figures["starts_per_s"] / baseline["empty_view_per_s"]
            )
        if "pgbench_claims_per_s" in baseline:
            ratios["starts_vs_pgbench_claim"] = (
                figures["starts_per_s"] / baseline["pgbench_claims_per_s"]
            )
        if "starts_per_s_crowd" in figures:
            ratios["starts_crowd_vs_few"] = figures["starts_per_s_crowd"] / figures["starts_per_s"]
    return {name: round(value, 3) for name, value in ratios.items()}


def table(figures: dict[str, Any], baseline: dict[str, Any], ratios: dict[str, float]) -> str:
    """All of it for a person, aims beside figures."""
    rows: list[tuple[str, str, str]] = []

    def pair(label: str, samples: dict[str, float] | None, aim: str = "") -> None:
        if samples:
            text = f"{samples['p50']:.1f} / {samples['p99']:.1f} ms"
            rows.append((label, f"{text}  (n={samples['n']:.0f})", aim))

    def one(label: str, value: Any, unit: str = "/s", aim: str = "") -> None:
        if value is not None:
            rows.append((label, f"{value:,.1f}{unit}", aim))

    def costs(name: str) -> None:
        if spent := figures.get(name):
            one("  its processor time", spent["all_but_load"], " ms")
            parts = ", ".join(
                f"{kind} {ms:.1f}" for kind, ms in spent.items() if kind != "all_but_load"
            )
            rows.append(("  of which", parts, ""))

    pair("offer after the POST's answer, idle", figures.get("offer_latency_ms"), "p99 <= 10")
    pair("offer after the POST was sent, idle", figures.get("offer_from_post_ms"))
    pair("message to the other side, idle", figures.get("message_latency_ms"), "p99 <= 7")
    pair("session and ticket POST, idle", figures.get("start_post_ms"))
    pair("accept POST, idle", figures.get("accept_ms"))
    if busy := figures.get("busy"):
        at = f"at {busy['rate']:g} conversations/s"
        one(f"carried {at}", busy["kept"] * 100, " %", "100")
        pair(f"offer {at}", busy["offer_latency_ms"], "p99 <= 50")
        pair(f"message {at}", busy["message_latency_ms"], "p99 <= 50")
    one("conversations, the whole way", figures.get("conversations_per_s"), aim=">= 27")
    costs("cpu_ms_per_conversation")
    for crowd, who in (("", ""), ("_crowd", ", a crowd of agents")):
        one(f"chats started and assigned{who}", figures.get(f"starts_per_s{crowd}"), aim="~ 400")
        costs(f"cpu_ms_per_start_assigned{crowd}")
        by_hand = figures.get(f"starts_accepted_per_s{crowd}")
        one(f"chats started and accepted by hand{who}", by_hand)
        costs(f"cpu_ms_per_start_accepted{crowd}")
    if talk := figures.get("messages"):
        one("messages", talk["per_s"], aim=">= 750")
        pair("message at that rate", talk["latency_ms"])
    if push := figures.get("push"):
        pair("commit to socket", push["push_ms"])
        pair("bare server to socket", baseline["push"]["push_ms"])
        one("idle socket", push["kib_per_socket"], " KiB")
        one("idle socket of the bare server", baseline["push"]["kib_per_socket"], " KiB")
    one("empty view", baseline.get("empty_view_per_s"))
    one("pgbench, one statement an assignment", baseline.get("pgbench_claims_per_s"))
    for name, value in ratios.items():
        rows.append((f"ratio {name}", f"{value:.3f}", {"P4": "<= 3", "P7": "<= 3"}.get(name, "")))
    one("others' share of the cores meanwhile", figures["others_cpu_share"] * 100, " %")
    width = max(len(label) for label, *_ in rows)
    return "\n".join(f"{label:<{width}}  {value:<28} {aim}".rstrip() for label, value, aim in rows)


def main(arguments: Sequence[str]) -> int:
    """Run it; 1 with a sentence when it can't."""
    parser = argparse.ArgumentParser(prog="bench.main", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute at most")
    parser.add_argument("--tiny", action="store_true", help="seconds: only to see that it works")
    parser.add_argument("--only", default=",".join(NAMES), help=f"of {','.join(NAMES)}")
    chosen = parser.parse_args(arguments)
    only = tuple(chosen.only.split(","))
    if unknown := set(only) - set(NAMES):
        parser.error(f"--only knows {', '.join(NAMES)}, not {', '.join(sorted(unknown))}")
    plan = TINY if chosen.tiny else QUICK if chosen.quick else Plan()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    progress = Progress()
    try:
        progress.say("the stack starts")
        with product.running(os.environ) as target:
            figures, baseline, ratios = uvloop.run(measure(target, plan, only, progress))
            progress.say("the stack stops")
    except KeyboardInterrupt:
        progress.done()
        return 130
    except (Trouble, Refused, OSError, ExceptionGroup) as error:
        progress.done()
        print(_sentence(error), file=sys.stderr)
        return 1
    progress.done()
    print(table(figures, baseline, ratios))
    print(results.write("latest", figures, baseline, ratios))
    return 0


def _sentence(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, Trouble | Refused):
        return str(error)
    if not isinstance(error, OSError):
        raise error
    return f"The product stopped answering ({type(error).__name__}: {error}): look into its logs."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
