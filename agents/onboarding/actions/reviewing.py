"""What reviewers decide. Each decision names who made it and is told to the applicant in writing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents import presence
from agents import states as presences
from agents.models import Agent, AgentLanguage, AgentSkill, Presence, User
from agents.onboarding import letters, queries, states
from agents.onboarding.models import Application, Decision, Document, Supervised
from agents.tokens import revoke_tokens
from core import clock
from core.problems import Problem
from core.states import NOW, Stale, move

# Who is watched takes one conversation at a time.
CAPACITY_AT_FIRST = 1


def ask_document(application_id: UUID, by: User, reason: str) -> None:
    """The document is not enough: the applicant sends another one. Raises Stale, Problem 403 for one's
    own application."""
    with transaction.atomic():
        application = _decide(
            application_id, states.PREPARING, by, "document", reason, sources=[states.WAITING]
        )
        document = Document.objects.filter(application=application).first()
        if document is not None:
            Document.objects.filter(pk=document.pk).update(refused=reason)
        _tell(
            application,
            _("Your application: please send another document"),
            _("we could not accept the document you sent:\n\n%s\n\nPlease send another one:")
            % reason,
        )


def ask_again(application_id: UUID, by: User, reason: str) -> None:
    """Back to the applicant, who did not pass what was read by a person. Raises Stale, Problem 403."""
    with transaction.atomic():
        application = _decide(
            application_id, states.PREPARING, by, "back", reason, sources=[states.WAITING]
        )
        _tell(
            application,
            _("Your application: something is missing"),
            _("before we can go on, something is still needed:\n\n%s\n\nYour page says how:")
            % reason,
        )


def admit(application_id: UUID, by: User, desks: Sequence[Any], supervised: int) -> Agent:
    """Admit to supervised conversations: she becomes an agent at these desks, in the languages and
    topics whose tests she has passed.

    Raises Problem 409 when something is still to be marked, no language was passed, or no document is
    there; ValidationError without a desk; Stale; Problem 403.
    """
    if not desks:
        raise ValidationError(
            {"desks": [_("Choose at least one desk: nothing rings without one.")]}
        )
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=application_id)
        _not_own(application, by)
        if application.state != states.WAITING:
            raise Stale(application.state)
        if application.attempts.exclude(state=states.DONE).exists():
            raise Problem(
                409, "marking", _("Free answers are not marked yet: mark them first, below.")
            )
        languages, skills = queries.levels(application)
        if not languages:
            raise Problem(
                409,
                "no-language",
                _("No language test was passed: send the application back, or decline it."),
            )
        if queries.document(application) is None:
            raise Problem(409, "no-document", _("There is no identity document: ask for one."))
        agent = application.agent or _agent(application)
        _levels(agent, languages, skills)
        agent.desks.set(desks)
        application = _decide(
            application_id,
            states.PROBATION,
            by,
            "admitted",
            "",
            values={"agent_id": agent.pk, "supervised_needed": supervised},
        )
        _tell(
            application,
            _("You can begin"),
            _(
                "good news: you can begin to work. Somebody looks at your first %d conversations and "
                "tells you what was good; they are paid like all others. Go online when you like:"
            )
            % supervised,
            reverse("agent-app"),
        )
        return agent


def _agent(application: Application) -> Agent:
    assert application.user is not None
    found = Agent.objects.filter(user=application.user).first()
    agent = found or Agent.objects.create(user=application.user, name=application.name)
    Presence.objects.get_or_create(agent=agent, defaults={"capacity": CAPACITY_AT_FIRST})
    return agent


def _levels(agent: Agent, languages: Mapping[str, int], skills: Mapping[int, int]) -> None:
    """Results become what she is matched by."""
    for code, level in languages.items():
        AgentLanguage.objects.update_or_create(agent=agent, code=code, defaults={"level": level})
    for skill_id, level in skills.items():
        AgentSkill.objects.update_or_create(
            agent=agent, skill_id=skill_id, defaults={"level": level}
        )


def certify(application_id: UUID, by: User, text: str = "") -> None:
    """Done: she works without supervision. Raises Problem 409 while conversations are still to be looked
    at, Stale, Problem 403."""
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=application_id)
        looked_at = application.supervised.filter(fine__isnull=False).count()
        if application.state == states.PROBATION and looked_at < application.supervised_needed:
            raise Problem(
                409,
                "not-looked-at",
                _(
                    "%(done)d of %(needed)d conversations were looked at: say of each whether it was fine."
                )
                % {"done": looked_at, "needed": application.supervised_needed},
            )
        application = _decide(application_id, states.CERTIFIED, by, "certified", text)
        assert application.agent is not None
        _levels(application.agent, *queries.levels(application))
        _tell(
            application,
            _("You are certified"),
            "\n\n".join(
                filter(
                    None,
                    [_("you are certified: all steps are done. Thank you for your care."), text],
                )
            ),
            reverse("agent-app"),
        )


def decline(application_id: UUID, by: User, reason: str) -> None:
    """No, in writing. Who was on probation can do nothing as an agent from now on.

    Raises ValidationError without a reason, Stale, Problem 403.
    """
    if not reason.strip():
        raise ValidationError({"reason": [_("Say why: the applicant reads it.")]})
    with transaction.atomic():
        application = _decide(application_id, states.DECLINED, by, "declined", reason)
        agent, user = application.agent, application.user
        _tell(
            application,
            _("Your application"),
            _(
                "thank you for your time. We can't go on with your application. The reason:\n\n%s\n\n"
                "You see it here too, and there you find whom to write to if it is not right:"
            )
            % reason,
        )
        if agent is not None:
            agent.desks.clear()
        if user is not None:
            revoke_tokens(user)
    # After it is committed: what follows locks tickets first. Should it not come to that, her lost line
    # does the same within a minute, since nobody lets her back in.
    if agent is not None:
        presence.set_presence(
            agent.pk, presences.OFFLINE, by=f"staff:{by.pk}:{by.email}"[:80], reason="declined"
        )


def reopen(application_id: UUID, by: User, reason: str) -> None:
    """A declined application is open again; nothing that was done is lost. Raises Stale, Problem 403."""
    with transaction.atomic():
        application = _decide(application_id, states.PREPARING, by, "reopened", reason,
                              sources=[states.DECLINED])  # fmt: skip
        _tell(
            application,
            _("Your application is open again"),
            _("your application is open again:\n\n%s\n\nSee what is next:") % reason,
        )


def judge(supervised_id: int, by: User, *, fine: bool, words: str) -> None:
    """What a reviewer thinks of a conversation. Raises ValidationError without words, Problem 403 for
    one's own."""
    if not words.strip():
        raise ValidationError(
            {"words": [_("Say what was good or what to do better: she reads it.")]}
        )
    row = Supervised.objects.select_related("application").get(pk=supervised_id)
    _not_own(row.application, by)
    if row.application.state != states.PROBATION:
        raise Stale(row.application.state)
    Supervised.objects.filter(pk=row.pk).update(
        fine=fine, words=words.strip(), by=by, at=clock.now()
    )


def _not_own(application: Application, by: User) -> None:
    if application.user_id == by.pk:
        raise Problem(
            403, "own-application", _("It is your own application: somebody else has to decide.")
        )


def _decide(
    application_id: UUID,
    to: str,
    by: User,
    what: str,
    text: str,
    *,
    values: Mapping[str, Any] | None = None,
    sources: Sequence[str] | None = None,
) -> Application:
    """Move it, and write down who said what. Raises Stale, Problem 403 for one's own."""
    application = Application.objects.get(pk=application_id)
    _not_own(application, by)
    moved = move(
        Application,
        states.APPLICATION,
        [application_id],
        to,
        by=f"staff:{by.pk}:{by.email}",
        # The words are kept once, with the decision: there they can be erased, and a log can't.
        reason=what,
        values={"reviewer_id": by.pk, "note": text, "state_at": NOW, **(values or {})},
        sources=sources,
    )
    if not moved:
        raise Stale(Application.objects.values_list("state", flat=True).get(pk=application_id))
    Decision.objects.create(application=application, what=what, text=text, by=by)
    application.refresh_from_db()
    return application


def _tell(application: Application, subject: str, words: str, path: str = "") -> None:
    letters.write(
        application.email,
        subject,
        _("Hello %(name)s,\n\n%(words)s\n\n%(link)s")
        % {
            "name": application.name,
            "words": words,
            "link": f"{settings.PUBLIC_URL}{path or reverse('join-status')}",
        },
    )
