"""Tests as they were taken: each keeps its own copy of what was asked."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.onboarding import states
from agents.onboarding.models.applications import Application
from agents.onboarding.models.bank import KINDS, Blueprint, Subject
from core.states import TransitionLog


class Attempt(Subject):
    """One try at a test. `until` is when its time is over, by the database's clock.

    `rules` are the marks and the level to pass as they were when it began.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="attempts")
    blueprint = models.ForeignKey(
        Blueprint, on_delete=models.SET_NULL, null=True, related_name="attempts"
    )
    state = models.CharField(
        _("state"), max_length=16, choices=states.ATTEMPT.choices(), default=states.RUNNING
    )
    rules = models.JSONField()
    started_at = models.DateTimeField(_("started"), db_default=Now())
    until = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    retry_at = models.DateTimeField(_("another try from"), null=True, blank=True)
    percent = models.PositiveSmallIntegerField(_("percent"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("test taken")
        verbose_name_plural = _("tests taken")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "language"],
                condition=Q(state=states.RUNNING, skill__isnull=True),
                name="one_running_test_per_language",
            ),
            models.UniqueConstraint(
                fields=["application", "skill"],
                condition=Q(state=states.RUNNING, skill__isnull=False),
                name="one_running_test_per_skill",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.ATTEMPT.states), name="attempt_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=states.DONE)
                | Q(percent__isnull=False, level__isnull=False, passed__isnull=False),
                name="a_finished_test_has_a_result",
            ),
        ]
        indexes = [
            models.Index(
                fields=["until"], condition=Q(state=states.RUNNING), name="attempts_that_run"
            )
        ]

    def __str__(self) -> str:
        return self.subject


class AttemptLog(TransitionLog):
    """Every move of a test, for ever."""

    of = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="log")

    class Meta:
        indexes = [models.Index(fields=["of", "at"], name="attempt_log")]


Attempt.Log = AttemptLog  # type: ignore[attr-defined]


class AttemptItem(models.Model):
    """A question as it was asked. `options` are shown in this order; `key` never leaves the server."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField(_("place"))
    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    level = models.PositiveSmallIntegerField(_("level"))
    points = models.PositiveSmallIntegerField(_("points"))
    text = models.TextField(_("question"))
    guide = models.TextField(blank=True, db_default="")
    options = models.JSONField(default=list)
    key = models.JSONField(default=list)
    answer = models.JSONField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    score = models.DecimalField(
        _("points given"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["place"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["attempt", "place"], name="one_item_per_place"),
            models.CheckConstraint(
                condition=Q(score__isnull=True)
                | (Q(score__gte=0) & Q(score__lte=models.F("points"))),
                name="score_within_points",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.text[:60]}"
