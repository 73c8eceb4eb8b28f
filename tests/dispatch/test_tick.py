"""The tick repeats what every wake-up does: a lost message costs one tick, a doubled one nothing."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from agents.models import Presence
from core import redis as hints
from dispatch import tasks, waves
from dispatch.models import Canary
from tests.agents.test_heartbeat import broken, silent
from tests.dispatch.test_accept import run_out
from tests.office import Heard, Office, some_id
from tests.stack import until


def tick_until(done: Any) -> None:
    """Tick until this is so: another process's tick may hold the lock for a moment."""
    until(lambda: (tasks.tick(), done())[1])


def test_a_tick_alone_makes_the_offers(office: Office) -> None:
    kim, _alice = office.asks(), office.works("Alice")
    tick_until(lambda: office.offer_of(kim.ticket))


def test_a_tick_makes_the_offers_although_a_wake_up_seems_to_be_on_its_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waves, "WAKE_KEY", f"flagdown:wave:{some_id()}")
    hints.client().set(waves.WAKE_KEY, 1)
    kim, _alice = office.asks(), office.works("Alice")
    tick_until(lambda: office.offer_of(kim.ticket))
    assert hints.client().get(waves.WAKE_KEY) is None


def test_a_tick_ends_what_ran_out_and_asks_the_next(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    run_out(alice.offer()["id"])
    bob = office.works("Bob")
    tick_until(lambda: bob.me()["offers"])
    assert bob.offer()["ticket"] == str(kim.ticket.pk)
    assert alice.me()["offers"] == []


def test_a_tick_sweeps_the_silent_and_returns_what_they_held(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    silent(alice, 121)
    tick_until(lambda: kim.now()["state"] == "waiting")
    assert alice.me()["presence"] == "offline"
    bob = office.works("Bob")
    tick_until(lambda: bob.me()["offers"])


def test_a_tick_takes_offers_from_broken_lines(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    broken(alice, 6)
    tick_until(lambda: office.offer_of(kim.ticket) is None)


def test_a_tick_takes_offers_that_a_crash_left_with_someone_who_has_gone(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    Presence.objects.filter(pk=alice.agent.pk).update(state="paused")
    tick_until(lambda: office.offer_of(kim.ticket) is None)
    assert alice.me()["load"] == 0


def test_a_tick_tells_the_waiting_where_they_stand_and_only_when_it_changed(
    office: Office, heard: Heard
) -> None:
    kim, lee = office.asks(), office.asks()
    tick_until(lambda: heard.by(lee.customer))
    assert heard.by(lee.customer)[-1]["ticket"]["position"] == 2
    heard.forget()
    tasks.tick()
    assert heard.by(lee.customer) == []
    kim.ok("POST", f"{kim.here}/close", {})
    tick_until(lambda: heard.by(lee.customer))
    assert heard.by(lee.customer)[-1]["ticket"]["position"] == 1


def test_a_tick_writes_down_that_it_ran(office: Office) -> None:
    Canary.objects.all().delete()
    tick_until(Canary.objects.filter(name="tick").exists)


def test_a_broken_step_does_not_stop_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_step() -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(tasks, "STEPS", (broken_step, *tasks.STEPS))
    kim, _alice = office.asks(), office.works("Alice")
    tick_until(lambda: office.offer_of(kim.ticket))
    assert "tick: broken_step failed" in caplog.text


def test_a_second_tick_does_nothing_while_one_runs(office: Office) -> None:
    kim, _alice = office.asks(), office.works("Alice")
    given = connection.get_connection_params()
    params = {name: given[name] for name in ("dbname", "user", "host", "port") if given.get(name)}
    with psycopg.connect(**params, autocommit=True) as other:
        until(
            lambda: other.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", [waves.LOCK_NAMESPACE, waves.TICK]
            ).fetchone()[0]  # type: ignore[index]
        )
        tasks.tick()
        assert office.offer_of(kim.ticket) is None
    tick_until(lambda: office.offer_of(kim.ticket))


@pytest.mark.parametrize("step", tasks.STEPS[:-1], ids=lambda step: step.__name__)
def test_a_step_run_twice_equals_once(office: Office, step: Any) -> None:
    _kim, alice = office.talk()
    lost, ringing, broken_line = office.works("Lost"), office.works("Bob"), office.works("Charlie")
    for _ in range(6):
        office.asks()
    waves.run()
    run_out(ringing.me()["offers"][0]["id"])
    broken(broken_line, 6)
    silent(lost, 61)
    silent(alice, 121)
    step()
    with office.unchanged():
        step()


def test_a_burst_of_wake_ups_is_one_message_and_a_wave_opens_the_way_for_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(waves, "WAKE_KEY", f"flagdown:wave:{some_id()}")
    monkeypatch.setattr(tasks.wave, "apply_async", lambda **options: sent.append(options))
    for _ in range(5):
        tasks._wake_now()
    assert len(sent) == 1
    tasks.wave()
    tasks._wake_now()
    assert len(sent) == 2
    assert "expires" not in sent[0], "a worker whose clock is ahead would drop it"


def test_no_request_fails_when_the_broker_is_away(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(**_options: Any) -> None:
        raise tasks.wave.OperationalError("no broker")

    monkeypatch.setattr(waves, "WAKE_KEY", f"flagdown:wave:{some_id()}")
    monkeypatch.setattr(tasks.wave, "apply_async", away)
    tasks._wake_now()
    assert "the tick will do it" in caplog.text
