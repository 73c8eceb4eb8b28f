"""A rating that the agent contests: what she says, and what another person makes of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now, Trim
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.states import TransitionLog
from tickets import states
from tickets.models.conversations import Rating

CONTEST_LENGTH = 10


class Contest(models.Model):
    """Once per rating, by the agent whom it is about. Accepted, the rating counts for nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rating = models.OneToOneField(
        Rating, on_delete=models.PROTECT, related_name="contest", verbose_name=_("rating")
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="contests", verbose_name=_("agent")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=states.CONTEST.choices(), default=states.CONTESTED
    )
    text = models.TextField(_("what she says"))
    at = models.DateTimeField(_("written"), db_default=Now())
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
        verbose_name = _("contested rating")
        verbose_name_plural = _("contested ratings")
        constraints = [
            models.CheckConstraint(
                condition=Q(GreaterThanOrEqual(Length(Trim("text")), CONTEST_LENGTH)),
                name="contest_says_something",
            ),
            models.CheckConstraint(
                condition=Q(state=states.CONTESTED)
                | (
                    Q(decided_by__isnull=False)
                    & Q(GreaterThanOrEqual(Length(Trim("answer")), CONTEST_LENGTH))
                ),
                name="contest_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.CONTEST.states), name="contest_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent}, {self.at:%Y-%m-%d}"


class ContestLog(TransitionLog):
    """Every change of a contest, for ever."""

    of = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="log")


Contest.Log = ContestLog  # type: ignore[attr-defined]
