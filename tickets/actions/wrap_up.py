"""Wrap-up: time for an agent to write down what came of a conversation before the next one rings.

While it lasts, the assignment has ended and still holds its slots, until `wrap_until`. Row locks:
the assignment, then its agent's presence.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from agents import presence
from core import sql
from core.api import iso
from core.states import Stale
from realtime import groups
from realtime.events import Json, WrapUpEnded, WrapUpStarted
from realtime.publish import publish
from tickets import wrap_ups
from tickets.models import Ticket

# Wrap-ups that one tick ends; the next one goes on.
BATCH = 500


def started(ticket_id: UUID, agent_id: UUID, until: datetime, may_extend: bool) -> None:
    """Tell the agent that her wrap-up runs until then."""
    publish((groups.agent(agent_id), WrapUpStarted(str(ticket_id), iso(until) or "", may_extend)))


def wrapped(ticket_id: UUID, agent_id: UUID) -> Json:
    """The agent needs no more time: her slots are free. One that is over already stays as it is.

    Raises Http404 for a conversation she never had, Stale for one without a wrap-up.
    """
    with transaction.atomic():
        found = _lock(ticket_id, agent_id)
        if not found.held:
            return wrap_ups.view(ticket_id, found.until, may_extend=False)
        with sql.cursor() as cursor:
            cursor.execute(
                """UPDATE tickets_assignment
                   SET held = 0, wrap_until = least(wrap_until, clock_timestamp())
                   WHERE id = %s RETURNING wrap_until""",
                [found.id],
            )
            (until,) = cursor.fetchone()
        _ended([(ticket_id, agent_id, found.held)])
        return wrap_ups.view(ticket_id, until, may_extend=False)


def extend_wrap_up(ticket_id: UUID, agent_id: UUID) -> Json:
    """The agent needs her queue's `wrap_up_extension_s` more, once; a repeat adds nothing.

    Raises Http404 for a conversation she never had, Stale when its wrap-up is over, when there is
    none, or when its queue allows no extension.
    """
    with transaction.atomic():
        found = _lock(ticket_id, agent_id)
        if not found.running:
            raise Stale(found.state, _("The wrap-up is over. Your slots are free again."))
        if found.extended:
            return wrap_ups.view(ticket_id, found.until, may_extend=False)
        if not found.extension_s:
            raise Stale(found.state, _("This kind of conversation has no longer wrap-up."))
        with sql.cursor() as cursor:
            cursor.execute(
                """UPDATE tickets_assignment SET wrap_extended = true,
                       wrap_until = wrap_until + make_interval(secs => %s)
                   WHERE id = %s RETURNING wrap_until""",
                [found.extension_s, found.id],
            )
            (until,) = cursor.fetchone()
        started(ticket_id, agent_id, until, may_extend=False)
        return wrap_ups.view(ticket_id, until, may_extend=False)


def _lock(ticket_id: UUID, agent_id: UUID) -> wrap_ups.WrapUp:
    """Her last time with the ticket, locked. Raises Http404, or Stale when it has no wrap-up."""
    found = wrap_ups.lock(ticket_id, agent_id)
    if found is None:
        raise Http404
    if found.until is None:
        raise Stale(found.state, _("This conversation has no wrap-up."))
    return found


def end_wrap_ups() -> int:
    """End every wrap-up whose time is over; returns how many."""
    return _end("a.wrap_until <= clock_timestamp()", [])


def end_wrap_ups_of(agent_ids: Sequence[UUID]) -> int:
    """Agents went offline on purpose: what they were writing down is written. Returns how many."""
    return _end("a.agent_id = ANY(%s)", [list(agent_ids)])


def _end(condition: str, params: list[list[UUID]]) -> int:
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            f"""
            WITH due AS (
                SELECT a.id, a.held FROM tickets_assignment a
                WHERE a.wrap_until IS NOT NULL AND a.held > 0 AND {condition}
                ORDER BY a.id LIMIT {BATCH} FOR NO KEY UPDATE
            )
            UPDATE tickets_assignment a
            SET held = 0, wrap_until = least(a.wrap_until, clock_timestamp())
            FROM due WHERE a.id = due.id RETURNING a.ticket_id, a.agent_id, due.held
            """,  # noqa: S608 - conditions of ours
            params,
        )
        rows = cursor.fetchall()
        _ended(rows)
    return len(rows)


def _ended(rows: Sequence[tuple[UUID, UUID, int]]) -> None:
    """What follows for (ticket, agent, slots) whose wrap-up is over."""
    presence.free_slots([(agent_id, held) for _ticket, agent_id, held in rows])
    publish(*((groups.agent(agent), WrapUpEnded(str(ticket))) for ticket, agent, _held in rows))


def finish_unloaded(agent_ids: Sequence[UUID]) -> None:
    """Finishing agents carry nothing any more: they go offline, but for who still has a conversation
    that is idle. Inside a transaction that holds their presences."""
    busy = Ticket.objects.filter(agent_id__in=agent_ids, state="active")
    still = set(busy.values_list("agent_id", flat=True))
    if done := [agent_id for agent_id in agent_ids if agent_id not in still]:
        presence.finish(done)
