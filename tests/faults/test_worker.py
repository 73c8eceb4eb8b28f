"""The worker dies, beat doubles or dies, wake-ups are lost: the tick moves everything on."""

import os
import signal
import subprocess
from pathlib import Path

import httpx
import psutil

from dispatch import waves
from ops.processes import commands
from tests.factories import PASSWORD, World
from tests.faults.house import House, Phone, offered, patience, timed
from tests.figures import figure
from tests.people import AgentClient, CustomerClient
from tests.stack import until


def on_duty(house: House, world: World, name: str = "Alice") -> AgentClient:
    """An agent who is online."""
    agent = AgentClient(house, world.agent(name), PASSWORD)
    agent.go("online")
    return agent


def test_a_worker_killed_in_a_wave_delays_the_offer_by_five_seconds_at_most(
    house: House, world: World
) -> None:
    alice = on_duty(house, world)
    with house.waves_held() as a_wave_waits:
        kim = CustomerClient.asking(house, world.desk.key)
        until(a_wave_waits, within=patience(3))
        house.stop("worker", with_signal=signal.SIGKILL)
        house.start("worker")
    with timed(patience(5)) as took:
        offered(alice, kim.ticket["id"], within=patience(5))
    figure("recovery_s", round(took["s"], 2))


def test_a_killed_child_of_the_worker_delays_the_offer_by_five_seconds_at_most(
    house: House, world: World
) -> None:
    alice = on_duty(house, world)
    with house.waves_held() as a_wave_waits:
        kim = CustomerClient.asking(house, world.desk.key)
        until(a_wave_waits, within=patience(3))
        children = psutil.Process(house.processes["worker"].pid).children()
        for child in children[:1]:
            child.kill()
    with timed(patience(5)) as took:
        offered(alice, kim.ticket["id"], within=patience(5))
    figure("recovery_s", round(took["s"], 2))


def test_without_a_beat_wake_ups_still_dispatch(house: House, world: World) -> None:
    alice = on_duty(house, world)
    house.stop("beat")
    try:
        kim = CustomerClient.asking(house, world.desk.key)
        offered(alice, kim.ticket["id"], within=patience(2))
    finally:
        house.start("beat")


def test_two_beats_do_no_harm(house: House, world: World, tmp_path: Path) -> None:
    argv = commands(house.environ)["beat"]
    argv[argv.index("--schedule") + 1] = str(tmp_path / "schedule")
    with (tmp_path / "log").open("wb") as log:
        second = subprocess.Popen(argv, env=house.environ, stdout=log, stderr=log)
    try:
        alice = on_duty(house, world)
        for _ in range(5):
            kim = CustomerClient.asking(house, world.desk.key)
            offer = offered(alice, kim.ticket["id"], within=patience(3))
            assert alice.accept(offer["id"]).status_code == 200
            alice.ok(
                "POST", f"/agent/tickets/{kim.ticket['id']}/resolve", {"disposition": "solved"}
            )
        assert second.poll() is None
    finally:
        os.kill(second.pid, signal.SIGTERM)
        second.wait(10)


def test_a_ticket_whose_wake_up_was_lost_is_offered_by_the_tick(house: House, world: World) -> None:
    alice = on_duty(house, world)
    with house.redis.client() as redis:
        # The flag says for ever that a wave is on its way: every wake-up believes it.
        redis.set(waves.WAKE_KEY, 1)
        with timed(patience(3)) as took:
            kim = CustomerClient.asking(house, world.desk.key)
            redis.set(waves.WAKE_KEY, 1)
            offered(alice, kim.ticket["id"], within=patience(3))
        redis.delete(waves.WAKE_KEY)
    figure("offered_s", round(took["s"], 2))


def test_readyz_turns_red_without_a_worker_and_green_with_one(house: House) -> None:
    house.stop("worker", with_signal=signal.SIGKILL)
    try:

        def red() -> bool:
            answer = httpx.get(f"{house.url}/readyz", timeout=3)
            return answer.status_code == 503 and answer.json()["worker"] is False

        until(red, within=patience(5), every=0.1)
        assert httpx.get(f"{house.url}/healthz", timeout=3).status_code == 200
    finally:
        house.start("worker")
    until(house.is_ready, within=patience(10), every=0.1)


def test_an_offer_on_a_line_that_broke_goes_to_another(house: House, world: World) -> None:
    alice = on_duty(house, world, "Alice")
    phone = Phone(alice).connect()
    kim = CustomerClient.asking(house, world.desk.key)
    offer = phone.wait("offer.made", patience(3))["offer"]
    bob = on_duty(house, world, "Bob")
    phone.cut()
    # The grace is 2 s here (5 s as delivered), then the tick takes it back and offers it anew.
    with timed(patience(5)) as took:
        offered(bob, kim.ticket["id"], within=patience(5))
    figure("re-offered_s", round(took["s"], 2))
    assert alice.accept(offer["id"]).status_code == 409


def test_an_offer_that_nobody_answers_goes_to_another_within_two_seconds_of_its_deadline(
    house: House, world: World
) -> None:
    world.desk.queues.update(offer_timeout_s=5)
    alice = on_duty(house, world, "Alice")
    phone = Phone(alice).connect()
    kim = CustomerClient.asking(house, world.desk.key)
    phone.wait("offer.made", patience(3))
    bob = on_duty(house, world, "Bob")
    with timed(5 + patience(2)) as took:
        offered(bob, kim.ticket["id"], within=5 + patience(2))
    figure("after_deadline_s", round(took["s"] - 5, 2))
    phone.wait("offer.ended", patience(2), state="expired")
    phone.hang_up()


def test_conversations_of_an_agent_who_stays_lost_go_to_another(house: House, world: World) -> None:
    alice = on_duty(house, world, "Alice")
    kim = CustomerClient.asking(house, world.desk.key)
    offer = offered(alice, kim.ticket["id"], within=patience(3))
    assert alice.accept(offer["id"]).status_code == 200
    bob = on_duty(house, world, "Bob")
    with house.connection() as own:
        own.execute(
            """UPDATE agents_presence SET last_seen_at = clock_timestamp() - interval '61 s'
               WHERE agent_id = %s""",
            [alice.agent.pk],
        )
    offered(bob, kim.ticket["id"], within=patience(4))
    assert kim.refresh()["state"] == "waiting"
