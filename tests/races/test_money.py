"""Sixteen writers on a real Postgres: balances are exact, whoever comes first. And a race that can fail."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.factories import World
from tests.races import money

FACTOR = int(os.environ.get("RACE_FACTOR", "1"))


@pytest.fixture
def wide() -> Any:
    """A connection for each of sixteen writers, so that none waits for another's."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    before = pool["max_size"]
    pool["max_size"] = 20
    yield
    pool["max_size"] = before


def test_payouts_earnings_and_reversals_at_once_leave_the_balance_exact(
    wide: None, world: World
) -> None:
    assert money.payout_against_earning_against_reversal(world, 12 * FACTOR) == []


def test_batches_in_opposite_orders_wait_for_each_other_and_lose_nothing(
    wide: None, world: World
) -> None:
    assert money.batches_in_opposite_orders(world, 15 * FACTOR) == []


def test_a_balance_that_is_read_and_then_written_is_caught(
    wide: None, world: World, rewritten: Callable[[str, str], None]
) -> None:
    """The planted bug: the new balance is worked out from a snapshot, not from the locked row."""
    rewritten(
        "SET amount = b.amount + EXCLUDED.amount",
        """SET amount = (SELECT coalesce(sum(e.amount), 0) FROM pay_entry e
                         WHERE e.account_id = b.account_id) + EXCLUDED.amount""",
    )
    assert money.batches_in_opposite_orders(world, 15)
