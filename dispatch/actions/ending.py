"""What follows for everybody when an offer is over."""

from collections.abc import Sequence
from uuid import UUID

from agents import presence
from core import sql
from core.states import NOW, SQL
from dispatch import queries
from dispatch.actions import cooling
from realtime import groups
from realtime.events import OfferEnded, TicketLeft
from realtime.publish import publish
from tickets import signals
from tickets.models import Ticket

DECIDED = {"decided_at": NOW}


# Who decides has seen it, whether or not the phone's word came through.
DRAWN = {"delivered_at": SQL("coalesce(r.delivered_at, clock_timestamp())")}


def ended(
    offers: Sequence[tuple[UUID, UUID, UUID, int]],
    state: str,
    *,
    reason: str = "",
    cool_down_s: float = 0,
) -> None:
    """What follows for offers (id, ticket, agent, slots) that were not accepted.

    The agents are told the `reason`, and not asked again for their ticket within `cool_down_s`.
    """
    if not offers:
        return
    if cool_down_s:
        cooling.cool(((ticket, agent) for _offer, ticket, agent, _slots in offers), cool_down_s)
    presence.free_slots([(agent, slots) for _offer, _ticket, agent, slots in offers])
    publish(
        *(
            (groups.agent(agent), OfferEnded(str(offer), state, reason))
            for offer, _ticket, agent, _slots in offers
        )
    )
    signals.queue_changed.send(Ticket)


def lock_presences(agent_ids: Sequence[UUID]) -> None:
    """Lock several presences in the one order that everybody uses."""
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM agents_presence WHERE agent_id = ANY(%s) ORDER BY agent_id FOR UPDATE",
            [list(agent_ids)],
        )


def left_the_board(ticket_id: UUID, taker: UUID) -> None:
    """Tell the others who look at the board that this one is gone."""
    event = TicketLeft(str(ticket_id), "taken")
    publish(
        *(
            (groups.agent(agent_id), event)
            for agent_id in queries.watchers(ticket_id)
            if agent_id != taker
        )
    )
