"""Weighted slots: a conversation takes as many of its agent's slots as its queue says, on every way."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from agents.models import Presence
from dispatch import queries, tasks, waves
from tests.factories import make_queue
from tests.office import Office
from tickets.models import Queue


@pytest.fixture
def heavy(office: Office) -> Queue:
    """A queue whose conversations take two slots."""
    return make_queue(office.desk, "video", slots=2)


def test_an_offer_reserves_all_its_slots_and_says_how_many(office: Office, heavy: Queue) -> None:
    kim = office.asks(topic="video")
    alice = office.works("Alice", capacity=3)
    waves.run()
    offer = alice.offer()
    assert (offer["slots"], alice.me()["load"]) == (2, 2)
    other = office.asks(topic="video")
    waves.run()
    assert [each["ticket"] for each in alice.me()["offers"]] == [str(kim.ticket.pk)]
    light = office.asks()
    waves.run()
    assert {each["ticket"] for each in alice.me()["offers"]} == {
        str(kim.ticket.pk),
        str(light.ticket.pk),
    }
    alice.ok("POST", f"/agent/offers/{offer['id']}/decline", {})
    assert alice.me()["load"] == 1
    waves.run()
    assert {each["ticket"] for each in alice.me()["offers"]} == {
        str(other.ticket.pk),
        str(light.ticket.pk),
    }
    assert queries.audit() == []


@pytest.mark.parametrize("how", ["resolve", "release", "transfer", "lost"])
def test_what_was_accepted_keeps_its_slots_and_gives_all_of_them_back(
    office: Office, heavy: Queue, how: str
) -> None:
    kim, alice = office.talk(topic="video")
    assert alice.me()["load"] == 2
    Queue.objects.filter(pk=heavy.pk).update(slots=3)
    assert queries.audit() == [], "what she has keeps its weight"
    path = f"/agent{kim.here[5:]}"
    if how == "lost":
        Presence.objects.filter(pk=alice.agent.pk).update(
            state="offline", was="online", last_seen_at=Now() - timedelta(hours=1)
        )
        tasks.return_conversations()
    else:
        bodies = {"resolve": {"disposition": "solved"}, "transfer": {"queue": "general"}}
        alice.ok("POST", f"{path}/{how}", bodies.get(how, {}))
    assert Presence.objects.get(pk=alice.agent.pk).load == 0
    assert queries.audit() == []


def test_a_claim_that_does_not_fit_says_what_it_takes_and_what_is_free(
    office: Office, heavy: Queue
) -> None:
    _kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(capacity=2)
    video = office.asks(topic="video")
    with office.unchanged():
        problem = alice.refused(409, "POST", f"/agent/tickets/{video.ticket.pk}/claim", {})
    assert problem["type"].endswith(":full")
    assert "takes 2 of your slots, and 1 of 2 are free" in problem["detail"]
    Presence.objects.filter(pk=alice.agent.pk).update(capacity=3)
    alice.ok("POST", f"/agent/tickets/{video.ticket.pk}/claim", {})
    assert alice.me()["load"] == 3
    assert queries.audit() == []


def test_what_is_heavier_than_all_her_slots_never_goes_to_her(office: Office, heavy: Queue) -> None:
    alice = office.works("Alice", capacity=1)
    kim = office.asks(topic="video")
    waves.run()
    assert alice.me()["offers"] == []
    assert alice.ok("GET", "/agent/open-tickets")["tickets"] == []
    with office.unchanged():
        alice.refused(404, "POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    light = office.asks()
    waves.run()
    assert alice.offer()["ticket"] == str(light.ticket.pk), (
        "no slot is kept for what cannot be hers"
    )
    bob = office.works("Bob", capacity=2)
    assert [t["id"] for t in bob.ok("GET", "/agent/open-tickets")["tickets"]] == [
        str(kim.ticket.pk),
        str(light.ticket.pk),
    ]
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)
