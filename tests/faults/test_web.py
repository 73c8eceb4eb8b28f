"""Postgres drops every line, web is told to stop, sockets break: what was acknowledged is there."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.factories import World
from tests.faults.history import History
from tests.faults.house import House, Phone, offered, patience, timed
from tests.faults.test_worker import on_duty
from tests.figures import figure
from tests.people import CustomerClient
from tests.stack import until


@contextmanager
def writers(
    house: House, world: World, count: int
) -> Iterator[list[tuple[CustomerClient, History]]]:
    """Customers who write without a pause for the length of the block."""
    over = threading.Event()
    pairs = [(CustomerClient.asking(house, world.desk.key), History()) for _ in range(count)]

    def write(kim: CustomerClient, history: History) -> None:
        number = 0
        while not over.is_set():
            number += 1
            path = f"/chat/tickets/{kim.ticket['id']}/messages"
            history.say(kim, "kim", path, f"message {number}")
            over.wait(0.02)  # a fast typist's pace

    threads = [threading.Thread(target=write, args=pair, daemon=True) for pair in pairs]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(len(history.operations) > 3 for _, history in pairs), within=patience(5))
        yield pairs
    finally:
        over.set()
        for thread in threads:
            thread.join(90)


def go_on(pairs: list[tuple[CustomerClient, History]], count: int) -> bool:
    """Whether each writer was acknowledged `count` more times."""
    before = [sum(o.outcome == "ok" for o in history.operations) for _, history in pairs]
    until(
        lambda: all(
            sum(o.outcome == "ok" for o in history.operations) >= was + count
            for was, (_, history) in zip(before, pairs, strict=True)
        ),
        within=patience(10),
    )
    return True


def check(pairs: list[tuple[CustomerClient, History]]) -> None:
    """Each history against what is stored."""
    for kim, history in pairs:
        messages: list[dict[str, object]] = []
        while page := kim.messages(after=len(messages)):
            messages += page
        assert history.wrong(messages) == []
        assert {o.outcome for o in history.operations} <= {"ok", "unknown"}


def test_no_acknowledged_message_is_lost_when_postgres_drops_every_line(
    house: House, world: World
) -> None:
    alice = on_duty(house, world)
    phone = Phone(alice).connect()
    with writers(house, world, 2) as pairs:
        for _ in range(3):
            assert house.kill_connections() > 0
            with timed(patience(10)) as took:
                go_on(pairs, 3)
        mo = CustomerClient.asking(house, world.desk.key)
        offered(alice, mo.ticket["id"], within=patience(10))
    figure("recovery_s", round(took["s"], 2))
    figure("unknown", sum(o.outcome == "unknown" for _, h in pairs for o in h.operations))
    check(pairs)
    phone.hang_up()


def test_a_request_that_is_under_way_is_answered_when_web_is_told_to_stop(
    house: House, world: World
) -> None:
    kim = CustomerClient.asking(house, world.desk.key)
    history = History()
    with house.connection() as own, own.transaction():
        # Hold the ticket, so that the request is inside when the signal comes.
        own.execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR UPDATE", [kim.ticket["id"]])
        path = f"/chat/tickets/{kim.ticket['id']}/messages"
        body = {"client_id": str(uuid.uuid4()), "text": "Are you there?"}
        poster = threading.Thread(
            target=history.call,
            args=("kim", "say", "Are you there?", lambda: kim.call("POST", path, body)),
            daemon=True,
        )
        poster.start()
        with house.connection() as observer:
            until(
                lambda: observer.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                ).fetchone(),
                within=patience(3),
            )
        web = house.processes.pop("web")
        web.terminate()
    with timed(10) as took:
        poster.join(10)
        web.wait(10)
    figure("drained_s", round(took["s"], 2))
    house.start("web")
    assert [operation.outcome for operation in history.operations] == ["ok"]
    until(house.is_ready, within=patience(20), every=0.1)
    assert history.wrong(kim.messages()) == []


def test_web_restarted_under_load_loses_and_doubles_nothing(house: House, world: World) -> None:
    with writers(house, world, 3) as pairs:
        with timed(10) as took:
            web = house.processes.pop("web")
            web.terminate()
            web.wait(10)
        house.start("web")
        go_on(pairs, 3)
    figure("drained_s", round(took["s"], 2))
    check(pairs)


def test_a_chat_is_gapless_after_its_line_broke(house: House, world: World) -> None:
    alice = on_duty(house, world)
    kim = CustomerClient.asking(house, world.desk.key)
    page = Phone(kim).connect()
    offer = offered(alice, kim.ticket["id"], within=patience(3))
    assert alice.accept(offer["id"]).status_code == 200
    alice.say(kim.ticket["id"], "one")
    seen = page.wait("message.posted", patience(3))["message"]["seq"]
    page.cut()
    for text in ("two", "three", "four"):
        alice.say(kim.ticket["id"], text)
    page.connect()
    missed = kim.messages(after=seen)
    assert [message["text"] for message in missed] == ["two", "three", "four"]
    alice.say(kim.ticket["id"], "five")
    assert page.wait("message.posted", patience(3))["message"]["seq"] == missed[-1]["seq"] + 1
    page.hang_up()


def test_a_reader_who_does_not_read_holds_up_nobody_else(house: House, world: World) -> None:
    alice = on_duty(house, world)
    kim, lee = (CustomerClient.asking(house, world.desk.key) for _ in range(2))
    for each in (kim, lee):
        offer = offered(alice, each.ticket["id"], within=patience(3))
        assert alice.accept(offer["id"]).status_code == 200
    # Her library stops reading after 16 frames, then the kernel's buffers fill.
    deaf, page = Phone(kim).connect(), Phone(lee).connect()
    for number in range(30):
        alice.say(kim.ticket["id"], f"{number} " + "x" * 19_000)
    started = time.perf_counter()
    alice.say(lee.ticket["id"], "Can you hear me?")
    page.wait("message.posted", patience(1), ticket_id=lee.ticket["id"])
    figure("behind_a_slow_reader_s", round(time.perf_counter() - started, 3))
    assert len(kim.messages()) == 31
    deaf.hang_up()
    page.hang_up()
