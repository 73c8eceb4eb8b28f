"""A phone whose app is closed: what is pushed to it, what it answers, and that it counts as reachable."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F

from agents import presence
from agents.models import AgentToken, Presence, PushSubscription
from dispatch import actions, pushes, waves
from dispatch.models import Offer
from tests.office import AgentCaller, Caller, Heard, Office
from tests.phones import SERVICE, Phone, PushService, push_service


@pytest.fixture
def service() -> Iterator[PushService]:
    """The push service of all phones here."""
    with push_service() as running:
        yield running
        assert running.refused == []


def subscribe(agent: AgentCaller, phone: Phone, status: int = 201) -> str:
    """The phone can be woken."""
    body = {**phone.subscription, "device": "Phone"}
    made: str = agent.ok("POST", "/agent/push/subscriptions", body, status)["id"]
    return made


def answer(push: dict[str, Any], what: str, status: int = 200) -> dict[str, Any]:
    """What the phone says, with nothing but the push's own token."""
    said: dict[str, Any] = Caller().ok(
        "POST", "/agent/push/answer", {"token": push["token"], "answer": what}, status
    )
    return said


def confirmed(agent: AgentCaller, service: PushService, phone: Phone | None = None) -> Phone:
    """A phone that a test has come through to."""
    from agents.tasks import test_push

    phone = phone or Phone()
    test_push(subscribe(agent, phone))
    (test,) = service.of(phone)
    assert (test["kind"], test["actions"]) == ("test", {})
    said = answer(test, "shown")
    assert (said["state"], said["ticket"], said["expires_at"]) == ("", None, None)
    return phone


def sleeps(agent: AgentCaller, seconds: float = 600) -> None:
    """The app went to the background so long ago, and its line broke."""
    back = timedelta(seconds=seconds)
    Presence.objects.filter(pk=agent.agent.pk).update(
        last_seen_at=F("last_seen_at") - back, disconnected_at=F("last_seen_at") - back
    )


@pytest.fixture
def asleep(office: Office, heard: Heard, service: PushService) -> tuple[AgentCaller, Phone]:
    """Alice, online, with the phone in her pocket."""
    alice = office.works("Alice")
    phone = confirmed(alice, service)
    sleeps(alice)
    return alice, phone


def offered(office: Office, service: PushService, phone: Phone) -> dict[str, Any]:
    """Kim asks, and the phone is pushed to."""
    office.asks()
    waves.run()
    pushes.send_due()
    return service.of(phone)[-1]


def test_a_sleeping_phone_is_offered_a_conversation_and_takes_it_by_its_button(
    office: Office, service: PushService, asleep: Any
) -> None:
    alice, phone = asleep
    push = offered(office, service, phone)
    offer = Offer.objects.get(agent=alice.agent)
    assert (push["kind"], push["tag"]) == ("offer", f"offer-{offer.pk}")
    assert set(push["actions"]) == {"accept", "decline"}
    assert "General" in push["title"]
    assert service.taken[-1].headers["urgency"] == "high"
    assert 0 < int(service.taken[-1].headers["ttl"]) <= offer.timeout_s
    # Shown: her time to answer begins.
    shown = answer(push, "shown")
    offer.refresh_from_db()
    assert shown["state"] == "pending"
    assert offer.delivered_at is not None
    assert offer.expires_at - offer.delivered_at == timedelta(seconds=offer.timeout_s)
    said = answer(push, "accept")
    assert (said["state"], said["ticket"]) == ("accepted", str(offer.ticket_id))
    assert [each["id"] for each in alice.me()["tickets"]] == [str(offer.ticket_id)]
    # Pressed twice, it stays hers and the second press is told so.
    assert (
        Caller().refused(
            409, "POST", "/agent/push/answer", {"token": push["token"], "answer": "accept"}
        )["state"]
        == "accepted"
    )


def test_a_push_can_be_declined_and_the_next_one_is_asked(
    office: Office, service: PushService, asleep: Any
) -> None:
    _alice, phone = asleep
    push = offered(office, service, phone)
    bob = office.works("Bob")
    assert answer(push, "decline")["state"] == "declined"
    waves.run()
    assert bob.offer()["state"] == "pending"


def test_nothing_is_pushed_twice(office: Office, service: PushService, asleep: Any) -> None:
    _alice, phone = asleep
    offered(office, service, phone)
    assert pushes.send_due() == 0
    assert [each["kind"] for each in service.of(phone)] == ["test", "offer"]


def test_an_open_app_is_not_pushed_to_unless_it_does_not_draw_the_offer(
    office: Office, heard: Heard, service: PushService
) -> None:
    alice = office.works("Alice")
    phone = confirmed(alice, service)
    office.asks()
    waves.run()
    assert pushes.send_due() == 0
    Offer.objects.filter(agent=alice.agent).update(made_at=F("made_at") - timedelta(seconds=3))
    assert pushes.send_due() == 1
    assert service.of(phone)[-1]["kind"] == "offer"


def test_who_accepts_by_herself_has_it_as_the_phone_shows_it(
    office: Office, service: PushService, asleep: Any
) -> None:
    alice, phone = asleep
    presence.set_auto_accept(alice.agent.pk, True)
    push = offered(office, service, phone)
    said = answer(push, "shown")
    assert said["state"] == "accepted"
    assert said["ticket"]


def test_a_sleeping_phone_stays_online_and_keeps_its_conversations(
    office: Office, heard: Heard, service: PushService
) -> None:
    kim, alice = office.talk()
    bob = office.works("Bob")
    confirmed(alice, service)
    for each in (alice, bob):
        sleeps(each)
    assert presence.broken_lines() == [bob.agent.pk]
    assert presence.sweep() == [bob.agent.pk]
    assert alice.agent.presence.__class__.objects.get(pk=alice.agent.pk).state == "online"
    assert kim.now()["agent"]["name"] == "Alice"
    # But not for ever.
    sleeps(alice, settings.PUSH_REACH_S)
    assert presence.sweep() == [alice.agent.pk]


def test_a_push_that_nobody_shows_costs_one_offer_and_no_blame(
    office: Office, service: PushService, asleep: Any
) -> None:
    alice, phone = asleep
    offered(office, service, phone)
    Offer.objects.filter(agent=alice.agent).update(expires_at=F("made_at"))
    assert actions.expire_due() == 1
    offer = Offer.objects.get(agent=alice.agent)
    assert offer.state == "rescinded"
    now = Presence.objects.get(pk=alice.agent.pk)
    assert (now.missed, now.state) == (0, "online")
    office.asks()
    waves.run()
    assert Offer.objects.filter(agent=alice.agent, state="pending").count() == 0
    # Nor does she count as here any longer: nobody waits for two hours for a phone that is off.
    assert presence.sweep() == [alice.agent.pk]


def test_a_customers_words_are_announced_and_not_repeated_on_the_lock_screen(
    office: Office, heard: Heard, service: PushService
) -> None:
    kim, alice = office.talk()
    phone = confirmed(alice, service)
    kim.say("My card is 4111 1111 1111 1111")
    assert pushes.send_due() == 0, "the app is open"
    sleeps(alice)
    assert pushes.send_due() == 1
    push = service.of(phone)[-1]
    assert (push["kind"], push["url"]) == ("message", f"/agent/#/t/{kim.ticket.pk}")
    assert "4111" not in str(push)
    assert "card" not in str(push)
    # More of it within a short time does not ring again.
    kim.say("Hello?")
    assert pushes.send_due() == 0
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/read", {"seq": kim.now()["last_seq"]}, 204)


def test_what_she_has_read_is_not_announced(
    office: Office, heard: Heard, service: PushService
) -> None:
    kim, alice = office.talk()
    phone = confirmed(alice, service)
    kim.say("Hello?")
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/read", {"seq": kim.now()["last_seq"]}, 204)
    sleeps(alice)
    assert pushes.send_due() == 0
    assert [each["kind"] for each in service.of(phone)] == ["test"]


def test_a_subscription_that_its_service_no_longer_knows_is_removed(
    office: Office, service: PushService, asleep: Any
) -> None:
    alice, phone = asleep
    service.answers[phone.name] = (410, {})
    offered(office, service, phone)
    assert not PushSubscription.objects.filter(agent=alice.agent).exists()
    assert not Presence.objects.get(pk=alice.agent.pk).pushes
    assert alice.ok("GET", "/agent/push")["subscriptions"] == []


def test_a_service_in_trouble_is_no_reason_to_forget_a_phone_until_it_goes_on(
    office: Office, heard: Heard, service: PushService
) -> None:
    from agents.tasks import test_push

    alice = office.works("Alice")
    phone = confirmed(alice, service)
    id = alice.ok("GET", "/agent/push")["subscriptions"][0]["id"]
    service.answers[phone.name] = (503, {"Retry-After": "60"})
    for _ in range(2):
        test_push(id)
    assert Presence.objects.get(pk=alice.agent.pk).pushes
    test_push(id)
    assert not Presence.objects.get(pk=alice.agent.pk).pushes
    # It works again: so it counts again.
    service.answers.clear()
    test_push(id)
    answer(service.of(phone)[-1], "shown")
    assert Presence.objects.get(pk=alice.agent.pk).pushes


def test_a_redirect_is_not_followed(office: Office, service: PushService, asleep: Any) -> None:
    _alice, phone = asleep
    service.answers[phone.name] = (307, {"Location": f"{SERVICE}/inside"})
    offered(office, service, phone)
    assert [each.path for each in service.taken if each.path == "/inside"] == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://example.com/push",
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com.example.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "http://127.0.0.1:6379/",
        "http://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "file:///etc/passwd",
    ],
)
def test_only_push_services_are_ever_called(office: Office, heard: Heard, endpoint: str) -> None:
    alice = office.works("Alice")
    problem = alice.refused(
        400,
        "POST",
        "/agent/push/subscriptions",
        {"endpoint": endpoint, "keys": Phone().keys},
    )
    assert "endpoint" in problem["errors"]
    assert not PushSubscription.objects.filter(agent=alice.agent).exists()


@pytest.mark.parametrize("wrong", [{"p256dh": "AAAA"}, {"auth": "short"}, {"p256dh": "§§"}])
def test_keys_that_are_none_are_refused(
    office: Office, heard: Heard, wrong: dict[str, str]
) -> None:
    alice = office.works("Alice")
    body = {**Phone().subscription, "keys": Phone().keys | wrong}
    problem = alice.refused(400, "POST", "/agent/push/subscriptions", body)
    assert f"keys.{next(iter(wrong))}" in problem["errors"]


def test_a_browser_that_subscribes_again_is_the_same_one_and_belongs_to_who_used_it_last(
    office: Office, heard: Heard, service: PushService
) -> None:
    alice, bob = office.works("Alice"), office.works("Bob")
    phone = confirmed(alice, service)
    first = alice.ok("GET", "/agent/push")["subscriptions"][0]["id"]
    assert subscribe(alice, phone, 200) == first
    subscribe(bob, phone)
    assert alice.ok("GET", "/agent/push")["subscriptions"] == []
    assert not Presence.objects.get(pk=alice.agent.pk).pushes
    # Nor does what was pushed to Alice let whoever holds the phone answer for her.
    assert answer_refused(service.of(phone)[0]) == 401


def answer_refused(push: dict[str, Any], what: str = "shown") -> int:
    """The status of an answer that is not taken."""
    status: int = (
        Caller()
        .send("POST", "/agent/push/answer", body={"token": push["token"], "answer": what})
        .status_code
    )
    return status


@pytest.mark.parametrize("ending", ["logged out", "token gone", "deactivated", "unsubscribed"])
def test_a_push_answers_for_nobody_once_its_log_in_has_ended(
    office: Office, service: PushService, asleep: Any, ending: str
) -> None:
    from agents.tokens import revoke_all

    alice, phone = asleep
    push = offered(office, service, phone)
    if ending == "logged out":
        revoke_all(alice.agent.user)
    elif ending == "token gone":
        AgentToken.objects.filter(user=alice.agent.user).delete()
    elif ending == "deactivated":
        type(alice.agent.user).objects.filter(pk=alice.agent.user.pk).update(is_active=False)
    else:
        id = alice.ok("GET", "/agent/push")["subscriptions"][0]["id"]
        alice.ok("DELETE", f"/agent/push/subscriptions/{id}", status=204)
    assert answer_refused(push, "accept") == 401
    assert Offer.objects.get(agent=alice.agent).state == "pending"


def test_a_token_is_good_for_its_own_offer_alone(
    office: Office, service: PushService, asleep: Any
) -> None:
    from agents.push import words

    alice, _phone = asleep
    bob = office.works("Bob")
    subscription = PushSubscription.objects.get(agent=alice.agent)
    office.asks()
    office.asks()
    waves.run()
    theirs = Offer.objects.get(agent=bob.agent)
    forged = {"token": words.token(subscription.pk, theirs.pk)}
    # Even one that was really signed opens nobody else's offer.
    assert answer_refused(forged, "accept") == 404
    assert answer_refused({"token": "x" * 40}, "accept") == 401
    assert answer_refused({"token": words.token(uuid.uuid4(), theirs.pk)}, "accept") == 401
    assert answer_refused({"token": words.token(subscription.pk, None)}, "accept") == 400


def test_a_call_in_reaches_who_is_off_duty(
    office: Office, heard: Heard, service: PushService
) -> None:
    from dispatch.models import CallIn

    alice = office.works("Alice")
    phone = confirmed(alice, service)
    alice.go("offline")
    kim = office.asks()
    CallIn.objects.create(ticket=kim.ticket, agent=alice.agent, pay_multiplier="1.50")
    assert pushes.send_due() == 1
    push = service.of(phone)[-1]
    assert push["kind"] == "call_in"
    assert "1.5 times" in push["body"]


def test_without_a_key_nothing_can_be_pushed_and_the_app_is_told(
    office: Office, heard: Heard, settings: Any
) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    alice = office.works("Alice")
    assert alice.ok("GET", "/agent/push")["key"] == ""
    assert not pushes.anybody()
