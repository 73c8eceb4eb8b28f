"""Ladders: what waits long comes to the next steps, and what those steps do.

The tick climbs before its wave, so that the wave already asks whom the new step lets in. Each step
opens once per ticket: the UPDATE compares the height it was decided for, and the log has a row for
each. What a step does is written in the transaction that opens it.
"""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from core import sql
from core.states import Stale
from dispatch import waves
from dispatch.climbing.finding import PER_RUN, Online, due, stuck
from dispatch.climbing.opening import Climber, climb
from tickets import catalogue, ladder, signals, states
from tickets.models import Ticket

# An advisory lock beside waves.WAVE and waves.TICK: who is called in is decided by one at a time.
CLIMB = 3

__all__ = ["CLIMB", "PER_RUN", "Climber", "Online", "due", "open_next", "run", "stuck"]


def run() -> int:
    """Open every step that is due; returns how many tickets climbed."""
    online = Online()
    rows = due() + stuck(online)
    if not rows:
        return 0
    queues = catalogue.queues({row[1] for row in rows})
    climbers = {}
    for id, queue_id, language, was, for_supervisor, waited_s in rows:
        queue = queues[queue_id]
        # What is for supervisors asks for the same at every height: there is nothing to skip.
        anyone = _always if for_supervisor else partial(online.anyone, queue, language)
        step = ladder.climbed(queue.steps, was, waited_s, anyone)
        if step > was:
            by_age = ladder.due(queue.steps, waited_s)
            climbers[id] = Climber(id, queue, language, was, step, by_age)
    if not climbers:
        return 0
    with transaction.atomic():
        _lock()
        return len(climb(list(climbers.values()), by="system"))


def _always(_step: int) -> bool:
    return True


def open_next(ticket_id: UUID, *, by: str) -> int:
    """Somebody opens the next step now, whatever the ticket's age; returns that step.

    Raises Http404 for an unknown ticket, Stale when it does not wait or has no further step.
    """
    with transaction.atomic():
        _lock()
        ticket = Ticket.objects.select_for_update(no_key=True).filter(pk=ticket_id).first()
        if ticket is None:
            raise Http404
        if ticket.state != states.WAITING:
            raise Stale(ticket.state, _("It is %s, and only waiting ones climb.") % ticket.state)
        queue = catalogue.queues([ticket.queue_id])[ticket.queue_id]
        if ticket.step >= len(queue.steps):
            detail = (
                _("Every step of its ladder is open already.")
                if queue.steps
                else _("Its queue has no ladder.")
            )
            raise Stale(ticket.state, detail)
        step = ticket.step + 1
        climb([Climber(ticket.pk, queue, ticket.language, ticket.step, step, 0)], by=by)
        signals.queue_changed.send(Ticket)
        return step


def _lock() -> None:
    with sql.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [waves.LOCK_NAMESPACE, CLIMB])
