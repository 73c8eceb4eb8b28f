"""Suspensions and appeals. The database refuses one without a person or without reasons."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now, Trim
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from agents.fairness import states
from agents.models import Agent
from core import clock
from core.states import TransitionLog

# A sentence at the very least.
REASONS_LENGTH = 30
APPEAL_LENGTH = 10

CATEGORIES = [
    ("privacy", _("Customers' data was handled wrongly")),
    ("conduct", _("Conduct towards a customer")),
    ("identity", _("Doubt about who uses the account")),
    ("money", _("Irregularities with pay")),
    ("other", _("Something else")),
]


class Suspension(models.Model):
    """A person has kept an agent from working, and says why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="suspensions", verbose_name=_("agent")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=states.SUSPENSION.choices(), default=states.IN_FORCE
    )
    category = models.CharField(_("about"), max_length=16, choices=CATEGORIES)
    reasons = models.TextField(_("reasons"))
    suspended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("suspended by"),
    )
    at = models.DateTimeField(_("since"), db_default=Now())
    until = models.DateTimeField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(state=states.IN_FORCE),
                name="one_suspension_in_force",
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length(Trim("reasons")), REASONS_LENGTH),
                name="suspension_has_reasons",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("at")),
                name="suspension_until_later",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.SUSPENSION.states), name="suspension_known"
            ),
            models.CheckConstraint(
                condition=Q(category__in=[key for key, _words in CATEGORIES]),
                name="suspension_category_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent}, {self.at:%Y-%m-%d}"


class SuspensionLog(TransitionLog):
    """Every change of a suspension, for ever."""

    of = models.ForeignKey(Suspension, on_delete=models.CASCADE, related_name="log")


Suspension.Log = SuspensionLog  # type: ignore[attr-defined]


class Appeal(models.Model):
    """What the agent says to it, once per suspension. Decided by another person than who suspended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    suspension = models.OneToOneField(
        Suspension, on_delete=models.PROTECT, related_name="appeal", verbose_name=_("suspension")
    )
    # As in the suspension, for the constraint.
    suspended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    state = models.CharField(
        _("state"), max_length=16, choices=states.APPEAL.choices(), default=states.OPEN
    )
    text = models.TextField(_("what she says"))
    at = models.DateTimeField(_("written"), db_default=Now())
    due_at = models.DateTimeField(_("to be answered until"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=states.SETTLED)
                | (Q(state=states.OPEN) & Q(decided_by__isnull=True))
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("suspended_by"))),
                name="appeal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[states.OPEN, states.SETTLED])
                | Q(GreaterThanOrEqual(Length(Trim("answer")), REASONS_LENGTH)),
                name="appeal_has_an_answer",
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length(Trim("text")), APPEAL_LENGTH),
                name="appeal_says_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.APPEAL.states), name="appeal_known"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=states.OPEN), name="open_appeals")
        ]

    def __str__(self) -> str:
        return f"{self.suspension.agent}, {self.at:%Y-%m-%d}"

    @property
    def is_overdue(self) -> bool:
        """Whether she waits for longer than she was promised."""
        now: datetime = clock.now()
        return self.state == states.OPEN and self.due_at < now


class AppealLog(TransitionLog):
    """Every change of an appeal, for ever."""

    of = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="log")


Appeal.Log = AppealLog  # type: ignore[attr-defined]
