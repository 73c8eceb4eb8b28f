"""P4 and P7: from the commit to an agent's socket, and what an idle socket weighs.

The product's socket process and a bare server push to the same number of sockets, one after the
other, at the same rate, fed by the same kind of publisher. A frame carries the (machine-wide)
monotonic time at which it was handed over.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import psutil

from bench.figures import latency
from bench.people import API, Floor
from bench.product import Product, bare, finished
from bench.wire import Socket


async def compare(
    product: Product, floor: Floor, sockets: int, rate: float, seconds: float
) -> dict[str, Any]:
    """`{product, bare}`, each with `push_ms` and `kib_per_socket`."""
    people: list[tuple[str, str, str]] = []
    turn = asyncio.Semaphore(16)

    async def come() -> None:
        async with turn:
            found = await floor.http.ok(
                "POST", f"{API}/chat/sessions", {"desk": floor.desk, "name": "Kim"}
            )
            people.append((found["customer"]["id"], found["token"], found["socket"]))

    async with asyncio.TaskGroup() as group:
        for _ in range(sockets):
            group.create_task(come())
    pid = product.pids["sockets"]
    ours = await _measure(
        product, "product", pid, rate, seconds,
        [(f"customer.{id_}", url, {"type": "auth", "token": token}) for id_, token, url in people],
    )  # fmt: skip
    with bare(product.environ["REDIS_URL"]) as (address, bare_pid):
        theirs = await _measure(
            product, "bare", bare_pid, rate, seconds,
            [(f"n{n}", address, {"type": "hello", "channel": f"n{n}"}) for n in range(sockets)],
        )  # fmt: skip
    return {"product": ours, "bare": theirs}


async def _measure(
    product: Product, kind: str, pid: int, rate: float, seconds: float,
    listeners: list[tuple[str, str, dict[str, Any]]],
) -> dict[str, Any]:  # fmt: skip
    taken: list[float] = []

    def heard(at: float, frame: dict[str, Any]) -> None:
        if frame.get("type") == "ticket.left" and frame["ticket_id"] == "bench":
            taken.append(at - float(frame["reason"]))

    # The first sockets pay for imports and connections that all share.
    begin = min(50, len(listeners) // 2)
    open_ = await _connect(listeners[:begin], heard)
    before = psutil.Process(pid).memory_info().rss
    open_ += await _connect(listeners[begin:], heard)
    after = psutil.Process(pid).memory_info().rss
    process = product.inside(
        "push", kind, str(rate), str(seconds), stdin=json.dumps([name for name, *_ in listeners])
    )
    sent = int(await asyncio.to_thread(finished, process))
    await asyncio.sleep(0.5)
    for start in range(0, len(open_), 100):
        await asyncio.gather(*(socket.close() for socket in open_[start : start + 100]))
    return {
        "push_ms": latency(taken),
        "lost": sent - len(taken),
        "kib_per_socket": round((after - before) / 1024 / (len(listeners) - begin), 1),
    }


async def _connect(listeners: list[tuple[str, str, dict[str, Any]]], heard: Any) -> list[Socket]:
    turn = asyncio.Semaphore(32)

    async def one(url: str, first: dict[str, Any]) -> Socket:
        async with turn:
            return await Socket.connect(url, "", heard, first=first)

    return list(await asyncio.gather(*(one(url, first) for _name, url, first in listeners)))
