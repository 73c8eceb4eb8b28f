"""Caps: how many conversations of a queue one agent has at a time, by offers and by claims."""

import pytest

from dispatch import queries, waves
from tests.factories import make_queue
from tests.office import AgentCaller, Office
from tickets.models import Queue


@pytest.fixture
def capped(office: Office) -> Queue:
    """A queue of which an agent has two at most."""
    return make_queue(office.desk, "refunds", agent_cap=2)


def offered(agent: AgentCaller) -> list[str]:
    """The topics that are offered to her."""
    return sorted(offer["topic"] for offer in agent.me()["offers"])


def test_a_wave_offers_no_more_of_a_queue_than_its_cap(office: Office, capped: Queue) -> None:
    alice = office.works("Alice", capacity=5)
    for _ in range(4):
        office.asks(topic="refunds")
    office.asks()
    waves.run()
    assert offered(alice) == ["general", "refunds", "refunds"]
    alice.ok("POST", f"/agent/offers/{alice.me()['offers'][0]['id']}/accept", {})
    waves.run()
    assert sum(topic == "refunds" for topic in offered(alice)) <= 2
    bob = office.works("Bob", capacity=5)
    waves.run()
    assert offered(bob) == ["refunds", "refunds"]
    assert queries.audit() == []


def test_conversations_and_offers_count_together_and_an_idle_one_still_does(
    office: Office, capped: Queue
) -> None:
    from tests.tickets.test_idle import fall_idle

    kim, alice = office.talk(topic="refunds")
    fall_idle(kim, alice)
    for _ in range(3):
        office.asks(topic="refunds")
    waves.run()
    assert offered(alice) == ["refunds"]
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    waves.run()
    assert offered(alice) == ["refunds", "refunds"]


def test_a_claim_beyond_the_cap_is_refused_with_a_sentence_that_names_the_queue(
    office: Office, capped: Queue
) -> None:
    alice = office.works("Alice", capacity=5)
    first, second, third = (office.asks(topic="refunds") for _ in range(3))
    for kim in (first, second):
        alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    with office.unchanged():
        problem = alice.refused(409, "POST", f"/agent/tickets/{third.ticket.pk}/claim", {})
    assert (problem["type"].rpartition(":")[2], problem["state"]) == ("queue-full", "waiting")
    assert "2 of 2 conversations of “Refunds”" in problem["detail"]
    alice.ok("POST", f"/agent{first.here[5:]}/release", {})
    alice.ok("POST", f"/agent/tickets/{third.ticket.pk}/claim", {})
    assert queries.audit() == []


def test_a_claim_of_what_is_offered_to_oneself_counts_once(office: Office, capped: Queue) -> None:
    alice = office.works("Alice", capacity=5)
    for _ in range(2):
        office.asks(topic="refunds")
    waves.run()
    for offer in alice.me()["offers"]:
        alice.ok("POST", f"/agent/tickets/{offer['ticket']}/claim", {})
    assert len(alice.me()["tickets"]) == 2
