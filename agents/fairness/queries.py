"""What stands between an agent and her work, as she is told."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from agents.fairness import states
from agents.fairness.models import Suspension
from core.api import iso


def in_force(agent_id: UUID) -> Suspension | None:
    """The suspension that keeps this agent from working now, if any."""
    return (
        Suspension.objects.filter(agent_id=agent_id, state=states.IN_FORCE)
        .filter(Q(until__isnull=True) | Q(until__gt=Now()))
        .select_related("suspended_by", "appeal__decided_by")
        .first()
    )


def last(agent_id: UUID) -> Suspension | None:
    """The one in force, else the last there was: its outcome is hers to read."""
    return in_force(agent_id) or (
        Suspension.objects.filter(agent_id=agent_id)
        .select_related("suspended_by", "appeal__decided_by")
        .order_by("-at")
        .first()
    )


def name_of(user: Any) -> str:
    """A person, by name: who decides on others does not hide behind a role."""
    return user.get_full_name() or user.email


def written(suspension: Suspension) -> dict[str, Any]:
    """As the API gives it."""
    appeal = getattr(suspension, "appeal", None)
    current = in_force(suspension.agent_id)
    return {
        "id": str(suspension.pk),
        "in_force": current is not None and current.pk == suspension.pk,
        "state": suspension.state,
        "category": suspension.category,
        "reasons": suspension.reasons,
        "by": name_of(suspension.suspended_by),
        "at": iso(suspension.at),
        "until": iso(suspension.until) if suspension.until else None,
        "appeal": appeal
        and {
            "state": appeal.state,
            "text": appeal.text,
            "at": iso(appeal.at),
            "due_at": iso(appeal.due_at),
            "answer": appeal.answer,
            "by": name_of(appeal.decided_by) if appeal.decided_by else None,
            "decided_at": iso(appeal.decided_at) if appeal.decided_at else None,
        },
    }
