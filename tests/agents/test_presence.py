"""PUT /api/v1/agent/presence: one big switch, and what follows from each of its positions."""

import pytest

from agents.models import Presence, PresenceLog
from agents.states import PRESENCE
from dispatch import waves
from tests.office import Caller, Heard, Office
from tickets.models import Ticket


def test_going_online_is_told_and_wakes_the_matching(office: Office, heard: Heard) -> None:
    alice = office.works("Alice", online=False)
    now = alice.go("online", reason="Good morning")
    assert now == {"presence": "online", "reason": "Good morning", "capacity": 3, "load": 0}
    assert heard.by(alice.agent) == [
        {"type": "presence.changed", "presence": "online", "reason": "Good morning"}
    ]
    assert heard.wakes == 1
    assert alice.me()["presence"] == "online"


@pytest.mark.parametrize("first", PRESENCE.states)
@pytest.mark.parametrize("then", PRESENCE.states)
def test_every_position_may_be_chosen_from_every_other(
    office: Office, first: str, then: str
) -> None:
    alice = office.works("Alice", online=False)
    alice.go(first)
    # Nothing is open, so "finish, then stop" has already stopped.
    assert alice.go(then)["presence"] == ("offline" if then == "finishing" else then)


def test_choosing_what_already_is_changes_only_the_reason(office: Office, heard: Heard) -> None:
    alice = office.works("Alice")
    heard.forget()
    moves = PresenceLog.objects.filter(of_id=alice.agent.pk).count()
    assert alice.go("online", reason="Still here")["reason"] == "Still here"
    assert PresenceLog.objects.filter(of_id=alice.agent.pk).count() == moves
    assert heard.by(alice.agent) == []


@pytest.mark.parametrize("to", ["paused", "finishing", "offline"])
def test_leaving_withdraws_live_offers_without_blame(office: Office, heard: Heard, to: str) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer = alice.offer()
    heard.forget()
    assert alice.go(to)["load"] == 0
    assert {
        "type": "offer.ended",
        "offer_id": offer["id"],
        "state": "rescinded",
        "reason": "agent left",
    } in heard.by(alice.agent)
    alice.go("online")
    waves.run()
    # No cool-down: she may have it again at once.
    assert alice.offer()["ticket"] == str(kim.ticket.pk)


@pytest.mark.parametrize("to", ["paused", "finishing"])
def test_pausing_and_finishing_keep_the_open_conversations(office: Office, to: str) -> None:
    kim, alice = office.talk()
    office.asks()
    assert alice.go(to, reason="Lunch")["presence"] == to
    assert kim.now()["state"] == "active"
    waves.run()
    assert alice.me()["offers"] == []


def test_finishing_ends_with_the_last_conversation(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    alice.go("finishing")
    heard.forget()
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    assert {"type": "presence.changed", "presence": "offline", "reason": "finished"} in heard.by(
        alice.agent
    )
    assert alice.me()["presence"] == "offline"


def test_finishing_with_only_an_offer_stops_at_once(office: Office) -> None:
    office.asks()
    alice = office.works("Alice")
    waves.run()
    assert alice.go("finishing")["presence"] == "offline"


def test_going_offline_hands_the_conversations_back_to_the_front(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    lee = office.asks()
    heard.forget()
    assert alice.go("offline")["load"] == 0
    assert (kim.now()["state"], kim.now()["position"], lee.now()["position"]) == ("waiting", 1, 2)
    assert heard.kinds(kim.customer) == ["ticket.changed"]
    assert "ticket.left" in heard.kinds(alice.agent)
    assert Ticket.objects.get(pk=kim.ticket.pk).previous_agent_id == alice.agent.pk


def test_who_left_while_lost_hands_her_conversations_back_too(office: Office) -> None:
    kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(state="offline", was="online", reason="lost")
    alice.go("offline")
    assert kim.now()["state"] == "waiting"
    assert alice.me()["load"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"presence": "away"},
        {"presence": None},
        {"presence": ["online"]},
        {"presence": {"a": 1}},
        {"presence": 1},
        {"presence": "online", "reason": "x" * 81},
        {"presence": "online", "reason": "\x00"},
        {"presence": "online", "capacity": 20},
        {"presence": "ONLINE"},
    ],
)
def test_what_is_no_presence_is_refused(office: Office, body: dict[str, object]) -> None:
    alice = office.works("Alice", online=False)
    with office.unchanged():
        assert alice.refused(400, "PUT", "/agent/presence", body)["errors"]


def test_nobody_has_no_presence(office: Office) -> None:
    Caller().refused(401, "PUT", "/agent/presence", {"presence": "online"})
