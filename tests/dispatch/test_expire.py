"""What becomes of an offer that nobody answers."""

from dispatch import actions, waves
from dispatch.models import Offer, OfferLog
from tests.dispatch.test_accept import run_out
from tests.office import Heard, Office
from tickets.models import Ticket


def test_an_unanswered_offer_expires_and_the_ticket_waits_on(office: Office, heard: Heard) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer, asked = alice.offer()["id"], Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    run_out(offer)
    heard.forget()
    actions.expire_due()
    assert heard.by(alice.agent) == [
        {"type": "offer.ended", "offer_id": offer, "state": "expired", "reason": ""}
    ]
    assert (alice.me()["load"], alice.me()["offers"]) == (0, [])
    assert Ticket.objects.get(pk=kim.ticket.pk).waiting_since == asked
    waves.run()
    assert office.offer_of(kim.ticket) is None
    bob = office.works("Bob")
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)


def test_what_still_has_time_is_left_alone(office: Office) -> None:
    office.asks()
    office.works("Alice")
    waves.run()
    with office.unchanged():
        actions.expire_due()


def test_expiring_twice_is_expiring_once(office: Office) -> None:
    office.asks()
    alice = office.works("Alice")
    waves.run()
    offer = alice.offer()["id"]
    run_out(offer)
    actions.expire_due()
    with office.unchanged():
        actions.expire_due()
    assert list(
        OfferLog.objects.filter(of=offer).order_by("id").values_list("was", "now", "by")
    ) == [("", "pending", "wave"), ("pending", "expired", "system")]


def test_many_are_expired_at_once(office: Office) -> None:
    for _ in range(4):
        office.asks()
    pair = office.works("Alice", capacity=2), office.works("Bob", capacity=2)
    waves.run()
    assert [len(phone.me()["offers"]) for phone in pair] == [2, 2]
    for offer in Offer.objects.filter(ticket__desk=office.desk):
        run_out(str(offer.pk))
    actions.expire_due()
    states = Offer.objects.filter(ticket__desk=office.desk).values_list("state", flat=True)
    assert list(states) == ["expired"] * 4
