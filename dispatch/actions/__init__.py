"""Deciding offers: a file per verb.

Row locks in the order ticket → offer → presence (see docs/architecture.md).
"""

from dispatch.actions.accepting import accept
from dispatch.actions.answering import answer_push
from dispatch.actions.claiming import claim
from dispatch.actions.cooling import cool
from dispatch.actions.declining import decline
from dispatch.actions.delivering import delivered, delivered_all, fetched
from dispatch.actions.expiring import expire_due
from dispatch.actions.rescinding import rescind
from dispatch.actions.room import make_room

__all__ = [
    "accept",
    "answer_push",
    "claim",
    "cool",
    "decline",
    "delivered",
    "delivered_all",
    "expire_due",
    "fetched",
    "make_room",
    "rescind",
]
