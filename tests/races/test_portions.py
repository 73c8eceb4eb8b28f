"""Waves that match ahead of what they write: nothing of the forecast is believed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from dispatch import waves
from dispatch.models import Offer
from tests.factories import World
from tests.races import prepare
from tests.races.planting import caught
from tests.races.portions import everything_against_a_wave_in_portions
from tests.races.promises import broken_promises
from tests.stack import environ_for, until

PORTION = 4
# The server holds the locks of other tests' databases too.
HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
ALONE = f"""
import django
django.setup(set_prefix=False)
from dispatch import waves
waves.MOST = {PORTION}
waves.run()
"""


@pytest.fixture
def in_portions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Small portions; the list tells how many tickets went that way at a time."""
    seen: list[int] = []
    usual = waves.offer_in_portions

    def counting(here: Any, waiting: Any, *more: Any) -> tuple[int, int]:
        seen.append(len(waiting))
        return usual(here, waiting, *more)

    monkeypatch.setattr(waves, "MOST", PORTION)
    monkeypatch.setattr(waves, "offer_in_portions", counting)
    yield seen
    assert max(seen) > PORTION, "no wave ran in portions: this test has shown nothing"


def test_whatever_changes_meanwhile_breaks_no_promise(world: World, in_portions: list[int]) -> None:
    wrong = everything_against_a_wave_in_portions(world, 12)
    assert not wrong, "\n".join(wrong[:20])


def test_offers_to_customers_who_left_are_caught_when_tickets_are_not_looked_at_again(
    world: World, in_portions: list[int], rewritten: Callable[[str, str], None]
) -> None:
    rewritten("AND t.state || '' = 'waiting'", "")
    assert caught(everything_against_a_wave_in_portions, world, 12)


def test_each_ticket_of_a_long_line_gets_one_offer_and_its_log(
    world: World, in_portions: list[int]
) -> None:
    for capacity in (30, 20):
        world.agent(online=True, capacity=capacity)
    prepare.tickets(world, 45)
    assert waves.run() == 45
    assert Offer.objects.filter(state="pending").values("ticket_id").distinct().count() == 45
    assert not broken_promises()


def test_a_failed_portion_ends_the_wave_and_the_next_one_makes_up_for_it(
    world: World, in_portions: list[int], rewritten: Callable[[str, str], None]
) -> None:
    world.agent(online=True, capacity=50)
    prepare.tickets(world, 20)
    with connection.cursor() as cursor:
        # The third portion finds a full disk, or what else a database may come to.
        cursor.execute(
            f"""CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN IF (SELECT count(*) FROM dispatch_offer) > {2 * PORTION}
                THEN RAISE 'no space'; END IF; RETURN NULL; END $$;
                CREATE TRIGGER full_disk AFTER INSERT ON dispatch_offer
                FOR EACH STATEMENT EXECUTE FUNCTION full_disk();"""
        )
    with pytest.raises(Exception, match="no space"):
        waves.run()
    assert Offer.objects.count() == 2 * PORTION
    assert not broken_promises()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {HERE}")
        assert cursor.fetchone()[0] == 0
        cursor.execute("DROP TRIGGER full_disk ON dispatch_offer")
    assert waves.run() == 20 - 2 * PORTION
    assert not broken_promises()


def test_a_worker_killed_between_two_portions_loses_nothing(world: World, in_portions: Any) -> None:
    alice = world.agent("Alice", online=True, capacity=30)
    world.agent("Bob", online=True, capacity=30)
    prepare.tickets(world, 40)
    environ = {
        **os.environ, **environ_for(connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip
    # Whoever holds her presence holds the portion up that is being written.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM agents_presence WHERE agent_id = %s FOR UPDATE", [alice.pk])
        worker = subprocess.Popen([sys.executable, "-c", ALONE], env=environ)

        def stuck() -> bool:
            cursor.execute(
                f"SELECT count(*) FROM pg_locks WHERE NOT granted AND (database IS NULL OR {HERE})"
            )
            return bool(cursor.fetchone()[0])

        try:
            until(stuck, within=30)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            cursor.execute("COMMIT")
    waves.run()
    assert Offer.objects.filter(state="pending").values("ticket_id").distinct().count() == 40
    assert Offer.objects.count() == 40
    assert not broken_promises()
