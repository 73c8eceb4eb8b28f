"""Reading internal notes: by who has the conversation now, and by nobody else over the API."""

from typing import Any
from uuid import UUID

from core.api import iso
from realtime.events import Json
from tickets.history import held
from tickets.models import Note

PAGE = 200


def notes_after(ticket_id: UUID, agent_id: UUID, after: int, limit: int) -> Json:
    """The notes with a larger seq, ascending. Raises Http404 unless the agent has the conversation."""
    held(ticket_id, agent_id)
    rows = Note.objects.select_related("agent").filter(ticket_id=ticket_id, seq__gt=after)
    return {"notes": [view(row, agent_id) for row in rows.order_by("seq")[:limit]]}


def view(note: Note, viewer: UUID) -> dict[str, Any]:
    """A note as an agent sees it."""
    return {
        "seq": note.seq,
        "id": str(note.pk),
        "client_id": str(note.client_id),
        "from": note.agent.name,
        "own": note.agent_id == viewer,
        "text": note.text,
        "at": iso(note.at),
    }
