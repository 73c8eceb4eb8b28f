"""Spacing: an agent gets no offer of a queue within so many seconds after another offer."""

from datetime import timedelta

from django.db.models.functions import Now

from agents.models import Presence
from dispatch import waves
from tests.factories import make_queue
from tests.office import Office


def test_the_next_offer_of_a_spaced_queue_waits_and_others_do_not(office: Office) -> None:
    make_queue(office.desk, "calls", spacing_s=30)
    alice = office.works("Alice", capacity=5)
    for _ in range(2):
        office.asks(topic="calls")
    waves.run()
    assert len(alice.me()["offers"]) == 1, "one at a time, also within one wave"
    office.asks()
    waves.run()
    topics = sorted(offer["topic"] for offer in alice.me()["offers"])
    assert topics == ["calls", "general"]
    bob = office.works("Bob")
    waves.run()
    assert bob.offer()["topic"] == "calls", "somebody else need not wait"
    office.asks(topic="calls")
    waves.run()
    assert len(alice.me()["offers"]) == 2
    Presence.objects.filter(pk=alice.agent.pk).update(offered_at=Now() - timedelta(seconds=31))
    waves.run()
    assert len(alice.me()["offers"]) == 3


def test_a_claim_needs_no_pause(office: Office) -> None:
    make_queue(office.desk, "calls", spacing_s=30)
    alice = office.works("Alice", capacity=5)
    office.asks(topic="calls")
    waves.run()
    kim = office.asks(topic="calls")
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert kim.now()["state"] == "active"
