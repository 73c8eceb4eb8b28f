"""How an offer comes to be: to whom, how often, and what it says."""

from datetime import datetime, timedelta

from core import clock
from dispatch import waves
from dispatch.models import CoolDown, Offer, Wave
from tests.factories import make_queue
from tests.office import Heard, Office
from tickets.models import Ticket


def test_a_wave_offers_a_waiting_ticket_to_a_free_agent(office: Office, heard: Heard) -> None:
    kim, alice = office.asks(), office.works("Alice")
    heard.forget()
    waves.run()
    (made,) = heard.by(alice.agent)
    assert made["type"] == "offer.made"
    offer = made["offer"]
    assert offer["id"] == alice.offer()["id"]
    assert (offer["ticket"], offer["state"], offer["topic"]) == (
        str(kim.ticket.pk),
        "pending",
        "general",
    )
    assert (offer["expected_minutes"], offer["delivered_at"], offer["pay"]) == (6, None, None)
    lasts = datetime.fromisoformat(offer["expires_at"]) - datetime.fromisoformat(offer["made_at"])
    assert round(lasts.total_seconds()) == 15
    assert alice.me()["load"] == 1
    assert kim.now()["state"] == "waiting"


def test_a_second_wave_changes_nothing(office: Office) -> None:
    office.asks()
    office.works("Alice")
    waves.run()
    with office.unchanged():
        waves.run()


def test_a_ticket_has_one_live_offer_at_a_time(office: Office) -> None:
    kim = office.asks()
    for name in ("Alice", "Bob", "Charlie"):
        office.works(name)
    for _ in range(3):
        waves.run()
    assert Offer.objects.filter(ticket=kim.ticket).count() == 1


def test_offers_never_exceed_an_agents_capacity(office: Office) -> None:
    tickets = [office.asks() for _ in range(5)]
    alice, bob = office.works("Alice", capacity=2), office.works("Bob", capacity=1)
    waves.run()
    assert (alice.me()["load"], bob.me()["load"]) == (2, 1)
    offered = {office.offer_of(kim.ticket) is not None for kim in tickets[:3]}
    assert offered == {True}
    assert [office.offer_of(kim.ticket) for kim in tickets[3:]] == [None, None]


def test_a_freed_slot_goes_to_who_has_waited_longest(office: Office) -> None:
    kim, alice = office.talk()
    alice.agent.presence.__class__.objects.filter(pk=alice.agent.pk).update(capacity=1)
    first, second = office.asks(), office.asks()
    waves.run()
    assert office.offer_of(first.ticket) is None
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    waves.run()
    assert office.offer_of(first.ticket) is not None
    assert office.offer_of(second.ticket) is None


def test_only_who_fits_is_asked(office: Office) -> None:
    make_queue(office.desk, "payments", skills={"payments": 3})
    others = [
        office.works("Alice", skills={"payments": 5}),
        office.works("Bob", languages={"de": 5}),
        office.works("Charlie", languages={"de": 5}, skills={"payments": 2}),
        office.works("Dana", languages={"de": 1}, skills={"payments": 3}),
        office.works("Eve", languages={"de": 5}, skills={"payments": 5}, online=False),
    ]
    kim = office.asks(topic="payments", language="de")
    waves.run()
    assert office.offer_of(kim.ticket) is None
    frank = office.works("Frank", languages={"de": 2}, skills={"payments": 3})
    waves.run()
    assert frank.offer()["ticket"] == str(kim.ticket.pk)
    assert all(other.me()["offers"] == [] for other in others)


def test_an_agent_of_another_desk_is_never_asked(office: Office) -> None:
    from tests.factories import make_desk

    stranger = Office(make_desk()).works("Zoe")
    kim = office.asks()
    waves.run()
    assert stranger.me()["offers"] == []
    assert office.offer_of(kim.ticket) is None


def test_a_ticket_with_the_assistant_is_not_offered(office: Office) -> None:
    kim = office.asks(human=False)
    office.works("Alice")
    waves.run()
    assert office.offer_of(kim.ticket) is None


def test_a_new_skill_counts_from_the_next_wave_on(office: Office) -> None:
    from agents.models import AgentSkill
    from tests.factories import make_skill

    make_queue(office.desk, "payments", skills={"payments": 2})
    kim, alice = office.asks(topic="payments"), office.works("Alice")
    waves.run()
    assert office.offer_of(kim.ticket) is None
    AgentSkill.objects.create(agent=alice.agent, skill=make_skill("payments"), level=2)
    waves.run()
    assert alice.offer()


def test_a_wave_writes_down_what_it_saw_and_each_offer_why(office: Office) -> None:
    office.asks()
    office.works("Alice")
    waves.run()
    wave = Wave.objects.first()
    assert wave is not None
    assert min(wave.offers, wave.waiting, wave.free_agents) >= 1
    receipt = Offer.objects.get(ticket__desk=office.desk).receipt
    assert receipt["candidates"] == 1
    assert set(receipt) >= {"score", "terms", "weights", "waiting", "free_agents"}


def test_a_ticket_that_has_to_wait_does_not_hide_those_behind_it(office: Office) -> None:
    """One free slot, and the oldest ticket is not for its agent just now: the next one is."""
    alice = office.works("Alice", capacity=1)
    kim, lee = office.asks(), office.asks()
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/decline", {})
    waves.run()
    assert alice.offer()["ticket"] == str(lee.ticket.pk), "Kim's cools down for her"
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    bob = office.works("Bob", capacity=1)
    Ticket.objects.filter(pk=kim.ticket.pk).update(
        wanted_agent=alice.agent, hold_until=clock.now() + timedelta(minutes=1)
    )
    CoolDown.objects.all().delete()
    ida = office.asks()
    waves.run()
    assert bob.offer()["ticket"] == str(ida.ticket.pk), "Kim's is held for Alice, who is busy"
