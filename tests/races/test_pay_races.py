"""What work pays, booked by many at once through the real actions: once, and as promised. Then bugs are
planted, and the same contests must find them."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from core import clock
from pay.actions import closing, settling, tipping
from pay.actions.posting import Posted, Posting, post_all
from pay.tariff.types import Terms
from tests.factories import World
from tests.races import pay
from tests.races.planting import caught

CONTESTS = [
    (pay.resolve_against_resolve, 15),
    (pay.resolve_against_transfer, 15),
    (pay.resolve_against_release, 12),
    (pay.resolve_against_leaving, 15),
    (pay.resolve_against_a_move_that_fails, 12),
    (pay.redelivered, 12),
    (pay.tip_against_tip, 15),
    (pay.quest_against_quest, 12),
    (pay.close_against_close_against_late_booking, 10),
]


@pytest.mark.parametrize(
    ("contest", "rounds"), CONTESTS, ids=[contest.__name__ for contest, _rounds in CONTESTS]
)
def test_it_is_booked_once_and_as_promised_whoever_comes_first(
    world: World, contest: Callable[[World, int], list[str]], rounds: int
) -> None:
    wrong = contest(world, rounds)
    assert not wrong, "\n".join(wrong[:20])


def posting_as(monkeypatch: pytest.MonkeyPatch, room: Any, change: Callable[..., Any]) -> None:
    """Plant: what this room posts is changed on the way."""

    def changed(postings: list[Posting], **more: Any) -> list[Posted]:
        return post_all([change(posting) for posting in postings], **more)

    monkeypatch.setattr(room, "post_all", changed)


def test_a_key_without_the_agents_time_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(posting: Posting) -> Posting:
        return replace(posting, key=posting.key.rsplit(":", 1)[0])

    posting_as(monkeypatch, settling, short)
    assert caught(pay.resolve_against_transfer, world, 12)


def test_a_key_that_is_new_each_time_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fresh(posting: Posting) -> Posting:
        return replace(posting, key=f"{posting.key}:{uuid.uuid4().hex[:8]}")

    posting_as(monkeypatch, settling, fresh)
    assert caught(pay.redelivered, world, 3)


def test_a_posting_outside_the_transaction_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(postings: list[Posting], **more: Any) -> None:
        def post() -> None:
            try:
                post_all(postings, **more)
            finally:
                connection.close()

        other = threading.Thread(target=post)
        other.start()
        other.join()

    monkeypatch.setattr(settling, "post_all", elsewhere)
    assert caught(pay.resolve_against_a_move_that_fails, world, 6)


def test_a_promise_that_is_forgotten_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Terms, "guaranteed", property(lambda terms: 0))
    assert caught(pay.resolve_against_resolve, world, 3)


def test_a_quest_without_its_lock_is_caught(
    world: World, rewritten: Callable[[str, str], None]
) -> None:
    rewritten("ORDER BY m.id FOR NO KEY UPDATE OF m", "ORDER BY m.id")
    assert caught(pay.quest_against_quest, world, 15)


def test_a_tip_whose_key_is_not_the_conversations_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = tipping.post

    def fresh(kind: str, key: str, *more: Any, **named: Any) -> Posted:
        return post(kind, f"{key}:{uuid.uuid4().hex[:8]}", *more, **named)

    monkeypatch.setattr(tipping, "post", fresh)
    assert caught(pay.tip_against_tip, world, 10)


def test_a_day_that_is_closed_without_its_lock_is_caught(
    world: World, rewritten: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewritten("LIMIT 21 FOR UPDATE", "LIMIT 21")
    assert caught(pay.close_against_close_against_late_booking, world, 10)


def test_a_day_that_counts_what_came_after_it_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    earned = closing._earned

    def all_of_it(agent_id: Any, begin: Any, end: Any, currency: str) -> int:
        return earned(agent_id, begin, clock.now(), currency)

    monkeypatch.setattr(closing, "_earned", all_of_it)
    assert caught(pay.close_against_close_against_late_booking, world, 10)
