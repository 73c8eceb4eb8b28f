"""An agent does not take what she was offered."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents import presence
from core.states import Stale, move
from dispatch import queries, states
from dispatch.actions.ending import DECIDED, DRAWN, ended
from dispatch.models import Offer


def decline(offer_id: UUID, agent_id: UUID, *, reason: str = "") -> Offer:
    """The agent does not take it: the next one gets it, and this one not again for a while.

    Who else was asked at once still is. Raises Http404 for a foreign offer, Stale (with the true
    state) when it is over.
    """
    offer = queries.offer_of(offer_id, agent_id)
    with transaction.atomic():
        moved = move(
            Offer,
            states.OFFER,
            [offer_id],
            states.DECLINED,
            by=f"agent:{agent_id}",
            reason=reason,
            values=DECIDED | DRAWN | {"decline_reason": reason[:80]},
            only_if="r.expires_at > clock_timestamp()",
        )
        if not moved:
            raise Stale(queries.true_state(offer_id))
        ended(
            [(offer_id, offer.ticket_id, agent_id, offer.slots)],
            states.DECLINED,
            cool_down_s=settings.COOL_DOWN_S,
        )
        presence.answered(agent_id)
    return queries.offer_of(offer_id, agent_id)
