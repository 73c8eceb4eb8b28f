"""What an agent owes her customer: how often she was reminded, and when it goes to somebody else.

`tickets.actions.ownership` has the same arithmetic in SQL, for all conversations at once.
"""

from datetime import datetime, timedelta

from tickets.models import Assignment, Ticket

# The last nudge comes at least this many seconds before the hand-over: on a line that was broken
# when it was due it comes late, and an answer that waited for the line must have its chance.
HEARD_S = 15


def nudges(ticket: Ticket, assignment: Assignment) -> int:
    """How often she was nudged for the answer that she owes now; 0 when she owes none."""
    at = assignment.nudged_at
    counts = ticket.owed_since is not None and at is not None and at >= ticket.owed_since
    return assignment.nudges if counts else 0


def hand_over_at(ticket: Ticket, assignment: Assignment) -> datetime | None:
    """When somebody else gets the conversation if she stays silent; None when nobody will.

    Needs the ticket's queue. No earlier than `HEARD_S` after the last nudge, or than the time that
    the queue leaves between its last nudge and the hand-over, where that is shorter.
    """
    queue = ticket.queue
    after = queue.hand_over_after_s
    if ticket.owed_since is None or not after:
        return None
    at = ticket.owed_since + timedelta(seconds=after)
    asked = [s for s in (queue.nudge_after_s, queue.second_nudge_after_s) if 0 < s < after]
    if asked and assignment.nudged_at and nudges(ticket, assignment) >= len(asked):
        at = max(at, assignment.nudged_at + timedelta(seconds=min(HEARD_S, after - max(asked))))
    return at
