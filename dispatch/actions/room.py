"""An agent carries more than she can: a customer came back to a conversation that was idle."""

from uuid import UUID

from core import sql
from core.states import move
from dispatch import states
from dispatch.actions.ending import DECIDED, ended
from dispatch.models import Offer

CAME_BACK = "customer came back"


def make_room(agent_id: UUID, slots: int) -> int:
    """Withdraw as few of her pending offers as free so many slots, or all; returns how many.

    What her phone has not drawn goes first, then what was made last. Inside the transaction that
    took the slots: it holds her presence, so nobody can make her an offer meanwhile, and offers come
    before presences. So this one never waits: an offer that somebody has locked is being decided.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT id, slots FROM dispatch_offer WHERE agent_id = %s AND state = 'pending'
               ORDER BY delivered_at IS NOT NULL, made_at DESC, id
               FOR NO KEY UPDATE SKIP LOCKED""",
            [agent_id],
        )
        ids, freed = [], 0
        for offer_id, its_slots in cursor.fetchall():
            if freed < slots:
                ids.append(offer_id)
                freed += its_slots
    if not ids:
        return 0
    moved = move(
        Offer,
        states.OFFER,
        ids,
        states.RESCINDED,
        by="system",
        reason=CAME_BACK,
        values=DECIDED,
        old=["ticket_id", "agent_id", "slots"],
    )
    ended([(row.id, *row.old) for row in moved], states.RESCINDED, reason=CAME_BACK)
    return len(moved)
