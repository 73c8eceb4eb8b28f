"""POST …/transfer: to another queue, to a named agent, or both."""

from datetime import timedelta

from django.db.models.functions import Now

from agents.models import Agent
from dispatch import climbing, waves
from dispatch.models import Alert, CoolDown
from tests.factories import make_agent, make_desk, make_queue
from tests.office import Heard, Office, some_id
from tickets import actions
from tickets.models import LadderStep, Ticket


def test_a_transfer_to_a_queue_goes_to_who_knows_it(office: Office) -> None:
    make_queue(office.desk, "payments", skills={"payments": 2})
    kim, alice = office.talk()
    since = Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    office.works("Bob")
    charlie = office.works("Charlie", skills={"payments": 3})
    moved = alice.ok(
        "POST", f"/agent{kim.here[5:]}/transfer", {"queue": "payments", "note": "Refund?"}
    )
    assert (moved["topic"], moved["state"], moved["note"]) == ("payments", "waiting", "Refund?")
    waves.run()
    assert charlie.offer()["topic"] == "payments"
    assert Ticket.objects.get(pk=kim.ticket.pk).waiting_since == since


def test_a_transfer_may_name_a_queue_that_customers_may_not_choose(office: Office) -> None:
    make_queue(office.desk, "second-line", is_public=False)
    kim, alice = office.talk()
    moved = alice.ok("POST", f"/agent{kim.here[5:]}/transfer", {"queue": "second-line"})
    assert moved["topic"] == "second-line"


def test_a_named_agent_is_asked_first_and_may_decline(office: Office) -> None:
    kim, alice = office.talk()
    office.works("Bob", languages={"en": 5})
    charlie = office.works("Charlie", languages={"en": 2})
    alice.ok("POST", f"/agent{kim.here[5:]}/transfer", {"agent": str(charlie.agent.pk)})
    waves.run()
    offer = charlie.offer()
    assert "A colleague asked for you." in offer["reasons"]
    charlie.ok("POST", f"/agent/offers/{offer['id']}/decline", {"reason": "busy"})
    waves.run()
    assert charlie.me()["offers"] == []
    assert office.offer_of(kim.ticket) is not None


def test_an_unknown_target_is_refused_and_named(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}/transfer"
    elsewhere = make_agent(make_desk(), "Zoe")
    for body, field in (
        ({"queue": "nope"}, "queue"),
        ({"agent": some_id()}, "agent"),
        ({"agent": str(elsewhere.pk)}, "agent"),
        ({"agent": str(alice.agent.pk)}, "agent"),
        ({}, "queue"),
        ({"note": "To nobody"}, "queue"),
        ({"agent": "Bob"}, "agent"),
    ):
        with office.unchanged():
            problem = alice.refused(400, "POST", path, body)
        assert list(problem["errors"]) == [field], body


def test_a_second_transfer_is_a_409_with_the_state(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}/transfer"
    alice.ok("POST", path, {"queue": "general"})
    with office.unchanged():
        assert alice.refused(409, "POST", path, {"queue": "general"})["state"] == "waiting"


def test_a_transfer_to_a_supervisor_goes_to_whoever_supervises_and_alerts_the_others(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    office.works("Bob", languages={"en": 5})
    sam = office.works("Sam", languages={"fr": 5})
    Agent.objects.filter(pk=sam.agent.pk).update(supervises=True)
    body = {"supervisor": True, "note": "Wants his money back", "promised": "An answer today"}
    alice.ok("POST", f"/agent{kim.here[5:]}/transfer", body)
    alert = Alert.objects.get(ticket=kim.ticket)
    assert (alert.kind, alert.text) == ("supervisor", "Alice: Wants his money back")
    waves.run()
    offer = sam.offer()
    taken = sam.ok("POST", f"/agent/offers/{offer['id']}/accept", {})
    assert taken["baton"]["promised"] == "An answer today"
    # Who falls out does not make it anybody's: it stays with the supervisors.
    actions.send_back(kim.ticket.pk, by="system")
    CoolDown.objects.all().delete()
    waves.run()
    sam.ok("POST", f"/agent/offers/{sam.offer()['id']}/accept", {})
    sam.ok("POST", f"/agent{kim.here[5:]}/release", {})
    waves.run()
    assert sam.me()["offers"] == [], "she gave it back to everybody"
    assert office.offer_of(kim.ticket) is not None


def test_a_transfer_to_a_supervisor_is_refused_where_nobody_else_supervises(office: Office) -> None:
    kim, alice = office.talk()
    Agent.objects.filter(pk=alice.agent.pk).update(supervises=True)
    path = f"/agent{kim.here[5:]}/transfer"
    with office.unchanged():
        problem = alice.refused(400, "POST", path, {"supervisor": True})
        (sentence,) = problem["errors"]["supervisor"]
        assert sentence.startswith("Nobody else at this desk takes what is for supervisors.")
        both = {"supervisor": True, "queue": "general"}
        assert "supervisor" in alice.refused(400, "POST", path, both)["errors"]
    assert not Alert.objects.filter(ticket=kim.ticket).exists()


def test_another_queues_ladder_is_climbed_as_far_as_the_wait_has_come(office: Office) -> None:
    slow = make_queue(office.desk, "slow")
    quick = make_queue(office.desk, "quick")
    for queue, moments in ((slow, (600,)), (quick, (10, 30))):
        for after_s in moments:
            LadderStep.objects.create(queue=queue, after_s=after_s, priority=after_s)
    kim, alice = office.talk()
    asked = Now() - timedelta(seconds=60)
    Ticket.objects.filter(pk=kim.ticket.pk).update(waiting_since=asked)
    path = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{path}/transfer", {"queue": "quick"})
    climbing.run()
    assert Ticket.objects.get(pk=kim.ticket.pk).step == 2
    bob = office.works("Bob")
    bob.ok("POST", f"{path}/claim", {})
    bob.ok("POST", f"{path}/transfer", {"queue": "slow"})
    climbing.run()
    assert Ticket.objects.get(pk=kim.ticket.pk).step == 0
