"""Suspending, appealing, deciding. Each by a person, in writing, and told to the agent by mail."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents import presence
from agents import states as agents
from agents.fairness import mails, queries, states
from agents.fairness.models import APPEAL_LENGTH, REASONS_LENGTH, Appeal, Suspension
from agents.models import Agent, User
from core import clock
from core.problems import Problem
from core.states import NOW, Stale, move

# How long she waits for an answer at most.
CLOCK = timedelta(days=14)
REASON = "suspended"


def suspend(
    *, agent_id: UUID, by: User, category: str, reasons: str, until: datetime | None = None
) -> Suspension:
    """Keep an agent from working, from now on. Her conversations go back to their queues.

    Raises ValidationError for reasons that are none or a time that has passed, Problem 409 for who is
    suspended already, 403 for oneself.
    """
    agent = Agent.objects.select_related("user").get(pk=agent_id)
    if agent.user_id == by.pk:
        raise Problem(403, "oneself", _("Nobody suspends herself. Set yourself offline instead."))
    _enough("reasons", reasons, REASONS_LENGTH)
    if until and until <= clock.now():
        raise ValidationError({"until": [_("This time has passed. Choose a later one.")]})
    made = Suspension(
        agent=agent, suspended_by=by, category=category, reasons=reasons.strip(), until=until
    )

    def write() -> None:
        past = Suspension.objects.filter(agent=agent, until__lte=clock.now())
        _end(list(past.values_list("pk", flat=True)), states.OVER, by=by, reason="its time is over")
        made.save(force_insert=True)

    try:
        # One transaction with her going offline: nobody is suspended and online for a moment.
        presence.set_presence(agent.pk, agents.OFFLINE, by=_who(by), reason=REASON, along=write)
    except IntegrityError as refused:
        if "one_suspension_in_force" not in str(refused):
            raise
        raise Problem(
            409, "suspended-already", _("She is suspended already. Lift that first.")
        ) from None
    made.refresh_from_db()
    mails.tell(agent.user, "suspended", {"suspension": made, "by": queries.name_of(by)})
    return made


def lift(*, suspension_id: UUID, by: User, reasons: str) -> Suspension:
    """End a suspension before its time, without a word of hers or whatever she said.

    Raises Stale when it is over already, ValidationError for reasons that are none.
    """
    _enough("reasons", reasons, REASONS_LENGTH)
    suspension = Suspension.objects.select_related("agent__user").get(pk=suspension_id)
    with transaction.atomic():
        _lift(suspension, by, "lifted")
        appeal = Appeal.objects.filter(suspension=suspension).values_list("pk", flat=True)
        move(
            Appeal, states.APPEAL, list(appeal), states.SETTLED, by=_who(by),
            values={"decided_at": NOW, "answer": reasons.strip()},
        )  # fmt: skip
    mails.tell(
        suspension.agent.user, "lifted", {"answer": reasons.strip(), "by": queries.name_of(by)}
    )
    return suspension


def appeal(*, agent_id: UUID, text: str) -> tuple[Appeal, bool]:
    """The agent says what is wrong about it: (appeal, whether it is new). Once per suspension.

    The same words again are the same appeal. Raises Problem 409 for others, or without a suspension.
    """
    suspension = queries.in_force(agent_id)
    if suspension is None:
        raise Problem(
            409, "not-suspended", _("There is no suspension in force: you can work as you like.")
        )
    _enough("text", text, APPEAL_LENGTH)
    now = clock.now()
    made, new = Appeal.objects.get_or_create(
        suspension=suspension,
        defaults={
            "suspended_by_id": suspension.suspended_by_id,
            "text": text.strip(),
            "at": now,
            "due_at": now + CLOCK,
        },
    )
    if not new and made.text != text.strip():
        raise Problem(
            409,
            "appealed-already",
            _("You have appealed already. It is answered until %s at the latest.")
            % f"{made.due_at:%Y-%m-%d}",
        )
    if new:
        agent = Agent.objects.select_related("user").get(pk=agent_id)
        mails.tell(agent.user, "appealed", {"appeal": made})
    return made, new


def decide(*, appeal_id: UUID, by: User, granted: bool, answer: str) -> Appeal:
    """Answer an appeal: granted, and she works again; or upheld, and the suspension stays.

    Raises Problem 403 for who suspended her and for herself, Stale when it is decided.
    """
    _enough("answer", answer, REASONS_LENGTH)
    found = Appeal.objects.select_related("suspension__agent__user").get(pk=appeal_id)
    agent = found.suspension.agent
    if by.pk in (found.suspended_by_id, agent.user_id):
        raise Problem(
            403, "another-person", _("Another person than who suspended her decides on her appeal.")
        )
    with transaction.atomic():
        moved = move(
            Appeal,
            states.APPEAL,
            [found.pk],
            states.GRANTED if granted else states.UPHELD,
            by=_who(by),
            values={"decided_by_id": by.pk, "decided_at": NOW, "answer": answer.strip()},
        )
        found.refresh_from_db()
        if not moved:
            raise Stale(found.state)
        if granted:
            _lift(found.suspension, by, "appeal granted")
    told = {"answer": answer.strip(), "by": queries.name_of(by), "suspension": found.suspension}
    mails.tell(agent.user, "granted" if granted else "upheld", told)
    return found


def _lift(suspension: Suspension, by: User, reason: str) -> None:
    if not _end([suspension.pk], states.LIFTED, by=by, reason=reason):
        suspension.refresh_from_db()
        raise Stale(suspension.state)
    suspension.refresh_from_db()


def _end(ids: list[UUID], to: str, *, by: User, reason: str) -> int:
    ended = move(
        Suspension,
        states.SUSPENSION,
        ids,
        to,
        by=_who(by),
        reason=reason,
        values={"ended_at": NOW},
    )
    return len(ended)


def _who(by: User) -> str:
    return f"staff:{by.pk}:{by.email}"


def _enough(field: str, text: str, least: int) -> None:
    words = text.strip()
    if "\x00" in words or len(words) < least or len(words.split()) < 2:
        raise ValidationError(
            {field: [_("Write at least a sentence: a person reads it and has to understand.")]}
        )
