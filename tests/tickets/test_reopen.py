"""Who writes again after the end goes on: the same topic, the same agent first, the words before."""

from datetime import timedelta

import pytest
from django.db.models import F

from dispatch import waves
from tests.factories import make_agent, make_customer, make_queue
from tests.office import AgentCaller, CustomerCaller, Office, some_id
from tickets.models import Ticket


def again(kim: CustomerCaller, **wishes: object) -> CustomerCaller:
    """She writes again; the same customer with her new ticket."""
    body = {"client_id": some_id(), "text": "Me again", "human": True, **wishes}
    new = kim.ok("POST", "/chat/tickets", body, 201)
    return CustomerCaller(kim.customer, Ticket.objects.get(pk=new["id"]))


def solved(office: Office, **wishes: object) -> tuple[CustomerCaller, AgentCaller]:
    """Alice has helped Kim."""
    kim, alice = office.talk(**wishes)
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    return kim, alice


def test_who_writes_again_gets_the_same_agent_first_and_she_sees_what_went_before(
    office: Office,
) -> None:
    kim, alice = solved(office)
    office.works("Bob", languages={"en": 5})
    new = again(kim)
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    (mine,) = alice.me()["tickets"]
    assert (mine["id"], mine["follows"]) == (str(new.ticket.pk), str(kim.ticket.pk))
    page = alice.ok("GET", f"/agent/tickets/{mine['follows']}/messages")
    assert [message["text"] for message in page["messages"]] == ["Hello"]


def test_the_words_before_are_read_by_who_has_it_now_and_by_nobody_else(office: Office) -> None:
    kim, alice = solved(office)
    alice.go("offline")
    bob, charlie = office.works("Bob"), office.works("Charlie")
    new = again(kim)
    path = f"/agent/tickets/{kim.ticket.pk}"
    bob.refused(404, "GET", f"{path}/messages")
    bob.ok("POST", f"/agent{new.here[5:]}/claim", {})
    assert bob.ok("GET", f"{path}/messages")["last_seq"] == 1
    charlie.refused(404, "GET", f"{path}/messages")
    with office.unchanged():
        bob.refused(404, "POST", f"{path}/messages", {"client_id": some_id(), "text": "Hi"})
        bob.refused(404, "POST", f"{path}/read", {"seq": 1})
        bob.refused(404, "PUT", f"{path}/baton", {"said": "x"})
    bob.ok("POST", f"/agent{new.here[5:]}/release", {})
    bob.refused(404, "GET", f"{path}/messages")
    elsewhere, _other = office.talk()
    bob.refused(404, "GET", f"/agent{elsewhere.here[5:]}/messages")


def test_others_are_asked_at_once_when_the_same_agent_is_not_there(office: Office) -> None:
    kim, alice = solved(office)
    alice.go("paused", reason="lunch")
    bob = office.works("Bob")
    new = again(kim)
    waves.run()
    assert bob.offer()["ticket"] == str(new.ticket.pk)


def test_others_are_asked_at_once_when_she_declines(office: Office) -> None:
    kim, alice = solved(office)
    bob = office.works("Bob")
    new = again(kim)
    waves.run()
    assert bob.me()["offers"] == []
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/decline", {})
    waves.run()
    assert bob.offer()["ticket"] == str(new.ticket.pk)


def test_she_is_waited_for_while_she_is_full_and_no_longer_than_the_queue_says(
    office: Office,
) -> None:
    kim, alice = solved(office)
    alice.agent.presence.__class__.objects.filter(pk=alice.agent.pk).update(capacity=1)
    other = office.asks()
    waves.run()
    assert alice.offer()["ticket"] == str(other.ticket.pk)
    bob = office.works("Bob")
    new = again(kim)
    waves.run()
    assert bob.me()["offers"] == []
    Ticket.objects.filter(pk=new.ticket.pk).update(
        hold_until=F("hold_until") - timedelta(seconds=60)
    )
    waves.run()
    assert bob.offer()["ticket"] == str(new.ticket.pk)


def test_it_goes_on_in_the_same_queue_and_language_unless_she_names_others(office: Office) -> None:
    make_queue(office.desk, "payments")
    make_queue(office.desk, "delivery", same_agent_s=0)
    make_agent(office.desk, "Dieter", languages={"de": 5})
    kim, alice = solved(office, topic="payments", language="en")
    same = again(kim)
    assert (same.now()["topic"], same.now()["language"]) == ("payments", "en")
    same.ok("POST", f"{same.here}/close", {})
    other = again(kim, topic="delivery", language="de")
    row = Ticket.objects.get(pk=other.ticket.pk)
    assert (other.now()["topic"], row.language) == ("delivery", "de")
    assert (row.follows_id, row.previous_agent_id) == (kim.ticket.pk, alice.agent.pk)
    assert row.hold_until is None, "she does not speak it, and the queue waits for nobody"


def test_asked_of_the_assistant_first_the_wait_for_her_begins_with_the_wish_for_a_person(
    office: Office,
) -> None:
    kim, alice = solved(office)
    office.works("Bob", languages={"en": 5})
    new = again(kim, human=False)
    assert Ticket.objects.get(pk=new.ticket.pk).hold_until is None
    new.ok("POST", f"{new.here}/human", {})
    assert Ticket.objects.get(pk=new.ticket.pk).hold_until is not None
    waves.run()
    assert alice.offer()["ticket"] == str(new.ticket.pk)


@pytest.mark.parametrize("why", ["abandoned", "long ago", "never", "somebody else's"])
def test_what_does_not_go_on_begins_anew(office: Office, settings: object, why: str) -> None:
    if why == "abandoned":
        kim = office.asks()
        kim.ok("POST", f"{kim.here}/close", {})
    else:
        kim, _alice = solved(office)
    if why == "long ago":
        ended = F("ended_at") - timedelta(days=7, seconds=1)
        Ticket.objects.filter(pk=kim.ticket.pk).update(ended_at=ended)
    elif why == "never":
        settings.REOPEN_DAYS = 0  # type: ignore[attr-defined]
    elif why == "somebody else's":
        kim = CustomerCaller(make_customer(office.desk), kim.ticket)
    row = again(kim).ticket
    assert (row.follows_id, row.previous_agent_id, row.hold_until) == (None, None, None)
