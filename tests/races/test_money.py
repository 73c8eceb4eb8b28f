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


def test_of_sixteen_who_reverse_the_same_one_counts_and_none_fails(
    wide: None, world: World
) -> None:
    assert money.one_reversed_by_all(world, 20 * FACTOR) == []


def test_a_reversal_that_waits_for_one_index_only_is_caught(
    wide: None, world: World, rewritten: Callable[[str, str], None]
) -> None:
    """The planted bug: who comes second meets the first in an index that does not make her wait."""
    rewritten(
        "ON CONFLICT DO NOTHING RETURNING id, at", "ON CONFLICT (key) DO NOTHING RETURNING id, at"
    )
    # Two rounds in a hundred show it on a quiet machine, fewer where others work beside us.
    assert any(money.one_reversed_by_all(world, 20) for _ in range(150))


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
