"""The house that is hurt here: one for all these tests, ready again after each."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from tests import databases
from tests import stack as stacks
from tests.factories import World, make_desk
from tests.faults.house import House, OwnRedis
from tests.plugin import free_ports
from tests.races.promises import broken_promises


@pytest.fixture(scope="package")
def the_house(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Own database, own Redis, own processes."""
    var_dir = tmp_path_factory.mktemp("house")
    web, sockets = free_ports(2)
    with django_db_blocker.unblock(), databases.own_database():
        redis = OwnRedis(var_dir)
        house = House(
            stacks.environ_for(
                settings.DATABASES["default"],
                REDIS_URL=redis.url,
                VAR_DIR=str(var_dir),
                PORT=str(web),
                SOCKET_PORT=str(sockets),
                WEB_WORKERS="1",
                WEB_THREADS="8",
                WORKER_CONCURRENCY="2",
                # The same promises with shorter times: nobody wants to wait for two minutes.
                HEARTBEAT_S="2",
                RECONNECT_GRACE_S="2",
                CONVERSATION_GRACE_S="4",
                CANARY_MAX_AGE_S="3",
                # Its writers write faster than people may: how much they get in depends on how
                # fast the machine is, and a refusal would be read as a loss.
                RATE_LIMITS="off",
            ),
            var_dir,
        )
        house.redis = redis
        house.start()
        watcher = house.watch()
        try:
            house.wait_ready(within=90)
            yield house
        finally:
            house.end(watcher)


@pytest.fixture
def house(the_house: House) -> Iterator[House]:
    """Everything runs, before and after; and whatever was done to it, every promise holds."""
    the_house.wait_ready(within=60)
    yield the_house
    the_house.wait_ready(within=60)
    assert broken_promises() == []


@pytest.fixture
def world(house: House) -> Iterator[World]:
    """A desk of this test's own in the house; closed afterwards."""
    made = World(make_desk())
    yield made
    made.close()
