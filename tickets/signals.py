"""News from this room. Received in one place: dispatch.receivers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.dispatch import Signal


@dataclass(frozen=True, slots=True)
class Left:
    """An agent's time with a conversation that has ended.

    `terms` is what was promised for it, `engaged_s` how long it was hers without resting, up to the
    moment from which she was silent if she lost it by that. `first_reply_s` is how long her customer
    waited for the ticket's first answer, if that was hers. `is_over` says that the conversation has
    ended, `has_others` that it was also somebody else's (or hers before). `catalogue` is the version
    of what is set up (`tickets.catalogue`), by which others know whether what they keep still holds;
    empty if nobody looked.
    """

    ticket_id: UUID
    assignment_id: int
    agent_id: UUID
    terms: str
    started_at: datetime
    ended_at: datetime
    engaged_s: float
    first_reply_s: float | None
    is_over: bool
    has_others: bool
    catalogue: str = ""


# A ticket began to wait, or left the queue: somebody may be matched, and positions moved.
queue_changed = Signal()
# Tickets stopped waiting or being active without an offer being accepted: live offers are void.
ticket_withdrawn = Signal()
# An agent passed a conversation on to a supervisor: `ticket_id`, `by` (her name) and her `note`.
supervisor_wanted = Signal()
# Conversations ended without an agent (their customers left): `ticket_ids`. Sent last.
conversations_over = Signal()
# Agents' times with conversations ended: `left`, a list of `Left`. Sent last in the transaction.
conversations_left = Signal()
