"""Reading offers, as their agents see them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404

from agents.models import Presence
from core import sql
from core.api import iso
from dispatch import states
from dispatch.models import Offer
from dispatch.receipts import promised, reasons
from pay import promises
from pay.tariff.types import Quote
from realtime.events import Json


def for_agent(offer: Offer) -> Json:
    """An offer as its agent sees it. Needs `ticket__queue`."""
    return offer_view(
        id=offer.pk,
        ticket=offer.ticket_id,
        state=offer.state,
        topic=offer.ticket.queue.slug,
        topic_name=offer.ticket.queue.name,
        language=offer.ticket.language,
        waited_s=offer.waited_s,
        expected_minutes=offer.ticket.queue.expected_minutes,
        expires_at=offer.expires_at,
        made_at=offer.made_at,
        delivered_at=offer.delivered_at,
        receipt=offer.receipt,
        timeout_s=offer.timeout_s,
        broadcast=offer.broadcast,
        slots=offer.slots,
        pay_multiplier=offer.pay_multiplier,
        step=offer.ticket.step,
    )


def offer_view(
    *,
    id: UUID,
    ticket: UUID,
    state: str,
    topic: str,
    topic_name: str,
    language: str,
    waited_s: int,
    expected_minutes: int,
    expires_at: Any,
    made_at: Any,
    delivered_at: Any,
    receipt: dict[str, Any],
    timeout_s: int,
    broadcast: bool,
    slots: int,
    pay_multiplier: Decimal,
    step: int,
    quote: Quote | None = None,
) -> Json:
    """The offer's wire form, from its parts: a wave has them without reading them back."""
    return {
        "id": str(id),
        "ticket": str(ticket),
        "state": state,
        "topic": topic,
        "topic_name": topic_name,
        "language": language,
        "waited_s": waited_s,
        "expected_minutes": expected_minutes,
        **promises.offered(quote or promised(receipt)),
        "made_at": iso(made_at),
        "expires_at": iso(expires_at),
        "delivered_at": iso(delivered_at),
        "reasons": reasons(receipt),
        "timeout_s": timeout_s,
        "broadcast": broadcast,
        "slots": slots,
        "pay_multiplier": f"{pay_multiplier:.2f}",
        "step": step,
    }


def pending_of(agent_id: UUID) -> list[Offer]:
    """An agent's live offers, the one that runs out first first."""
    return list(
        Offer.objects.select_related("ticket__queue")
        .filter(agent_id=agent_id, state=states.PENDING)
        .order_by("expires_at", "id")
    )


def offer_of(offer_id: UUID, agent_id: UUID) -> Offer:
    """An agent's own offer, whatever its state. Raises Http404 for any other."""
    offer = (
        Offer.objects.select_related("ticket__queue").filter(pk=offer_id, agent_id=agent_id).first()
    )
    if offer is None:
        raise Http404
    return offer


def ticket_offered(offer_id: UUID, agent_id: UUID) -> tuple[UUID, bool]:
    """An agent's own offer: the ticket, and whether others were asked too.

    Raises Http404 for any other offer.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT ticket_id, broadcast FROM dispatch_offer WHERE id = %s AND agent_id = %s",
            [offer_id, agent_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise Http404
    return row[0], row[1]


def true_state(offer_id: UUID) -> str:
    """An offer's state as a loser is told it: a pending one past its deadline is over already."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT CASE WHEN state <> 'pending' OR expires_at > clock_timestamp() THEN state
                      WHEN delivered_at IS NULL THEN 'rescinded' ELSE 'expired' END
               FROM dispatch_offer WHERE id = %s""",
            [offer_id],
        )
        return str(cursor.fetchone()[0])


def absent_with_offers() -> list[UUID]:
    """Agents who are not online and still hold a pending offer."""
    return list(
        Presence.objects.exclude(state="online")
        .filter(agent__offers__state=states.PENDING)
        .values_list("agent_id", flat=True)
        .distinct()
    )
