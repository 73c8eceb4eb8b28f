"""A conversation that is kept for one person: she is asked first, and nobody waits for her in vain."""

import pytest
from django.db.models.functions import Now

from agents.models import Presence
from dispatch import waves
from tests.agents.test_heartbeat import broken
from tests.factories import make_queue
from tests.office import AgentCaller, CustomerCaller, Office
from tickets.models import Queue, Ticket


def passes(alice: AgentCaller, kim: CustomerCaller, to: AgentCaller, **more: str) -> Ticket:
    """Alice transfers to a colleague by name; the ticket as it is then."""
    body = {"agent": str(to.agent.pk), **more}
    alice.ok("POST", f"/agent{kim.here[5:]}/transfer", body)
    return Ticket.objects.get(pk=kim.ticket.pk)


def asked(office: Office, kim: CustomerCaller) -> str | None:
    """Whose phone rings after a wave."""
    waves.run()
    offer = office.offer_of(kim.ticket)
    return offer.agent.name if offer else None


def test_while_she_is_there_nobody_else_is_asked(office: Office) -> None:
    kim, alice = office.talk()
    office.works("Bob", languages={"en": 5})
    charlie = office.works("Charlie", languages={"en": 2}, capacity=1)
    Presence.objects.filter(pk=charlie.agent.pk).update(load=1)
    ticket = passes(alice, kim, charlie)
    assert ticket.hold_until is not None
    assert asked(office, kim) is None, "she is full, and asked as soon as she is not"
    Presence.objects.filter(pk=charlie.agent.pk).update(load=0)
    assert asked(office, kim) == "Charlie"


def test_her_yes_needs_the_free_slots(office: Office) -> None:
    Queue.objects.filter(desk=office.desk).update(slots=2)
    kim, alice = office.talk()
    charlie = office.works("Charlie", capacity=3)
    Presence.objects.filter(pk=charlie.agent.pk).update(load=2)
    passes(alice, kim, charlie)
    assert asked(office, kim) is None
    charlie.refused(409, "POST", f"/agent{kim.here[5:]}/claim", {})
    Presence.objects.filter(pk=charlie.agent.pk).update(load=1)
    assert asked(office, kim) == "Charlie"
    charlie.ok("POST", f"/agent/offers/{charlie.offer()['id']}/accept", {})
    assert charlie.me()["load"] == 3


@pytest.mark.parametrize("why", ["paused", "broken", "declines", "time is over", "goes offline"])
def test_others_are_asked_at_once_when_she_cannot_or_will_not(office: Office, why: str) -> None:
    kim, alice = office.talk()
    charlie = office.works("Charlie")
    if why == "paused":
        charlie.go("paused")
    elif why == "broken":
        broken(charlie, 1)
    passes(alice, kim, charlie)
    if why in ("declines", "goes offline"):
        assert asked(office, kim) == "Charlie"
    office.works("Bob")
    if why == "declines":
        charlie.ok("POST", f"/agent/offers/{charlie.offer()['id']}/decline", {})
    elif why == "goes offline":
        charlie.go("offline")
    elif why == "time is over":
        Presence.objects.filter(pk=charlie.agent.pk).update(load=3)
        assert asked(office, kim) is None
        Ticket.objects.filter(pk=kim.ticket.pk).update(hold_until=Now())
    assert asked(office, kim) == "Bob"
    Presence.objects.filter(pk=charlie.agent.pk).update(load=0)


@pytest.mark.parametrize("why", ["language", "skill", "slots", "the queue waits for nobody"])
def test_for_one_who_could_not_take_it_nothing_is_kept(office: Office, why: str) -> None:
    make_queue(
        office.desk,
        "payments",
        skills={"payments": 2},
        slots=2,
        same_agent_s=0 if why == "the queue waits for nobody" else 60,
    )
    kim, alice = office.talk()
    office.works("Bob", skills={"payments": 3})
    charlie = office.works(
        "Charlie",
        languages={"fr" if why == "language" else "en": 5},
        skills={"payments": 1 if why == "skill" else 3},
        capacity=1 if why == "slots" else 3,
    )
    ticket = passes(alice, kim, charlie, queue="payments")
    assert ticket.hold_until is None
    if why != "the queue waits for nobody":
        assert asked(office, kim) == "Bob"


def test_a_claim_from_the_board_beats_a_hold(office: Office) -> None:
    kim, alice = office.talk()
    bob, charlie = office.works("Bob"), office.works("Charlie", capacity=1)
    Presence.objects.filter(pk=charlie.agent.pk).update(load=1)
    passes(alice, kim, charlie)
    bob.ok("POST", f"/agent{kim.here[5:]}/claim", {})
    row = Ticket.objects.get(pk=kim.ticket.pk)
    assert (row.agent_id, row.hold_until, row.wanted_agent_id) == (bob.agent.pk, None, None)
    Presence.objects.filter(pk=charlie.agent.pk).update(load=0)


def test_nothing_is_kept_for_who_was_lost_or_let_it_go(office: Office) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/release", {})
    row = Ticket.objects.get(pk=kim.ticket.pk)
    assert (row.hold_until, row.previous_agent_id) == (None, alice.agent.pk)
