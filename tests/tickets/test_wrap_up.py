"""Wrap-up: after the end a conversation holds its slots for a while, so that it can be written down."""

from datetime import datetime, timedelta

import pytest
from django.db.models.functions import Now

from agents.models import Presence
from dispatch import queries, waves
from tests.office import AgentCaller, CustomerCaller, Heard, Office
from tests.tickets.test_idle import fall_idle, tick
from tickets import actions
from tickets.models import Assignment, Queue


@pytest.fixture
def wrapping(office: Office) -> tuple[CustomerCaller, AgentCaller]:
    """Kim's conversation has been resolved, and Alice, who has one slot, wraps it up."""
    Queue.objects.filter(desk=office.desk).update(wrap_up_s=90, wrap_up_extension_s=60)
    kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(capacity=1)
    alice.ok("POST", here(kim, "resolve"), {"disposition": "solved"})
    return kim, alice


def here(kim: CustomerCaller, verb: str) -> str:
    """The agent's address of Kim's conversation."""
    return f"/agent{kim.here[5:]}/{verb}"


def run_out(kim: CustomerCaller) -> None:
    """Its time is over."""
    Assignment.objects.filter(ticket=kim.ticket).update(
        wrap_until=Now() - timedelta(milliseconds=1)
    )


def seconds(later: str, earlier: datetime) -> float:
    """From a time of ours to one on the wire."""
    return (datetime.fromisoformat(later) - earlier).total_seconds()


def test_the_slot_is_free_once_the_wrap_up_is_over(
    office: Office, wrapping: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = wrapping
    assert kim.now()["state"] == "resolved", "for the customer it has ended"
    lee = office.asks()
    tick()
    me = alice.me()
    assert (me["load"], me["offers"], me["tickets"]) == (1, [], [])
    (shown,) = me["wrapping"]
    assert shown["ticket"] == str(kim.ticket.pk)
    assert (shown["topic_name"], shown["customer"], shown["may_extend"]) == (
        "General",
        {"name": "Kim"},
        True,
    )
    ended_at = Assignment.objects.get(ticket=kim.ticket).ended_at
    assert ended_at is not None
    assert 89.9 < seconds(shown["until"], ended_at) < 90.1
    run_out(kim)
    heard.forget()
    tick()
    assert heard.kinds(alice.agent)[0] == "wrap_up.ended"
    assert alice.me()["wrapping"] == []
    assert alice.offer()["ticket"] == str(lee.ticket.pk)
    assert queries.audit() == []


@pytest.mark.parametrize("how", ["resolve", "close"])
def test_both_ends_of_a_conversation_start_it_and_the_agent_is_told(
    office: Office, heard: Heard, how: str
) -> None:
    Queue.objects.filter(desk=office.desk).update(wrap_up_s=90)
    kim, alice = office.talk()
    heard.forget()
    if how == "close":
        kim.ok("POST", f"{kim.here}/close", {})
    else:
        alice.ok("POST", here(kim, "resolve"), {"disposition": "solved"})
    (told,) = (f for f in heard.by(alice.agent) if f["type"] == "wrap_up.started")
    assert (told["ticket_id"], told["may_extend"]) == (str(kim.ticket.pk), True)
    assert "wrap_up.started" not in heard.kinds(kim.customer)
    assert alice.me()["load"] == 1
    assert queries.audit() == []


@pytest.mark.parametrize("how", ["release", "none"])
def test_what_goes_on_elsewhere_or_has_no_wrap_up_frees_its_slot_at_once(
    office: Office, how: str
) -> None:
    Queue.objects.filter(desk=office.desk).update(wrap_up_s=90 if how == "release" else 0)
    kim, alice = office.talk()
    if how == "release":
        alice.ok("POST", here(kim, "release"), {})
    else:
        alice.ok("POST", here(kim, "resolve"), {"disposition": "solved"})
    assert (alice.me()["load"], alice.me()["wrapping"]) == (0, [])
    for verb in ("wrapped", "extend"):
        problem = alice.refused(409, "POST", here(kim, verb), {})
        assert problem["state"] == ("waiting" if how == "release" else "resolved")


def test_done_early_frees_the_slot_and_saying_so_again_changes_nothing(
    office: Office, wrapping: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = wrapping
    heard.forget()
    done = alice.ok("POST", here(kim, "wrapped"), {})
    assert (done["ticket"], done["may_extend"]) == (str(kim.ticket.pk), False)
    assert heard.by(alice.agent) == [{"type": "wrap_up.ended", "ticket_id": str(kim.ticket.pk)}]
    assert heard.wakes == 1
    assert (alice.me()["load"], alice.me()["wrapping"]) == (0, [])
    with office.unchanged():
        assert alice.ok("POST", here(kim, "wrapped"), {}) == done
    assert queries.audit() == []


def test_more_time_can_be_taken_once(
    office: Office, wrapping: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = wrapping
    before = Assignment.objects.get(ticket=kim.ticket).wrap_until
    assert before is not None
    heard.forget()
    more = alice.ok("POST", here(kim, "extend"), {})
    assert (seconds(more["until"], before), more["may_extend"]) == (
        pytest.approx(60, abs=0.01),
        False,
    )
    assert heard.by(alice.agent) == [
        {
            "type": "wrap_up.started",
            "ticket_id": str(kim.ticket.pk),
            "until": more["until"],
            "may_extend": False,
        }
    ]
    with office.unchanged():
        assert alice.ok("POST", here(kim, "extend"), {}) == more, "again adds nothing"
    assert alice.me()["wrapping"][0]["may_extend"] is False


def test_what_is_over_cannot_be_extended_swept_or_not(
    office: Office, wrapping: tuple[CustomerCaller, AgentCaller]
) -> None:
    kim, alice = wrapping
    run_out(kim)
    for _ in range(2):
        problem = alice.refused(409, "POST", here(kim, "extend"), {})
        assert (problem["state"], "over" in problem["detail"]) == ("resolved", True)
        actions.end_wrap_ups()
    assert alice.me()["load"] == 0


def test_a_queue_may_allow_no_extension(
    office: Office, wrapping: tuple[CustomerCaller, AgentCaller]
) -> None:
    kim, alice = wrapping
    Queue.objects.filter(desk=office.desk).update(wrap_up_extension_s=0)
    assert alice.me()["wrapping"][0]["may_extend"] is False
    with office.unchanged():
        alice.refused(409, "POST", here(kim, "extend"), {})


def test_only_its_agent_has_a_wrap_up(
    office: Office, wrapping: tuple[CustomerCaller, AgentCaller]
) -> None:
    kim, _alice = wrapping
    bob = office.works("Bob")
    for verb in ("wrapped", "extend"):
        with office.unchanged():
            bob.refused(404, "POST", here(kim, verb), {})


def test_finishing_ends_after_the_wrap_up(
    wrapping: tuple[CustomerCaller, AgentCaller], heard: Heard
) -> None:
    kim, alice = wrapping
    assert alice.go("finishing")["presence"] == "finishing"
    heard.forget()
    alice.ok("POST", here(kim, "wrapped"), {})
    assert alice.me()["presence"] == "offline"
    assert {"type": "presence.changed", "presence": "offline", "reason": "finished"} in heard.by(
        alice.agent
    )


def test_going_offline_ends_it(wrapping: tuple[CustomerCaller, AgentCaller], heard: Heard) -> None:
    _kim, alice = wrapping
    heard.forget()
    assert alice.go("offline")["load"] == 0
    assert "wrap_up.ended" in heard.kinds(alice.agent)
    assert queries.audit() == []


def test_a_lost_agents_wrap_up_ends_by_its_time(
    wrapping: tuple[CustomerCaller, AgentCaller],
) -> None:
    from agents import presence

    kim, alice = wrapping
    Presence.objects.filter(pk=alice.agent.pk).update(last_seen_at=Now() - timedelta(seconds=61))
    presence.sweep()
    assert Presence.objects.get(pk=alice.agent.pk).load == 1
    run_out(kim)
    tick()
    assert Presence.objects.get(pk=alice.agent.pk).load == 0


def test_who_was_silent_for_long_leaves_nothing_to_wrap_up(office: Office) -> None:
    Queue.objects.filter(desk=office.desk).update(wrap_up_s=90)
    kim, alice = office.talk()
    fall_idle(kim, alice)
    kim.ok("POST", f"{kim.here}/close", {})
    assert (alice.me()["load"], alice.me()["wrapping"]) == (0, [])
    waves.run()
    assert queries.audit() == []
