"""Offers whose time has run out: seen and not answered, or never seen at all."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents import presence
from core import sql
from core.states import move
from dispatch import states
from dispatch.actions.ending import DECIDED, ended
from dispatch.actions.rescinding import rescind
from dispatch.models import Offer

NOT_DELIVERED = "not delivered"


def expire_due(limit: int = 500) -> int:
    """End every pending offer whose time has run out; returns how many.

    One that a phone had drawn has expired: a miss, and who misses too many in a row is away. One
    that no phone ever drew is withdrawn without blame: she is asked again once she is heard, and for
    this ticket a moment later.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT id, delivered_at IS NOT NULL FROM dispatch_offer
               WHERE state = 'pending' AND expires_at <= clock_timestamp()
               ORDER BY expires_at LIMIT %s""",
            [limit],
        )
        due = cursor.fetchall()
    # A transaction for each kind: offers are locked in the order of their ids, which is one order
    # only within one statement.
    return _missed([id for id, drawn in due if drawn]) + _undelivered(
        [id for id, drawn in due if not drawn]
    )


def _missed(offer_ids: Sequence[UUID]) -> int:
    if not offer_ids:
        return 0
    with transaction.atomic():
        moved = move(
            Offer,
            states.OFFER,
            offer_ids,
            states.EXPIRED,
            by="system",
            reason="time ran out",
            values=DECIDED,
            only_if="r.expires_at <= clock_timestamp()",
            old=["ticket_id", "agent_id", "slots"],
        )
        ended(
            [(row.id, *row.old) for row in moved],
            states.EXPIRED,
            cool_down_s=settings.COOL_DOWN_S,
        )
        away = presence.missed([row.old[1] for row in moved])
    # Outside: it locks offers, and those come before presences. Should a crash come in between, the
    # tick withdraws the offers of everybody who is not online.
    rescind(reason="agent left", agent_ids=away)
    return len(moved)


def _undelivered(offer_ids: Sequence[UUID]) -> int:
    if not offer_ids:
        return 0
    with transaction.atomic():
        moved = move(
            Offer,
            states.OFFER,
            offer_ids,
            states.RESCINDED,
            by="system",
            reason=NOT_DELIVERED,
            values=DECIDED,
            only_if="r.delivered_at IS NULL AND r.expires_at <= clock_timestamp()",
            old=["ticket_id", "agent_id", "slots"],
        )
        ended(
            [(row.id, *row.old) for row in moved],
            states.RESCINDED,
            reason=NOT_DELIVERED,
            cool_down_s=settings.UNDELIVERED_COOL_DOWN_S,
        )
        presence.unreached([row.old[1] for row in moved])
        return len(moved)
