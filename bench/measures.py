"""What is measured on the running product, each measure bounded in count and in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bench.figures import Meter, latency
from bench.people import Floor, Talk
from bench.wire import Http

TALKING = ("agent", "customer")


async def offers_one_at_a_time(floor: Floor, count: int) -> dict[str, Any]:
    """P5 and P6, idle: a customer at a time; the next one comes when this one is through."""
    offers, from_post, messages, posts, accepts = [], [], [], [], []
    for number in range(count):
        talk = await floor.ask()
        offered = await floor.offered(talk.ticket)
        offers.append(max(0.0, offered.at - talk.answered))
        from_post.append(offered.at - talk.sent)
        posts.append(talk.answered - talk.sent)
        floor._offers[talk.ticket] = _done(offered)
        begun = time.monotonic()
        await talk.accepted()
        accepts.append(time.monotonic() - begun)
        await talk.listen()
        messages += [await talk.say(TALKING[number % 2]) for _ in range(2)]
        await talk.resolve()
    return {
        "offer_latency_ms": latency(offers),
        "offer_from_post_ms": latency(from_post),
        "message_latency_ms": latency(messages),
        "start_post_ms": latency(posts),
        "accept_ms": latency(accepts),
    }


async def at_rate(floor: Floor, per_s: float, seconds: float, messages: int) -> dict[str, Any]:
    """P5 and P6 under load: conversations begin at a fixed rate, whatever becomes of the others.

    `kept` is the share of the rate that was carried to its end in time.
    """
    offers: list[float] = []
    spoken: list[float] = []
    ended = 0
    begun = time.monotonic()

    async def one() -> None:
        nonlocal ended
        talk = await floor.ask()
        _, offered = await asyncio.gather(talk.listen(), talk.accepted())
        offers.append(max(0.0, offered.at - talk.answered))
        for number in range(messages):
            spoken.append(await talk.say(TALKING[number % 2]))
        await talk.resolve()
        if time.monotonic() - begun <= seconds + 1:
            ended += 1

    running = set()
    for number in range(int(per_s * seconds)):
        if (wait := begun + number / per_s - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)
    await _settled(running)
    return {
        "rate": per_s,
        "kept": round(ended / int(per_s * seconds), 3),
        "offer_latency_ms": latency(offers),
        "message_latency_ms": latency(spoken),
    }


async def conversations(
    floor: Floor, customers: int, seconds: float, messages: int, pids: Mapping[str, int]
) -> dict[str, Any]:
    """Conversations a second carried through the whole way, by `customers` who come in turn.

    With the processor time that one of them costs, by kind of process.

    Nobody comes after `seconds`; who is there is still served, and counts.
    """
    ended = 0
    meter = Meter(pids)
    begun = last = time.monotonic()

    async def customer() -> None:
        nonlocal ended, last
        while time.monotonic() - begun < seconds:
            talk = await floor.ask()
            await asyncio.gather(talk.listen(), talk.accepted())
            for number in range(messages):
                await talk.say(TALKING[number % 2])
            await talk.resolve()
            ended += 1
            last = time.monotonic()

    async with asyncio.TaskGroup() as group:
        for _ in range(customers):
            group.create_task(customer())
    return {
        "conversations_per_s": round(ended / (last - begun), 1),
        "cpu_ms_per_conversation": meter.milliseconds(ended),
    }


async def starts(
    floor: Floor,
    customers: int,
    count: int,
    seconds: float,
    pids: Mapping[str, int],
    *,
    by_hand: bool,
) -> dict[str, Any]:
    """Chats that were started, offered and accepted: at most `count`, for `seconds`; how many a
    second, and the processor time that one of them costs by kind of process.

    `by_hand` the agents accept with a call of their own; else their apps accept as soon as they have
    drawn the offer, as other products assign without asking. They stay open while it is measured and
    are ended afterwards, so `count` must fit into the agents' slots.
    """
    if not by_hand:
        await floor.accept_by_themselves(True)
    open_: list[Talk] = []
    left = count
    meter = Meter(pids)
    begun = last = time.monotonic()

    async def customer() -> None:
        nonlocal left, last
        while left > 0 and time.monotonic() - begun < seconds:
            left -= 1
            talk = await floor.ask()
            await (talk.accepted() if by_hand else talk.assigned())
            last = time.monotonic()
            open_.append(talk)

    async with asyncio.TaskGroup() as group:
        for _ in range(customers):
            group.create_task(customer())
    rate, spent = len(open_) / (last - begun), meter.milliseconds(len(open_))
    await _each(open_, lambda talk: talk.resolve(), at_once=16)
    if not by_hand:
        await floor.accept_by_themselves(False)
    return {"per_s": round(rate, 1), "cpu_ms": spent}


async def messages(floor: Floor, talks: int, at_once: int, seconds: float) -> dict[str, Any]:
    """Messages a second that are stored and stand on the other side, in `talks` conversations."""
    open_ = [await floor.ask() for _ in range(talks)]
    await _each(open_, _join, at_once=8)
    spoken: list[float] = []
    begun = time.monotonic()

    async def talker(mine: list[Talk]) -> None:
        number = 0
        while time.monotonic() - begun < seconds:
            number += 1
            spoken.append(await mine[number % len(mine)].say(TALKING[number % 2]))

    async with asyncio.TaskGroup() as group:
        lanes = min(at_once, talks)
        for lane in range(lanes):
            group.create_task(talker(open_[lane::lanes]))
    rate = len(spoken) / (time.monotonic() - begun)
    await _each(open_, lambda talk: talk.resolve(), at_once=16)
    return {"per_s": round(rate, 1), "latency_ms": latency(spoken)}


async def requests(http: Http, path: str, at_once: int, seconds: float) -> float:
    """GETs a second of one address."""
    done = 0
    begun = time.monotonic()

    async def caller() -> None:
        nonlocal done
        while time.monotonic() - begun < seconds:
            await http.ok("GET", path)
            done += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(caller())
    return round(done / (time.monotonic() - begun), 1)


async def _join(talk: Talk) -> None:
    await asyncio.gather(talk.listen(), talk.accepted())


async def _each(
    talks: list[Talk], action: Callable[[Talk], Awaitable[Any]], *, at_once: int
) -> None:
    turn = asyncio.Semaphore(at_once)

    async def one(talk: Talk) -> None:
        async with turn:
            await action(talk)

    async with asyncio.TaskGroup() as group:
        for talk in talks:
            group.create_task(one(talk))


async def _settled(tasks: set[asyncio.Task[None]]) -> None:
    """All tasks have ended; the first error of one is raised."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _done(value: Any) -> asyncio.Future[Any]:
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
