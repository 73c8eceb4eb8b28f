"""What is asked, and the conversation: desks, queues, customers, tickets, messages."""

from tickets.models.aids import (
    MAX_CANNED,
    MAX_NOTE,
    MAX_OWN,
    CannedReply,
    Note,
    check_placeholders,
    shortcut,
)
from tickets.models.contests import Contest, ContestLog
from tickets.models.conversations import (
    MAX_TEXT,
    Assignment,
    Customer,
    Message,
    Rating,
    Ticket,
    TicketLog,
)
from tickets.models.desks import (
    LEVEL,
    ORIGIN,
    Desk,
    LadderSkill,
    LadderStep,
    Queue,
    QueueSkill,
    check_origins,
)

__all__ = [
    "LEVEL",
    "MAX_CANNED",
    "MAX_NOTE",
    "MAX_OWN",
    "MAX_TEXT",
    "ORIGIN",
    "Assignment",
    "CannedReply",
    "Contest",
    "ContestLog",
    "Customer",
    "Desk",
    "LadderSkill",
    "LadderStep",
    "Message",
    "Note",
    "Queue",
    "QueueSkill",
    "Rating",
    "Ticket",
    "TicketLog",
    "check_origins",
    "check_placeholders",
    "shortcut",
]
