"""Each promise of the engine (docs/features.md), through the API and sockets of the running product."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from core import clock
from dispatch import queries
from tests.engine.crew import Crew, Phone
from tests.people import in_state
from tests.stack import Stack, until
from tickets.models import LadderStep


@pytest.fixture
def crew(stack: Stack, world: Any) -> Iterator[Crew]:
    """A desk whose people come and go with the test."""
    with ExitStack() as lines:
        yield Crew(stack, world, lines)


def test_exactly_one_agent_wins_and_waiting_time_is_kept(crew: Crew) -> None:
    crew.set(broadcast=3)
    phones = [crew.works(name, capacity=1) for name in ("Alice", "Bob", "Charlie")]
    kim = crew.asks()
    offers = [phone.offered() for phone in phones]
    with ThreadPoolExecutor(3) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].agent.accept(pair[1]["id"]), zip(phones, offers, strict=True)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    winner = next(phone for phone, answer in zip(phones, answers, strict=True) if answer.is_success)
    assert [phone.agent.me()["load"] for phone in phones].count(1) == 1
    waiting_since = winner.agent.me()["tickets"][0]["waiting_since"]
    winner.agent.ok("POST", f"/agent/tickets/{kim.ticket['id']}/release", {})
    others = [phone for phone in phones if phone is not winner]
    assert others[0].takes() == kim.ticket["id"]
    assert others[0].agent.me()["tickets"][0]["waiting_since"] == waiting_since
    assert queries.audit() == []


def test_a_wave_spares_the_rare_speaker_for_who_needs_her(crew: Crew) -> None:
    rare = crew.works("Dana", languages={"en": 5, "is": 5}, capacity=1)
    common = crew.works("Alice", languages={"en": 3}, capacity=1)
    crew.asks("In English", language="en")
    assert common.offered()["language"] == "en"
    crew.asks("Á íslensku", language="is")
    assert rare.offered()["language"] == "is", "she was kept free"


def test_a_ticket_climbs_its_ladder_and_is_never_cancelled(crew: Crew) -> None:
    crew.set(language_level=5)
    for after_s, changes in (
        (1, {"language_level": 3}),
        (2, {"call_in": True, "pay_multiplier": "1.50", "skip_if_nobody": False}),
        (3, {"alert": True, "is_last": True, "skip_if_nobody": False}),
    ):
        LadderStep.objects.create(queue=crew.queue, after_s=after_s, **changes)
    boss = crew.works("Sam", languages={"en": 1}, capacity=1, presence="offline")
    boss.agent.agent.supervises = True
    boss.agent.agent.save()
    relaxed = crew.works("Alice", languages={"en": 3}, capacity=1)
    asleep = crew.works("Bob", languages={"en": 4}, presence="offline")
    first = crew.asks()
    assert relaxed.takes() == first.ticket["id"], "who was not good enough at first"
    second = crew.asks()
    page = crew.page(second)
    call = asleep.line.wait("call_in", 10.0)["call_in"]
    assert (call["ticket"], call["pay_multiplier"]) == (second.ticket["id"], "1.50")
    page.wait("ticket.changed", 10.0, where=lambda frame: frame["ticket"]["later"]["offered"])
    assert second.refresh()["state"] == "waiting"
    boss.agent.go("online")
    assert boss.takes() == second.ticket["id"], "supervisors take what nobody could"


def test_an_urgent_ticket_is_offered_to_several_and_the_losers_are_told(crew: Crew) -> None:
    crew.set(broadcast=2)
    alice, bob = (crew.works(name, capacity=1) for name in ("Alice", "Bob"))
    crew.asks()
    hers, his = alice.offered(), bob.offered()
    assert hers["broadcast"] is his["broadcast"] is True
    assert alice.agent.accept(hers["id"]).status_code == 200
    ended = bob.line.wait("offer.ended", offer_id=his["id"])
    assert (ended["state"], ended["reason"]) == ("rescinded", "taken")
    assert bob.agent.accept(his["id"]).status_code == 409
    assert bob.agent.me()["load"] == 0


def test_a_backlog_drains_at_once_when_capacity_frees_the_oldest_first(crew: Crew) -> None:
    alice = crew.works("Alice", capacity=2)
    asked = [crew.asks(f"Question {number}").ticket["id"] for number in range(5)]
    taken = [alice.takes(), alice.takes()]
    assert taken == asked[:2]
    alice.resolve(taken[0])
    assert alice.takes() == asked[2]
    alice.resolve(taken[1])
    assert alice.takes() == asked[3]


def test_caps_weights_spacing_and_wrap_up_hold(crew: Crew) -> None:
    crew.set(slots=2, wrap_up_s=60)
    alice = crew.works("Alice", capacity=3)
    first, second = crew.asks(), crew.asks()
    ticket = alice.takes()
    assert ticket == first.ticket["id"]
    assert alice.agent.me()["load"] == 2, "one slot is left, and the next takes two"
    alice.resolve(ticket)
    assert alice.agent.me()["load"] == 2, "she is wrapping up"
    alice.agent.ok("POST", f"/agent/tickets/{ticket}/wrapped", {})
    crew.set(agent_cap=1)
    assert alice.takes() == second.ticket["id"]
    crew.set(slots=1)
    third = crew.asks()
    bob = crew.works("Bob", capacity=3)
    assert bob.takes() == third.ticket["id"], "Alice has a slot, but all that one may have of these"
    crew.set(agent_cap=None, spacing_s=60)
    fourth = crew.asks()
    charlie = crew.works("Charlie", capacity=1)
    assert charlie.takes() == fourth.ticket["id"], "the others were offered something just now"


def test_an_idle_conversation_gives_its_slot_back_and_takes_it_when_it_wakes(crew: Crew) -> None:
    crew.set(idle_after_s=1)
    alice = crew.works("Alice", capacity=1)
    kim = crew.asks()
    ticket = alice.takes()
    alice.says(ticket, "Does it blink?")
    lee = crew.asks()
    assert alice.takes() == lee.ticket["id"], "Kim does not answer, so her slot is free"
    kim.say("Yes, it does")
    alice.line.wait("message.posted", ticket_id=ticket)
    me = alice.agent.me()
    assert (me["load"], me["capacity"]) == (2, 1), "both are served, and the load says so"
    assert queries.audit() == []


def test_presence_does_not_lie(crew: Crew) -> None:
    crew.set(offer_timeout_s=1)
    alice = crew.works("Alice", capacity=1)
    with alice.agent.line():
        pass  # an older line that ends does not end the newer one
    for _ in range(2):
        crew.asks()
        alice.offered()
        alice.line.wait("offer.ended", 10.0, state="expired")
    changed = alice.line.wait("presence.changed")
    assert (changed["presence"], changed["reason"]) == ("paused", "missed")
    alice.agent.go("online")
    assert alice.agent.me()["missed"] == 0


def test_a_silent_owner_is_nudged_twice_and_then_replaced_and_so_is_the_next(crew: Crew) -> None:
    crew.set(nudge_after_s=1, second_nudge_after_s=2, hand_over_after_s=3)
    crew_of = {name: crew.works(name, capacity=1) for name in ("Alice", "Bob", "Charlie")}
    kim = crew.asks("It smokes")
    silent: list[Phone] = []
    for _ in range(2):
        phone = taker(crew_of, kim.ticket["id"], silent)
        if silent:
            baton = phone.agent.me()["tickets"][0]["baton"]
            assert baton["from"] == silent[-1].name
            assert "It smokes" in baton["said"] + baton["next_step"]
        for nth in (1, 2):
            phone.line.wait("ticket.nudged", 10.0, nth=nth)
        phone.line.wait("ticket.left", 10.0, reason="silent")
        silent.append(phone)
    last = taker(crew_of, kim.ticket["id"], silent)
    assert last not in silent
    last.says(kim.ticket["id"], "I am here")
    assert last.agent.me()["tickets"][0]["hand_over_at"] is None


def taker(phones: dict[str, Phone], ticket: str, silent: list[Phone]) -> Phone:
    """Whoever is offered the ticket next takes it."""

    def found() -> Phone | None:
        for phone in phones.values():
            offers = [] if phone in silent else phone.agent.me()["offers"]
            if any(offer["ticket"] == ticket for offer in offers):
                assert phone.takes() == ticket
                return phone
        return None

    taken = until(found, every=0.1)
    assert taken is not None
    return taken


def test_a_customer_who_is_passed_on_or_comes_back_meets_the_right_person(crew: Crew) -> None:
    alice, bob = crew.works("Alice", capacity=2), crew.works("Bob", capacity=2, presence="offline")
    kim = crew.asks()
    page = crew.page(kim)
    ticket = alice.takes()
    bob.agent.go("online")
    body = {"agent": str(bob.agent.agent.pk), "note": "Ask Bob", "promised": "a call today"}
    alice.agent.ok("POST", f"/agent/tickets/{ticket}/transfer", body)
    assert bob.takes() == ticket
    assert bob.agent.me()["tickets"][0]["baton"]["promised"] == "a call today"
    bob.resolve(ticket)
    page.wait("ticket.changed", where=in_state("resolved"))
    crew.works("Charlie", capacity=2)
    first = {"client_id": str(uuid.uuid4()), "text": "It is back", "human": True}
    again = kim.ok("POST", "/chat/tickets", first)
    assert bob.takes() == again["id"], "she knows Bob, and Bob is there"
    assert bob.agent.me()["tickets"][0]["follows"] == ticket


def test_a_decision_is_explained_and_a_day_can_be_played_again(crew: Crew) -> None:
    begin = clock.now() - timedelta(seconds=1)
    alice = crew.works("Alice", languages={"en": 5})
    paused = crew.works("Bob")
    paused.agent.go("paused")
    kim = crew.asks()
    ticket = alice.takes()
    assert alice.agent.ok("GET", f"/agent/tickets/{ticket}/why")["outcome"] == "you"
    other = paused.agent.ok("GET", f"/agent/tickets/{ticket}/why")
    assert other["sentences"] == ["You had paused then."]
    alice.resolve(ticket)
    shown = StringIO()
    call_command(
        "replay", "--from", begin.isoformat(), "--to", clock.now().isoformat(),
        "--weights", '{"idle": 3}', stdout=shown,
    )  # fmt: skip
    assert "as it was" in shown.getvalue()
    assert kim.refresh()["state"] == "resolved"
