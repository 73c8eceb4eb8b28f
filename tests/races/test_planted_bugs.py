"""A checker is believed when it has caught bugs: each of these plants one and runs the contest that
must find it. Where the database has its own promise behind the code's, that is taken away too, in
a database that is thrown away afterwards."""

from collections.abc import Callable
from uuid import UUID

import pytest

from dispatch import waves
from dispatch.actions import accepting
from dispatch.models import Offer
from tests.factories import World
from tests.races import broadcasts, contests
from tests.races.planting import caught, drop

UNHELD = (
    "AND state = ANY(%(allowed)s)\n                FOR NO KEY UPDATE",
    "AND state = ANY(%(allowed)s)",
)


def test_deadlocks_are_caught_when_rows_are_locked_against_foreign_keys(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    # Found by this contest in this project's own code, once.
    rewritten("FOR NO KEY UPDATE", "FOR UPDATE")
    assert caught(contests.accept_against_decline, world, 8)


def test_a_late_accept_is_caught_when_the_deadline_is_not_asked(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    rewritten("AND (r.expires_at > clock_timestamp())", "")
    assert caught(contests.accept_against_expiry, world, 30)


def test_two_agents_on_one_ticket_are_caught_without_the_compare_and_the_index(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    drop("one_active_agent_per_ticket")
    # Read, then write: the state is compared, but nobody holds the row meanwhile.
    rewritten("ORDER BY r.id FOR NO KEY UPDATE", "")
    assert caught(contests.claim_against_claim, world, 30)


def test_a_doubled_offer_is_caught_without_the_lock_and_the_index(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop("one_pending_offer_per_ticket")
    monkeypatch.setattr(waves, "_lock", lambda: None)
    assert caught(contests.wave_against_wave_with_room, world, 12)


def test_a_wave_that_breaks_is_caught_without_the_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The index keeps the promise; the contest still sees that a wave fell over it.
    monkeypatch.setattr(waves, "_lock", lambda: None)
    assert caught(contests.wave_against_wave_with_room, world, 12)


def test_a_broadcast_that_rings_on_is_caught_when_nobody_withdraws_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "_withdraw", lambda offer_ids: [])
    assert caught(broadcasts.accepts_of_a_broadcast, world, 5)


@pytest.mark.parametrize("index", ["", "one_active_agent_per_ticket"], ids=["index", "no index"])
def test_two_winners_of_a_broadcast_are_caught_when_accept_does_not_compare(
    world: World, rewritten: Callable[[str, str], None], index: str
) -> None:
    # With the index in place the second accept falls over it; without it the ticket has two agents.
    if index:
        drop(index)
    rewritten(
        "ANY(ARRAY(SELECT ticket_id FROM asked)) AND r.state = ANY(%s)",
        "ANY(ARRAY(SELECT ticket_id FROM asked)) AND %s IS NOT NULL",
    )
    assert caught(broadcasts.accepts_of_a_broadcast, world, 20)


def test_deadlocks_are_caught_when_an_accept_locks_its_own_offer_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(ticket_id: UUID) -> dict[UUID, UUID]:
        live = Offer.objects.filter(ticket_id=ticket_id, state="pending")
        return dict(live.values_list("id", "agent_id"))

    monkeypatch.setattr(accepting, "_lock_offers", unlocked)
    assert caught(broadcasts.broadcast_accept_against_lost_lines, world, 12)


def test_a_doubled_seq_is_caught_when_the_ticket_is_not_held(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    drop("one_message_per_seq")
    rewritten(*UNHELD)
    assert caught(contests.eight_writers_and_a_reader, world, 25)


def test_a_claim_beyond_capacity_is_caught_without_the_check(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    drop("load_within_capacity")
    rewritten("AND load + %(slots)s <= capacity AND state", "AND state")
    assert caught(contests.claims_for_the_last_slot, world, 10)
