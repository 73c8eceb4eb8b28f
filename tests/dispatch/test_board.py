"""GET …/open-tickets and POST …/claim: the board, where the first claim wins."""

from dispatch import waves
from tests.factories import make_queue
from tests.office import Heard, Office, some_id


def test_the_board_shows_what_fits_the_longest_waiting_first(office: Office) -> None:
    make_queue(office.desk, "payments", skills={"payments": 3})
    office.works("Greta", languages={"de": 5}, online=False)
    first, second = office.asks(), office.asks()
    office.asks(topic="payments")
    office.asks(language="de")
    office.asks(human=False)
    alice = office.works("Alice")
    tickets = alice.ok("GET", "/agent/open-tickets")["tickets"]
    assert [ticket["id"] for ticket in tickets] == [str(first.ticket.pk), str(second.ticket.pk)]
    assert tickets[0]["waited_s"] >= 0
    assert tickets[0]["expected_minutes"] == 6


def test_a_claim_takes_the_ticket_and_those_who_look_see_it_go(
    office: Office, heard: Heard
) -> None:
    kim = office.asks()
    alice, bob, charlie = (office.works(name) for name in ("Alice", "Bob", "Charlie"))
    bob.ok("GET", "/agent/open-tickets")
    heard.forget()
    taken = alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert (taken["id"], taken["state"]) == (str(kim.ticket.pk), "active")
    assert heard.kinds(alice.agent) == ["ticket.assigned"]
    assert heard.by(bob.agent) == [
        {"type": "ticket.left", "ticket_id": str(kim.ticket.pk), "reason": "taken"}
    ]
    assert heard.by(charlie.agent) == []
    assert kim.now()["agent"] == {"name": "Alice", "photo": None}
    assert alice.me()["load"] == 1
    assert bob.ok("GET", "/agent/open-tickets")["tickets"] == []


def test_the_second_claim_is_a_409_with_the_state(office: Office) -> None:
    kim = office.asks()
    alice, bob = office.works("Alice"), office.works("Bob")
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    for late in (bob, alice):
        with office.unchanged():
            problem = late.refused(409, "POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
        assert problem["state"] == "active"


def test_a_claim_beats_an_offer_that_somebody_else_has_not_answered(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer, bob = alice.offer(), office.works("Bob")
    heard.forget()
    bob.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert heard.by(alice.agent) == [
        {
            "type": "offer.ended",
            "offer_id": offer["id"],
            "state": "rescinded",
            "reason": "claimed",
        }
    ]
    assert (alice.me()["load"], bob.me()["load"]) == (0, 1)
    assert not kim.ticket.cool_downs.exists()


def test_a_claim_of_what_is_offered_to_oneself_takes_one_slot(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice", capacity=1)
    waves.run()
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    me = alice.me()
    assert (me["load"], me["offers"], len(me["tickets"])) == (1, [], 1)


def test_who_is_not_online_is_told_to_go_online_first(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice", online=False)
    with office.unchanged():
        problem = alice.refused(409, "POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert problem["type"].endswith(":not-online")
    assert problem["state"] == "waiting"


def test_who_is_full_is_told_to_finish_one_first(office: Office, heard: Heard) -> None:
    _kim, alice = office.talk()
    alice.agent.presence.__class__.objects.filter(pk=alice.agent.pk).update(capacity=1)
    lee = office.asks()
    heard.forget()
    with office.unchanged():
        problem = alice.refused(409, "POST", f"/agent/tickets/{lee.ticket.pk}/claim", {})
    assert problem["type"].endswith(":full")
    assert heard.by(lee.customer) == heard.by(alice.agent) == []


def test_what_does_not_fit_is_not_there(office: Office) -> None:
    make_queue(office.desk, "payments", skills={"payments": 3})
    alice = office.works("Alice")
    office.works("Greta", languages={"de": 5}, online=False)
    with office.unchanged():
        alice.refused(404, "POST", f"/agent/tickets/{some_id()}/claim", {})
    for kim in (office.asks(topic="payments"), office.asks(language="de")):
        with office.unchanged():
            alice.refused(404, "POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})


def test_who_claims_after_her_decline_may_change_her_mind(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/decline", {})
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert kim.now()["state"] == "active"
