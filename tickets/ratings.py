"""What customers thought of an agent's work, as she reads it: never who they were."""

from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, QuerySet

from core.api import iso
from tickets import states
from tickets.models import Rating

LIST = 50


def of_agent(agent_id: UUID) -> "QuerySet[Rating]":
    """Ratings of the conversations that ended with her."""
    return Rating.objects.filter(ticket__agent_id=agent_id, ticket__state=states.RESOLVED)


def listed(agent_id: UUID) -> dict[str, Any]:
    """The last of them, and their mean. What was contested with success does not count."""
    rows = of_agent(agent_id).select_related("ticket__queue", "contest").order_by("-at")
    counted = of_agent(agent_id).exclude(contest__state=states.ACCEPTED)
    mean = counted.aggregate(mean=Avg("score"), n=Count("pk"))
    return {
        "mean": round(float(mean["mean"]), 2) if mean["mean"] is not None else None,
        "count": mean["n"],
        "ratings": [written(row) for row in rows[:LIST]],
    }


def written(rating: Rating) -> dict[str, Any]:
    """One of them, with what she said to it."""
    contest = getattr(rating, "contest", None)
    return {
        "ticket": str(rating.ticket_id),
        "score": rating.score,
        "comment": rating.comment,
        "at": iso(rating.at),
        "topic_name": rating.ticket.queue.name,
        "counts": contest is None or contest.state != states.ACCEPTED,
        "contest": contest
        and {"state": contest.state, "text": contest.text, "answer": contest.answer},
    }
