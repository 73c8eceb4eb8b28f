"""The countdown of an offer begins when the phone has drawn it; until then only the delivery counts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from agents import presence
from agents.models import Presence
from dispatch import actions, waves
from dispatch.models import CoolDown, Offer, OfferLog
from tests.dispatch.test_accept import run_out
from tests.office import AgentCaller, CustomerCaller, Heard, Office


@pytest.fixture
def made(office: Office, heard: Heard) -> tuple[CustomerCaller, AgentCaller, str]:
    """Kim waits; Alice was offered her, and her phone has said nothing yet."""
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    heard.forget()
    return kim, alice, str(Offer.objects.get(ticket=kim.ticket).pk)


def ago(offer: str, seconds: float) -> None:
    """The offer was made so long ago."""
    back = timedelta(seconds=seconds)
    Offer.objects.filter(pk=offer).update(
        made_at=F("made_at") - back, expires_at=F("expires_at") - back
    )


def lasts(offer: dict[str, Any]) -> float:
    """Seconds from the delivery to the deadline."""
    drawn, over = (datetime.fromisoformat(offer[name]) for name in ("delivered_at", "expires_at"))
    return (over - drawn).total_seconds()


def test_the_whole_time_to_answer_begins_with_the_delivery(made, heard: Heard) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = made
    ago(offer, 9)
    assert actions.delivered(offer, alice.agent.pk)
    (frame,) = heard.by(alice.agent)
    assert (frame["type"], frame["offer"]["id"]) == ("offer.changed", offer)
    assert frame["offer"] == alice.offer()
    assert lasts(frame["offer"]) == frame["offer"]["timeout_s"] == 15


def test_fetching_an_offer_confirms_it_and_fetching_again_writes_nothing(
    made, office: Office, heard: Heard
) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = made
    ago(offer, 9)
    assert lasts(alice.offer()) == 15
    assert heard.kinds(alice.agent) == ["offer.changed"]
    with office.unchanged():
        alice.me()


def test_a_confirmation_after_the_bound_comes_too_late(made, office: Office) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = made
    run_out(offer)
    with office.unchanged():
        assert not actions.delivered(offer, alice.agent.pk)
        assert alice.offer()["delivered_at"] is None


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_an_unconfirmed_offer_may_be_answered_within_its_bound(made, verb: str) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = made
    alice.ok("POST", f"/agent/offers/{offer}/{verb}", {})
    assert Offer.objects.get(pk=offer).delivered_at is not None


def test_an_offer_that_no_phone_drew_is_withdrawn_without_blame(
    made, office: Office, heard: Heard
) -> None:  # type: ignore[no-untyped-def]
    kim, alice, offer = made
    run_out(offer)
    for verb in ("accept", "decline"):
        with office.unchanged():
            told = alice.refused(409, "POST", f"/agent/offers/{offer}/{verb}", {})
            assert told["state"] == "rescinded"
    assert actions.expire_due() == 1
    assert heard.by(alice.agent) == [
        {
            "type": "offer.ended",
            "offer_id": offer,
            "state": "rescinded",
            "reason": "not delivered",
        }
    ]
    last = OfferLog.objects.filter(of=offer).order_by("id").last()
    assert last is not None
    assert (last.now, last.by, last.reason) == ("rescinded", "system", "not delivered")
    me = alice.me()
    assert (me["load"], me["missed"], me["presence"]) == (0, 0, "online")
    bob = office.works("Bob")
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)


def test_a_phone_that_was_not_reached_is_left_alone_for_a_moment_only(made, office: Office) -> None:  # type: ignore[no-untyped-def]
    kim, alice, offer = made
    run_out(offer)
    actions.expire_due()
    presence.touch([alice.agent.pk])
    waves.run()
    assert alice.me()["offers"] == []
    pause = CoolDown.objects.filter(ticket=kim.ticket, agent=alice.agent)
    soon = Now() + timedelta(seconds=settings.UNDELIVERED_COOL_DOWN_S)
    assert pause.filter(until__lte=soon).exists()
    pause.update(until=Now())
    waves.run()
    assert alice.offer()["ticket"] == str(kim.ticket.pk)


@pytest.mark.parametrize("heard_by", [presence.touch, presence.connect, presence.seen])
def test_who_was_not_reached_is_not_asked_for_anything_until_she_is_heard(
    made, office: Office, heard_by: Callable[[Any], Any]
) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = made
    run_out(offer)
    # As long ago as it takes an offer to run out.
    Presence.objects.filter(pk=alice.agent.pk).update(last_seen_at=Now() - timedelta(seconds=15))
    actions.expire_due()
    lee = office.asks()
    waves.run()
    assert office.offer_of(lee.ticket) is None
    heard_by([alice.agent.pk] if heard_by is presence.touch else alice.agent.pk)
    waves.run()
    assert alice.offer()["ticket"] == str(lee.ticket.pk)


def test_a_short_pause_does_not_end_a_longer_one(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    pair = [(kim.ticket.pk, alice.agent.pk)]
    for seconds in (60, 20):
        actions.cool(pair, seconds)
    longer = Now() + timedelta(seconds=50)
    assert CoolDown.objects.filter(ticket=kim.ticket, until__gt=longer).exists()


def test_what_no_phone_drew_makes_its_ticket_no_more_urgent_and_nobody_away(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    for _ in range(3):
        waves.run()
        run_out(str(Offer.objects.get(ticket=kim.ticket, state="pending").pk))
        assert actions.expire_due() == 1
        CoolDown.objects.all().delete()
        presence.touch([alice.agent.pk])
    assert set(Offer.objects.filter(ticket=kim.ticket).values_list("state", flat=True)) == {
        "rescinded"
    }
    row = Presence.objects.get(pk=alice.agent.pk)
    assert (row.state, row.missed, row.load) == ("online", 0, 0)
