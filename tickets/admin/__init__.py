"""Supervisors' view of what is asked: desks, queues with their ladders, tickets with their messages."""

from tickets.admin.canned import CannedReplyAdmin
from tickets.admin.contests import ContestAdmin
from tickets.admin.conversations import CustomerAdmin, TicketAdmin
from tickets.admin.desks import DeskAdmin
from tickets.admin.queues import QueueAdmin

__all__ = [
    "CannedReplyAdmin",
    "ContestAdmin",
    "CustomerAdmin",
    "DeskAdmin",
    "QueueAdmin",
    "TicketAdmin",
]
