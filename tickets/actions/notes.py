"""Internal notes: what colleagues say of a conversation where its customer does not hear it."""

import uuid
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from core import sql
from core.states import Stale
from realtime import groups
from realtime.events import Json, NotePosted
from realtime.publish import publish
from tickets.models import Assignment, Note, Ticket
from tickets.notes import view


def post_note(ticket_id: UUID, agent_id: UUID, *, client_id: UUID, text: str) -> tuple[Json, bool]:
    """A note of the ticket's agent: (note, whether it is new). A repeat returns the first one.

    The ticket's row lock orders writers. Nothing of the ticket changes: a note is no answer, wakes
    nobody and is told to nobody but her own devices. Raises Http404 for a ticket that was never
    hers, Stale for one that is no longer.
    """
    with transaction.atomic(), sql.cursor() as cursor:
        # A statement of its own: the next one sees what whoever held the lock has written.
        cursor.execute(
            """SELECT id FROM tickets_ticket
               WHERE id = %s AND agent_id = %s AND state = 'active' FOR NO KEY UPDATE""",
            [ticket_id, agent_id],
        )
        new = cursor.fetchone() is not None
        if new:
            cursor.execute(
                """
                INSERT INTO tickets_note (id, ticket_id, seq, agent_id, client_id, text, at)
                SELECT %(id)s, %(ticket)s, 1 + coalesce(
                        (SELECT max(n.seq) FROM tickets_note n WHERE n.ticket_id = %(ticket)s), 0),
                    %(agent)s, %(client)s, %(text)s, clock_timestamp()
                ON CONFLICT (ticket_id, agent_id, client_id) DO NOTHING RETURNING id
                """,
                {
                    "ticket": ticket_id,
                    "agent": agent_id,
                    "id": uuid.uuid4(),
                    "client": client_id,
                    "text": text,
                },
            )
            new = cursor.fetchone() is not None
    note = (
        Note.objects.select_related("agent")
        .filter(ticket_id=ticket_id, agent_id=agent_id, client_id=client_id)
        .first()
    )
    if note is None:
        raise _not_hers(ticket_id, agent_id)
    shown = view(note, agent_id)
    if new:
        publish((groups.agent(agent_id), NotePosted(str(ticket_id), shown)))
    return shown, new


def _not_hers(ticket_id: UUID, agent_id: UUID) -> Exception:
    hers = Assignment.objects.filter(ticket_id=ticket_id, agent_id=agent_id)
    state = Ticket.objects.filter(pk=ticket_id).values_list("state", flat=True).first()
    if state is None or not hers.exists():
        return Http404()
    return Stale(state, _("This conversation is no longer yours. Your note was not kept."))
