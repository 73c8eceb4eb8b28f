"""Offers that are withdrawn."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from core.states import move
from dispatch import states
from dispatch.actions.ending import DECIDED, ended
from dispatch.models import Offer


def rescind(*, reason: str, agent_ids: Sequence[UUID] = (), ticket_ids: Sequence[UUID] = ()) -> int:
    """Withdraw the pending offers of these agents or tickets, without blame; returns how many."""
    with transaction.atomic():
        live = Offer.objects.filter(state=states.PENDING)
        ids = (
            set(live.filter(agent_id__in=agent_ids).values_list("id", flat=True))
            if agent_ids
            else set()
        )
        if ticket_ids:
            ids |= set(live.filter(ticket_id__in=ticket_ids).values_list("id", flat=True))
        if not ids:
            return 0
        moved = move(
            Offer,
            states.OFFER,
            ids,
            states.RESCINDED,
            by="system",
            reason=reason,
            values=DECIDED,
            old=["ticket_id", "agent_id", "slots"],
        )
        ended([(row.id, *row.old) for row in moved], states.RESCINDED, reason=reason)
        return len(moved)
