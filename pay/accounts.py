"""Which account is meant: its id follows from what it is for, so nobody has to look it up."""

import uuid
from functools import lru_cache
from uuid import UUID

from pay.models.ledger import AGENT

NAMESPACE = uuid.UUID("0d0c2b7e-51c5-5f0f-8f6e-6d1f3a4f7c11")


@lru_cache(maxsize=4096)
def id_of(kind: str, currency: str, agent: UUID | None = None) -> UUID:
    """The id of the account of this kind and currency, and of this agent for AGENT alone.

    Raises ValueError for an agent's account without an agent, and for a house account with one.
    """
    if (kind == AGENT) != (agent is not None):
        raise ValueError(
            f"an account of the kind {kind!r} and the agent {agent} do not go together"
        )
    return uuid.uuid5(NAMESPACE, f"{kind}:{currency}:{agent or ''}")
