"""An agent who owes an answer is nudged twice; then somebody else gets the conversation."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from dispatch import tasks, waves
from dispatch.models import CoolDown
from tests.agents.test_heartbeat import broken, silent
from tests.office import AgentCaller, CustomerCaller, Heard, Office, some_id
from tickets import actions
from tickets.models import Assignment, Queue, Ticket


def owing(ticket: Ticket, seconds: float) -> None:
    """Its customer has waited this much longer for an answer."""
    ago = timedelta(seconds=seconds)
    Ticket.objects.filter(pk=ticket.pk).update(owed_since=F("owed_since") - ago)
    Assignment.objects.filter(ticket=ticket, ended_at=None).update(nudged_at=F("nudged_at") - ago)


def look() -> None:
    """What a tick does about the silent."""
    actions.nudge_silent()
    actions.hand_over_silent()


def nudges(heard: Heard, alice: AgentCaller) -> list[int]:
    """The reminders that reached her phone."""
    return [frame["nth"] for frame in heard.by(alice.agent) if frame["type"] == "ticket.nudged"]


@pytest.fixture
def talk(office: Office, heard: Heard) -> tuple[CustomerCaller, AgentCaller]:
    """Kim waits for Alice's first word."""
    return office.talk()


def test_silent_owner_is_nudged_twice_and_then_the_next_agent_gets_it(
    talk: tuple[CustomerCaller, AgentCaller], office: Office, heard: Heard
) -> None:
    kim, alice = talk
    asked = Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    owing(kim.ticket, 121)
    look()
    assert nudges(heard, alice) == [1]
    owing(kim.ticket, 120)
    look()
    look()
    assert nudges(heard, alice) == [1, 2]
    (mine,) = alice.me()["tickets"]
    (_, last) = (frame for frame in heard.by(alice.agent) if frame["type"] == "ticket.nudged")
    assert (mine["nudges"], mine["hand_over_at"]) == (2, last["hand_over_at"])
    owing(kim.ticket, 120)
    bob = office.works("Bob")
    look()
    assert heard.by(alice.agent)[-1] == {
        "type": "ticket.left",
        "ticket_id": str(kim.ticket.pk),
        "reason": "silent",
    }
    assert (kim.now()["state"], alice.me()["load"]) == ("waiting", 0)
    assert Ticket.objects.get(pk=kim.ticket.pk).waiting_since == asked
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)


def test_who_was_silent_is_not_asked_again_for_a_while_and_is_no_wish(
    talk: tuple[CustomerCaller, AgentCaller], office: Office
) -> None:
    kim, alice = talk
    owing(kim.ticket, 3600)
    look()
    assert kim.now()["state"] == "active", "the second nudge was made a moment ago"
    owing(kim.ticket, 20)
    look()
    waves.run()
    assert alice.me()["offers"] == []
    (cooling,) = CoolDown.objects.filter(ticket=kim.ticket)
    left = Assignment.objects.get(ticket=kim.ticket).ended_at
    assert left is not None
    assert (cooling.until - left).total_seconds() == pytest.approx(
        settings.SILENT_COOL_DOWN_S, abs=2
    )
    assert Ticket.objects.get(pk=kim.ticket.pk).previous_agent_id is None


def test_the_second_and_the_third_owner_are_judged_alike_without_end(
    talk: tuple[CustomerCaller, AgentCaller], office: Office, heard: Heard
) -> None:
    kim, alice = talk
    team = [alice, office.works("Bob"), office.works("Charlie")]
    for _ in range(4):
        owner = Ticket.objects.get(pk=kim.ticket.pk).agent_id
        (holder,) = (each for each in team if each.agent.pk == owner)
        for seconds in (130, 130, 130):
            owing(kim.ticket, seconds)
            look()
        assert nudges(heard, holder)[-2:] == [1, 2]
        assert kim.now()["state"] == "waiting"
        CoolDown.objects.filter(ticket=kim.ticket).exclude(agent=holder.agent).delete()
        waves.run()
        (ringing,) = (each for each in team if each.me()["offers"])
        ringing.ok("POST", f"/agent/offers/{ringing.offer()['id']}/accept", {})
    assert Assignment.objects.filter(ticket=kim.ticket, reason="silent").count() == 4


def test_an_answer_ends_the_debt_and_the_next_question_begins_another(
    talk: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = talk
    owing(kim.ticket, 250)
    look()
    assert nudges(heard, alice) == [2], "both were due, and one is enough"
    answer = {"client_id": some_id(), "text": "Hi"}
    alice.ok("POST", f"/agent{kim.here[5:]}/messages", answer, 201)
    (mine,) = alice.me()["tickets"]
    assert (mine["owed_since"], mine["nudges"], mine["hand_over_at"]) == (None, 0, None)
    look()
    kim.say("And my parcel?")
    (mine,) = alice.me()["tickets"]
    assert mine["owed_since"] is not None
    assert mine["nudges"] == 0
    owing(kim.ticket, 130)
    look()
    assert nudges(heard, alice) == [2, 1]


def test_a_message_that_shows_nothing_is_no_answer(
    talk: tuple[CustomerCaller, AgentCaller], office: Office
) -> None:
    kim, alice = talk
    with office.unchanged():
        for nothing in ("", " \n", "\u200b", "\u00ad\u2060", "\u3164", "\ufe0f", "\u2800", "\x01"):
            body = {"client_id": some_id(), "text": nothing}
            alice.refused(400, "POST", f"/agent{kim.here[5:]}/messages", body)
    assert alice.me()["tickets"][0]["owed_since"] is not None
    for words in (".", "\u2764\ufe0f", "\u200f\u05e9"):
        body = {"client_id": some_id(), "text": words}
        assert alice.ok("POST", f"/agent{kim.here[5:]}/messages", body, 201)["text"] == words


def test_more_questions_do_not_make_the_debt_younger(
    talk: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = talk
    owing(kim.ticket, 119)
    kim.say("Hello?")
    owing(kim.ticket, 2)
    look()
    assert nudges(heard, alice) == [1]


@pytest.mark.parametrize("how", ["broken", "lost"])
def test_while_a_line_is_recovered_nobody_is_nudged_and_nothing_is_taken(
    talk: tuple[CustomerCaller, AgentCaller], heard: Heard, how: str
) -> None:
    kim, alice = talk
    owing(kim.ticket, 400)
    if how == "broken":
        broken(alice, 3)
    else:
        silent(alice, 61)
        tasks.presence.sweep()
    look()
    assert nudges(heard, alice) == []
    assert kim.now()["state"] == "active"
    # Back on the line, she hears the reminder and has a moment for what she wrote meanwhile.
    tasks.presence.connect(alice.agent.pk)
    look()
    look()
    assert nudges(heard, alice) == [2]
    assert kim.now()["state"] == "active"
    owing(kim.ticket, 16)
    look()
    assert kim.now()["state"] == "waiting"


def test_whose_line_breaks_again_and_again_keeps_a_silent_conversation_for_the_grace_time_only(
    talk: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = talk
    owing(kim.ticket, 360 + settings.CONVERSATION_GRACE_S - 10)
    broken(alice, 3)
    look()
    assert (nudges(heard, alice), kim.now()["state"]) == ([], "active")
    owing(kim.ticket, 20)
    look()
    assert nudges(heard, alice) == [2], "she is told also when no line of hers may be there"
    assert kim.now()["state"] == "active"
    owing(kim.ticket, 16)
    look()
    assert kim.now()["state"] == "waiting"


def test_zero_is_never(talk: tuple[CustomerCaller, AgentCaller], heard: Heard) -> None:
    kim, alice = talk
    queue = Queue.objects.filter(pk=kim.ticket.queue_id)
    queue.update(nudge_after_s=0, second_nudge_after_s=0, hand_over_after_s=0)
    owing(kim.ticket, 86_400)
    look()
    assert (nudges(heard, alice), kim.now()["state"]) == ([], "active")
    assert alice.me()["tickets"][0]["hand_over_at"] is None
    queue.update(second_nudge_after_s=60)
    look()
    assert nudges(heard, alice) == [1]
    queue.update(second_nudge_after_s=0, hand_over_after_s=60)
    look()
    assert kim.now()["state"] == "waiting", "no nudge is asked for, so none is missing"


@pytest.mark.parametrize(
    ("first", "second", "hand_over", "late"),
    [(120, 240, 360, 0), (120, 240, 250, 0), (0, 0, 90, 0), (60, 0, 90, 40), (120, 240, 360, 200)],
)
def test_what_the_phone_shows_is_when_it_happens(
    talk: tuple[CustomerCaller, AgentCaller], first: int, second: int, hand_over: int, late: int
) -> None:
    kim, alice = talk
    Queue.objects.filter(pk=kim.ticket.queue_id).update(
        nudge_after_s=first, second_nudge_after_s=second, hand_over_after_s=hand_over
    )
    owing(kim.ticket, max(first, second) + late)
    look()
    shown = alice.me()["tickets"][0]["hand_over_at"]
    due = Ticket.objects.extra(
        select={"s": "extract(epoch FROM %s::timestamptz - clock_timestamp())"},
        select_params=[shown],
    ).values_list("s", flat=True)
    left = float(due.get(pk=kim.ticket.pk))
    assert left > 0
    owing(kim.ticket, left - 3)
    look()
    assert kim.now()["state"] == "active"
    owing(kim.ticket, 4)
    look()
    assert kim.now()["state"] == "waiting"


def test_a_tick_looks_after_hundreds_in_a_handful_of_statements(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    team = [office.works(capacity=20) for _ in range(2)]
    line = [office.asks() for _ in range(30)]
    waves.run()
    for each in team:
        for offer in each.me()["offers"]:
            each.ok("POST", f"/agent/offers/{offer['id']}/accept", {})
    Ticket.objects.filter(pk__in=[kim.ticket.pk for kim in line]).update(
        owed_since=Now() - timedelta(seconds=130)
    )
    with django_assert_max_num_queries(6):
        assert actions.nudge_silent() == 30
