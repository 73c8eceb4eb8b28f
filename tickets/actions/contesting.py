"""A rating that an agent thinks is wrong: what she says to it, and what a person answers."""

from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import User
from core.problems import Problem
from core.states import NOW, Stale, move
from tickets import ratings, states
from tickets.models import Contest
from tickets.models.contests import CONTEST_LENGTH


def contest(*, ticket_id: UUID, agent_id: UUID, text: str) -> tuple[Contest, bool]:
    """The agent says what is wrong about a rating of hers: (contest, whether it is new). Once.

    The same words again are the same contest. Raises Http404 for what is not hers, Problem 409 for
    other words, ValidationError for none.
    """
    rating = ratings.of_agent(agent_id).filter(pk=ticket_id).first()
    if rating is None:
        raise Http404
    _enough("text", text)
    made, new = Contest.objects.get_or_create(
        rating=rating, defaults={"agent_id": agent_id, "text": text.strip()}
    )
    if not new and made.text != text.strip():
        raise Problem(
            409, "contested-already", _("You have said what is wrong about it; a person reads it.")
        )
    return made, new


def decide_contest(*, contest_id: UUID, by: User, accepted: bool, answer: str) -> Contest:
    """Answer it: accepted, and the rating counts for nothing; or refused, and it stays.

    Raises Problem 403 for a contest of one's own, Stale when it is decided.
    """
    _enough("answer", answer)
    found = Contest.objects.select_related("agent").get(pk=contest_id)
    if found.agent.user_id == by.pk:
        raise Problem(403, "oneself", _("Nobody decides about a rating of her own."))
    moved = move(
        Contest,
        states.CONTEST,
        [found.pk],
        states.ACCEPTED if accepted else states.REFUSED,
        by=f"staff:{by.pk}:{by.email}",
        values={"decided_by_id": by.pk, "decided_at": NOW, "answer": answer.strip()},
    )
    found.refresh_from_db()
    if not moved:
        raise Stale(found.state)
    return found


def _enough(field: str, text: str) -> None:
    words = text.strip()
    if "\x00" in words or len(words) < CONTEST_LENGTH or len(words.split()) < 2:
        raise ValidationError(
            {field: [_("Write at least a sentence: a person reads it and has to understand.")]}
        )
