"""A phone answers a push: it has shown it, or its agent has pressed a button on it."""

from uuid import UUID

from django.utils.translation import gettext as _

from agents import presence, push
from agents.push.subscriptions import answerer
from core import clock
from core.api import iso
from core.problems import Problem
from dispatch import queries, states
from dispatch.actions.accepting import accept
from dispatch.actions.declining import decline
from dispatch.actions.delivering import delivered
from realtime.events import Json

SHOWN, ACCEPT, DECLINE = "shown", "accept", "decline"
ANSWERS = (SHOWN, ACCEPT, DECLINE)


def answer_push(signed: str, what: str) -> Json:
    """What a phone says with the token of a push: `state` of the offer that it was about, if any.

    "shown" confirms the subscription, and an offer's delivery: her time to answer begins. Raises
    Problem 401 for a token that is not good any more, 400 for an answer to what is no offer, and
    Stale (with the true state) when the offer is over.
    """
    who = answerer(signed)
    if who is None:
        raise Problem(401, "push-over", _("This notification is too old. Open the app instead."))
    agent_id, subscription, offer_id = who
    if what == SHOWN:
        push.confirm(subscription)
        return _shown(offer_id, agent_id)
    if offer_id is None:
        raise Problem(400, "no-offer", _("There is nothing to accept here. Open the app instead."))
    presence.reached(agent_id)
    if what == ACCEPT:
        return _offer(states.ACCEPTED, ticket=accept(offer_id, agent_id, reason="by push").pk)
    return _offer(decline(offer_id, agent_id, reason="by push").state)


def _shown(offer_id: UUID | None, agent_id: UUID) -> Json:
    if offer_id is None:
        return _offer("")
    delivered(offer_id, agent_id)
    offer = queries.offer_of(offer_id, agent_id)
    # Who accepts by herself has it by now.
    mine = offer.state == states.ACCEPTED
    return _offer(
        queries.true_state(offer_id),
        ticket=offer.ticket_id if mine else None,
        expires_at=iso(offer.expires_at),
    )


def _offer(state: str, *, ticket: UUID | None = None, expires_at: str | None = None) -> Json:
    return {
        "state": state,
        "ticket": str(ticket) if ticket else None,
        "expires_at": expires_at,
        "server_time": iso(clock.now()),
    }
