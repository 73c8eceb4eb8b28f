"""Reading dispatch: offers as agents see them, the board, an agent's whole state, the audit."""

from dispatch.queries.audit import audit
from dispatch.queries.board import board, queue_to_take, watchers
from dispatch.queries.call_ins import call_in_view, open_call_ins
from dispatch.queries.caps import taken_of
from dispatch.queries.offers import (
    absent_with_offers,
    for_agent,
    offer_of,
    offer_view,
    pending_of,
    ticket_offered,
    true_state,
)
from dispatch.queries.state import me, ticked_lately
from dispatch.queries.versions import latest as weights
from dispatch.queries.who import who_could

__all__ = [
    "absent_with_offers",
    "audit",
    "board",
    "call_in_view",
    "for_agent",
    "me",
    "offer_of",
    "offer_view",
    "open_call_ins",
    "pending_of",
    "queue_to_take",
    "taken_of",
    "ticked_lately",
    "ticket_offered",
    "true_state",
    "watchers",
    "weights",
    "who_could",
]
