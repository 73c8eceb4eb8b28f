"""The model next door is believed about transfers, holds, batons and silence when it has caught bugs
in them: each is planted, and a way is gone on which it shows."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import World
from tests.invariants.test_model import TEAM, Dispatching
from tickets import baton
from tickets.actions import conversation, moves, opening, ownership

ALICE, BOB, CHARLIE = range(3)
FIRST, SECOND = -2, -1


def kept_for_nobody(module: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """A ticket is never held."""
    return lambda patch: patch.setattr(module, "hold_s", lambda *_args, **_more: None)


def passed_to_who_is_full(model: Dispatching) -> None:
    """Charlie passes it on to Alice, who is there and has no slot; Bob has one."""
    model.chooses(CHARLIE, "online")
    model.claims(CHARLIE, FIRST)
    model.claims(ALICE, SECOND)
    model.lets_go(0, "transfer")


def back_at_who_is_full(model: Dispatching) -> None:
    """Alice has helped, and talks with somebody else as her customer comes back."""
    model.claims(ALICE, FIRST)
    model.lets_go(0, "resolve")
    model.claims(ALICE, SECOND)
    model.comes_back(-1, True)


def passed_on_with_a_promise(model: Dispatching) -> None:
    """Alice promises something, and Bob gets the conversation."""
    model.claims(ALICE, FIRST)
    model.is_passed_on(0)


def answered(model: Dispatching) -> None:
    """Alice has answered."""
    model.claims(ALICE, FIRST)
    model.says(0, "agent")
    model.agrees()


def lost(model: Dispatching) -> None:
    """Alice owes an answer as her line goes."""
    model.claims(ALICE, FIRST)
    model.falls_silent(ALICE)


def silent(model: Dispatching) -> None:
    """Alice says nothing."""
    model.claims(ALICE, FIRST)
    model.owes_an_answer_for_long(0)
    model.wave()


BUGS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], Callable[[Dispatching], None], str]] = {
    "a transfer to a name holds for nobody": (
        kept_for_nobody(moves),
        passed_to_who_is_full,
        "was offered to Bob",
    ),
    "who comes back is kept for nobody": (
        kept_for_nobody(opening),
        back_at_who_is_full,
        "was offered to Bob",
    ),
    "a promise is not handed over": (
        lambda patch: patch.setattr(baton, "FIELDS", ("said", "next_step")),
        passed_on_with_a_promise,
        "came with",
    ),
    "an answer does not end the debt": (
        lambda patch: patch.setitem(
            conversation.OWED, "agent", "first_reply_at = coalesce(first_reply_at, m.at)"
        ),
        answered,
        "owes",
    ),
    "a broken line is nudged": (
        lambda patch: patch.setattr(
            ownership,
            "OWING",
            ownership.OWING.replace("p.state <> 'offline' AND", "").replace(
                "AND p.last_seen_at >", "AND p.last_seen_at <>"
            ),
        ),
        lost,
        "was nudged amiss",
    ),
    "nobody is nudged": (
        lambda patch: patch.setattr(ownership, "DUE", "0"),
        silent,
        "was nudged amiss",
    ),
    "who is silent keeps it": (
        lambda patch: patch.setattr(ownership, "STILL_OWED", "false"),
        silent,
        "was taken",
    ),
}


@pytest.mark.parametrize("bug", [None, *BUGS])
def test_the_model_catches_a_planted_bug_and_nothing_without_one(
    world: World, monkeypatch: pytest.MonkeyPatch, bug: str | None
) -> None:
    def go(way: Callable[[Dispatching], None]) -> None:
        model = Dispatching()
        model.open_the_desk()
        # Nothing goes on, Alice and Bob are there, and two customers come.
        for agent in (ALICE, BOB, CHARLIE):
            model.chooses(agent, "offline")
        for number in range(len(model.talks)):
            model.closes(number)
        model.agrees()  # which notes what has ended
        for agent in (ALICE, BOB):
            model.chooses(agent, "online")
        for _ in (FIRST, SECOND):
            model.opens(True, "general")
        way(model)
        model.agrees()
        model.teardown()

    TEAM.clear()
    if bug is None:
        for _plant, way, _says in BUGS.values():
            go(way)
        return
    plant, way, says = BUGS[bug]
    plant(monkeypatch)
    with pytest.raises(AssertionError, match=says):
        go(way)
