"""An idle conversation gives its slot back, and takes it again when somebody writes."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from agents.models import Presence
from dispatch import queries, tasks, waves
from dispatch.models import Canary
from tests.office import AgentCaller, CustomerCaller, Heard, Office, some_id
from tickets import actions
from tickets.models import Assignment, Message, Queue, Ticket

IDLE_S = 600


def answers(kim: CustomerCaller, alice: AgentCaller, text: str = "Have you tried this?") -> None:
    """Alice has spoken last."""
    body = {"client_id": some_id(), "text": text}
    alice.ok("POST", f"/agent{kim.here[5:]}/messages", body, 201)


def age(kim: CustomerCaller, by_s: float) -> None:
    """The last word was said so long ago."""
    Ticket.objects.filter(pk=kim.ticket.pk).update(last_message_at=Now() - timedelta(seconds=by_s))


def fall_idle(kim: CustomerCaller, alice: AgentCaller) -> None:
    """Alice has answered, Kim has been silent, and the tick has seen it."""
    answers(kim, alice)
    age(kim, IDLE_S + 1)
    assert actions.rest_idle() == 1


def tick() -> None:
    """The next one, although the last was a moment ago."""
    Canary.objects.all().delete()
    tasks.tick()


def idle_of(alice: AgentCaller) -> list[bool]:
    """Which of her conversations are idle, oldest first."""
    return [ticket["idle"] for ticket in alice.me()["tickets"]]


def test_the_slot_of_a_silent_customer_goes_to_the_next_and_the_conversation_stays(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(capacity=1)
    answers(kim, alice)
    age(kim, IDLE_S - 10)
    tick()
    assert (idle_of(alice), alice.me()["load"]) == ([False], 1)
    lee = office.asks()
    age(kim, IDLE_S + 1)
    heard.forget()
    tick()
    assert (idle_of(alice), kim.now()["state"]) == ([True], "active")
    assert alice.offer()["ticket"] == str(lee.ticket.pk)
    told = [frame for frame in heard.by(alice.agent) if frame["type"] == "ticket.changed"]
    assert [frame["ticket"]["idle"] for frame in told] == [True]
    assert "ticket.changed" not in heard.kinds(kim.customer)
    heard.forget()
    tick()
    assert "ticket.changed" not in heard.kinds(alice.agent), "told once"
    assert queries.audit() == []


def test_a_conversation_that_owes_an_answer_is_never_idle(office: Office) -> None:
    kim, alice = office.talk()
    age(kim, 10 * IDLE_S)
    assert actions.rest_idle() == 0, "the first answer is owed from the beginning"
    answers(kim, alice)
    kim.say("And now?")
    age(kim, 10 * IDLE_S)
    assert actions.rest_idle() == 0
    answers(kim, alice)
    age(kim, 10 * IDLE_S)
    assert actions.rest_idle() == 1


def test_a_queue_may_let_its_conversations_never_be_idle(office: Office) -> None:
    Queue.objects.filter(desk=office.desk).update(idle_after_s=0)
    kim, alice = office.talk()
    answers(kim, alice)
    age(kim, 86_400)
    assert actions.rest_idle() == 0


@pytest.mark.parametrize("who", ["customer", "agent"])
def test_the_next_word_of_either_side_takes_the_slot_again(
    office: Office, heard: Heard, who: str
) -> None:
    kim, alice = office.talk()
    fall_idle(kim, alice)
    assert alice.me()["load"] == 0
    heard.forget()
    if who == "customer":
        kim.say("Back again")
    else:
        answers(kim, alice, "Are you still there?")
    assert (alice.me()["load"], idle_of(alice)) == (1, [False])
    assert [
        f["ticket"]["idle"] for f in heard.by(alice.agent) if f["type"] == "ticket.changed"
    ] == [False]
    assert len(kim.texts()) == 3, "and it was said once"
    owed = Ticket.objects.get(pk=kim.ticket.pk).owed_since
    assert (owed is not None) == (who == "customer")
    assert queries.audit() == []


def test_a_repeated_message_does_not_wake_it(office: Office) -> None:
    kim, alice = office.talk()
    said = kim.say("Only once")
    fall_idle(kim, alice)
    again = kim.say("Only once", status=200, client_id=said["client_id"])
    assert again == said
    assert (alice.me()["load"], idle_of(alice)) == (0, [True])
    assert Message.objects.filter(ticket=kim.ticket).count() == 3


def test_who_is_full_when_a_customer_comes_back_loses_the_offer_and_no_blame(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(capacity=1)
    fall_idle(kim, alice)
    lee = office.asks()
    waves.run()
    offer = alice.offer()
    heard.forget()
    kim.say("Back again")
    me = alice.me()
    assert (me["load"], me["capacity"], me["offers"], me["missed"]) == (1, 1, [], 0)
    assert {
        "type": "offer.ended",
        "offer_id": offer["id"],
        "state": "rescinded",
        "reason": "customer came back",
    } in heard.by(alice.agent)
    assert not lee.ticket.cool_downs.exists()
    assert heard.wakes >= 1, "and Lee's ticket is matched anew"
    assert queries.audit() == []


def test_as_few_offers_as_make_room_are_taken_back_undrawn_ones_first(office: Office) -> None:
    kim, alice = office.talk()
    fall_idle(kim, alice)
    first = office.asks()
    waves.run()
    assert alice.offer()["ticket"] == str(first.ticket.pk), "fetched, so drawn"
    later = [office.asks() for _ in range(2)]
    waves.run()
    kim.say("Back again")
    left = {offer["ticket"] for offer in alice.me()["offers"]}
    assert str(first.ticket.pk) in left, "her phone rings with this one"
    assert len(left & {str(lee.ticket.pk) for lee in later}) == 1
    assert alice.me()["load"] == 3


def test_load_above_capacity_is_said_and_nothing_new_is_offered_until_it_is_below(
    office: Office,
) -> None:
    kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(capacity=1)
    fall_idle(kim, alice)
    lee = office.asks()
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    kim.say("Back again")
    assert (alice.me()["load"], alice.me()["capacity"]) == (2, 1)
    assert queries.audit() == []
    mia = office.asks()
    waves.run()
    assert alice.me()["offers"] == []
    full = alice.refused(409, "POST", f"/agent/tickets/{mia.ticket.pk}/claim", {})
    assert full["type"].endswith(":full")
    assert "0 of 1 are free" in full["detail"]
    alice.ok("POST", f"/agent{lee.here[5:]}/resolve", {"disposition": "solved"})
    waves.run()
    assert (alice.me()["load"], alice.me()["offers"]) == (1, [])
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    waves.run()
    assert alice.offer()["ticket"] == str(mia.ticket.pk)
    assert queries.audit() == []


def test_a_heavy_conversation_gives_back_and_takes_again_all_its_slots(office: Office) -> None:
    Queue.objects.filter(desk=office.desk).update(slots=2)
    kim, alice = office.talk()
    assert alice.me()["load"] == 2
    fall_idle(kim, alice)
    assert alice.me()["load"] == 0
    kim.say("Back again")
    assert alice.me()["load"] == 2


@pytest.mark.parametrize("how", ["resolve", "release", "close"])
def test_an_idle_conversation_ends_as_any_other(office: Office, how: str) -> None:
    kim, alice = office.talk()
    fall_idle(kim, alice)
    if how == "close":
        kim.ok("POST", f"{kim.here}/close", {})
    else:
        body = {"disposition": "solved"} if how == "resolve" else {}
        alice.ok("POST", f"/agent{kim.here[5:]}/{how}", body)
    assert (alice.me()["load"], alice.me()["tickets"]) == (0, [])
    assert Ticket.objects.get(pk=kim.ticket.pk).idle_since is None
    assert queries.audit() == []


def test_who_finishes_stays_until_her_idle_conversations_have_ended(office: Office) -> None:
    kim, alice = office.talk()
    lee = office.asks()
    alice.ok("POST", f"/agent/tickets/{lee.ticket.pk}/claim", {})
    fall_idle(kim, alice)
    alice.go("finishing")
    alice.ok("POST", f"/agent{lee.here[5:]}/resolve", {"disposition": "solved"})
    assert (alice.me()["presence"], alice.me()["load"]) == ("finishing", 0)
    kim.ok("POST", f"{kim.here}/close", {})
    assert (alice.me()["presence"], alice.me()["reason"]) == ("offline", "finished")


def test_who_has_only_idle_conversations_can_begin_to_finish(office: Office) -> None:
    kim, alice = office.talk()
    fall_idle(kim, alice)
    assert alice.go("finishing")["presence"] == "finishing"
    kim.say("Thank you, that is all")
    assert alice.me()["load"] == 1
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    assert alice.me()["presence"] == "offline"


def test_a_lost_agent_comes_back_to_finishing_her_idle_conversation(office: Office) -> None:
    from agents import presence

    kim, alice = office.talk()
    fall_idle(kim, alice)
    alice.go("finishing")
    Presence.objects.filter(pk=alice.agent.pk).update(last_seen_at=Now() - timedelta(seconds=61))
    presence.sweep()
    presence.touch([alice.agent.pk])
    assert alice.me()["presence"] == "finishing"
    assert kim.now()["state"] == "active"


def test_an_idle_conversation_of_a_lost_agent_wakes_and_goes_back_with_the_others(
    office: Office,
) -> None:
    from agents import presence

    kim, alice = office.talk()
    fall_idle(kim, alice)
    Presence.objects.filter(pk=alice.agent.pk).update(last_seen_at=Now() - timedelta(seconds=61))
    presence.sweep()
    kim.say("Hello?")
    assert Presence.objects.get(pk=alice.agent.pk).load == 1
    Presence.objects.filter(pk=alice.agent.pk).update(last_seen_at=Now() - timedelta(seconds=999))
    tasks.return_conversations()
    assert kim.now()["state"] == "waiting"
    assert Presence.objects.get(pk=alice.agent.pk).load == 0
    assert not Assignment.objects.filter(agent=alice.agent, held__gt=0).exists()
    assert queries.audit() == []


def test_an_answer_is_owed_from_the_customers_first_unanswered_word(office: Office) -> None:
    kim, alice = office.talk()
    answers(kim, alice)
    row = Ticket.objects.get(pk=kim.ticket.pk)
    assert row.owed_since is None
    kim.say("One")
    since = Ticket.objects.get(pk=kim.ticket.pk).owed_since
    kim.say("Two")
    row.refresh_from_db()
    assert row.owed_since == since
    assert row.last_message_at > since
    waiting = office.asks()
    waiting.say("Anybody?")
    assert Ticket.objects.get(pk=waiting.ticket.pk).owed_since is None
