"""As next door, for what an agent carries: each plants a bug that its contest must find."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from agents import presence
from agents.models import Presence
from core.states import Stale
from dispatch import queries, waves
from dispatch.actions import claiming
from tests.factories import World
from tests.races import capacity
from tests.races.planting import caught


def test_an_offer_that_outlives_the_last_slot_is_caught_when_wake_looks_before_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    retake = presence.retake_slots

    def unlocked(agent_id: UUID, slots: int) -> int:
        row = Presence.objects.get(pk=agent_id)
        retake(agent_id, slots)
        return max(0, row.load + slots - row.capacity)

    monkeypatch.setattr(presence, "retake_slots", unlocked)
    assert caught(capacity.wake_against_wave, world, 30)


def test_deadlocks_are_caught_when_wake_waits_for_offers(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    rewritten(
        "ORDER BY delivered_at IS NOT NULL, made_at DESC, id\n               "
        "FOR NO KEY UPDATE SKIP LOCKED",
        "ORDER BY id FOR NO KEY UPDATE",
    )
    assert caught(capacity.wake_against_accept, world, 20)


def test_a_slot_taken_twice_is_caught_when_wake_does_not_compare(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    # Two that saw it idle: neither holds the ticket, and neither asks again.
    rewritten("SELECT 1 FROM tickets_ticket WHERE id = %s FOR NO KEY UPDATE", "SELECT %s::uuid")
    rewritten("AND idle_since IS NOT NULL FOR NO KEY UPDATE", "AND idle_since IS NOT NULL")
    assert caught(capacity.two_wakes, world, 20)


def test_an_idle_conversation_that_owes_is_caught_when_rest_holds_no_ticket(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    rewritten("ORDER BY t.id LIMIT %s FOR NO KEY UPDATE OF t SKIP LOCKED", "ORDER BY t.id LIMIT %s")
    assert caught(capacity.rest_against_message, world, 30)


def test_an_extension_that_gives_nothing_is_caught_when_the_end_holds_no_row(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    rewritten("LIMIT 500 FOR NO KEY UPDATE", "LIMIT 500")
    assert caught(capacity.extension_against_the_end, world, 40)


def test_slots_freed_twice_are_caught_when_done_holds_no_row(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    rewritten("LIMIT 1 FOR NO KEY UPDATE OF a", "LIMIT 1")
    assert caught(capacity.done_against_done, world, 20)


def test_more_than_the_cap_is_caught_when_a_wave_does_not_count_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waves, "within_limits", lambda matches, waiting: matches)
    assert caught(capacity.claim_against_wave_under_a_cap, world, 25)


def test_more_than_the_cap_is_caught_when_a_claim_counts_before_it_holds_the_agent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = queries.queue_to_take

    def early(agent_id: UUID, ticket_id: UUID) -> Any:
        queue = find(agent_id, ticket_id)
        if queue and queries.taken_of([queue.id], [agent_id]):
            raise Stale("waiting")
        return queue

    monkeypatch.setattr(claiming, "_refuse_beyond_cap", lambda agent_id, queue: None)
    monkeypatch.setattr(queries, "queue_to_take", early)
    assert caught(capacity.claims_for_the_last_place, world, 20)


def test_who_is_never_done_is_caught_when_an_idle_end_does_not_hold_her(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = presence.free_slots
    monkeypatch.setattr(
        presence, "free_slots", lambda held: free([each for each in held if each[1]])
    )
    assert caught(capacity.the_last_two_of_who_finishes, world, 2)
