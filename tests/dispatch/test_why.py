"""Why me, and why not me: answered from the record, in plain words."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core import clock
from dispatch import waves
from dispatch.models import Offer
from tests.factories import make_desk, make_queue
from tests.office import AgentCaller, CustomerCaller, Office
from tickets.models import Queue, Ticket


def accept(agent: AgentCaller) -> None:
    agent.ok("POST", f"/agent/offers/{agent.offer()['id']}/accept", {})


def why(agent: AgentCaller, kim: CustomerCaller) -> tuple[str, str]:
    """The outcome, and the sentences as one text."""
    said = agent.ok("GET", f"/agent/tickets/{kim.ticket.pk}/why")
    return said["outcome"], " ".join(said["sentences"])


def test_who_got_it_is_told_the_receipt_of_her_offer(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    shown = alice.offer()["reasons"]
    accept(alice)
    assert why(alice, kim) == ("you", " ".join(shown))


def test_who_took_it_from_the_board_is_reminded_of_that(office: Office) -> None:
    kim, alice, bob = office.asks(), office.works("Alice"), office.works("Bob")
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert why(alice, kim) == ("you", "You took it from the board.")
    assert why(bob, kim) == ("other", "Somebody took it from the board before it was offered.")


@pytest.mark.parametrize(
    ("asker", "sentence"),
    [
        ({"online": False}, "You were offline then."),
        ({"paused": True}, "You had paused then."),
        ({"languages": {"de": 5}}, "It is in English, which you do not work in."),
        ({"languages": {"en": 1}}, "It needs English at “Conversational”; yours is “Basic”."),
        ({"skills": {}}, "It needs “Payments”, which you have not got yet."),
        ({"skills": {"payments": 2}}, "It needs “Payments” at “Good”; yours is “Conversational”."),
    ],
)
def test_who_could_not_have_it_is_told_what_was_in_the_way(
    office: Office, asker: dict[str, Any], sentence: str
) -> None:
    make_queue(office.desk, "payments", skills={"payments": 3})
    skilled = {"skills": {"payments": 3}}
    winner = office.works("Alice", **skilled)
    paused = asker.pop("paused", False)
    bob = office.works("Bob", **{**skilled, **asker})
    if paused:
        bob.go("paused")
    kim = office.asks(topic="payments")
    waves.run()
    accept(winner)
    # What she does afterwards changes nothing about then.
    bob.go("online")
    assert why(bob, kim) == ("other", sentence)


def test_who_was_full_or_declined_is_told_so(office: Office) -> None:
    full, bob = office.works("Alice", capacity=1), office.works("Bob", capacity=2)
    first = office.asks()
    full.ok("POST", f"/agent/tickets/{first.ticket.pk}/claim", {})
    kim = office.asks()
    waves.run()
    bob.ok("POST", f"/agent/offers/{bob.offer()['id']}/decline", {"reason": "busy"})
    charlie = office.works("Charlie")
    waves.run()
    accept(charlie)
    full.ok("POST", f"/agent/tickets/{first.ticket.pk}/resolve", {"disposition": "solved"})
    assert why(full, kim) == ("other", "You were full then: 1 of 1 slots taken.")
    assert why(bob, kim) == ("other", "It was offered to you, and you declined it.")


def test_who_was_merely_outdone_is_told_in_what(office: Office) -> None:
    fluent = office.works("Alice", languages={"en": 5})
    basic = office.works("Bob", languages={"en": 2})
    kim = office.asks()
    waves.run()
    accept(fluent)
    outcome, text = why(basic, kim)
    assert outcome == "other"
    assert "Somebody speaks the customer's language better." in text
    assert "Alice" not in text, "who else works here is nobody's business"


def test_a_rare_speaker_learns_that_she_was_spared(office: Office) -> None:
    for name in ("Alice", "Bob", "Charlie"):
        office.works(name, languages={"en": 4})
    rare = office.works("Dana", languages={"en": 4, "is": 5})
    kim = office.asks()
    waves.run()
    offer = Offer.objects.get(ticket=kim.ticket)
    assert offer.agent_id != rare.agent.pk
    accept(next(AgentCaller(agent) for agent in office.agents if agent.pk == offer.agent_id))
    assert "You were kept free for what only few can do." in why(rare, kim)[1]


def test_caps_and_spacing_are_named(office: Office) -> None:
    Queue.objects.filter(desk=office.desk, slug="general").update(agent_cap=1)
    alice, bob = office.works("Alice"), office.works("Bob")
    first = office.asks()
    alice.ok("POST", f"/agent/tickets/{first.ticket.pk}/claim", {})
    kim = office.asks()
    waves.run()
    accept(bob)
    assert (
        why(alice, kim)[1] == "You had 1 conversations of this kind, which is the most at a time."
    )


def test_a_ticket_that_waits_is_answered_as_of_now(office: Office) -> None:
    alice = office.works("Alice")
    alice.go("paused")
    kim = office.asks()
    assert why(alice, kim) == ("waiting", "You had paused then.")
    alice.go("online")
    assert why(alice, kim)[1].startswith("It still waits")
    waves.run()
    assert why(alice, kim) == ("waiting", "It is being offered to you.")


def test_a_ticket_that_its_customer_gave_up_does_not_still_wait(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    kim.ok("POST", f"{kim.here}/close", {})
    alice.refused(404, "GET", f"/agent/tickets/{kim.ticket.pk}/why")


def test_tickets_of_other_desks_are_nobodys_business(office: Office) -> None:
    elsewhere = Office(make_desk())
    kim = elsewhere.asks()
    alice = office.works("Alice")
    alice.refused(404, "GET", f"/agent/tickets/{kim.ticket.pk}/why")


def test_the_last_decisions_are_listed_newest_first(office: Office) -> None:
    alice, bob = office.works("Alice", capacity=1), office.works("Bob", capacity=1)
    for agent in (alice, bob):
        kim = office.asks()
        agent.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    shown = alice.ok("GET", "/agent/decisions")["decisions"]
    assert [one["outcome"] for one in shown] == ["other", "you"]
    assert shown[0]["ticket"] == str(kim.ticket.pk)


def test_a_ticket_older_than_the_record_looks_back_does_not_hide_the_others(office: Office) -> None:
    alice = office.works("Alice")
    old, kim = office.asks(), office.asks()
    Ticket.objects.filter(pk=old.ticket.pk).update(opened_at=clock.now() - timedelta(days=8))
    for each in (old, kim):
        alice.ok("POST", f"/agent/tickets/{each.ticket.pk}/claim", {})
    shown = alice.ok("GET", "/agent/decisions")["decisions"]
    assert [one["ticket"] for one in shown] == [str(kim.ticket.pk)]


def test_an_agent_reads_the_last_decisions_on_a_page_of_the_app(
    office: Office, client: Client, static_files: None
) -> None:
    alice, bob = office.works("Alice", capacity=1), office.works("Bob", capacity=1)
    assert client.get("/agent/decisions/").status_code == 302, "only for who is logged in"
    client.force_login(alice.agent.user)
    assert "Nothing yet" in client.get("/agent/decisions/").content.decode()
    for agent in (alice, bob):
        kim = office.asks()
        agent.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    page = client.get("/agent/decisions/").content.decode()
    assert page.index("You were full then: 1 of 1 slots taken.") < page.index("from the board.")
    assert "Bob" not in page
    assert "/agent/decisions/" in client.get("/agent/").content.decode()
