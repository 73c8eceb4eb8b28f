"""Whose day it is, and what may come on top: quests and tips."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from pay import money
from pay.models.tariffs import zone_known
from tickets.models import Desk, Queue


class Earner(models.Model):
    """What the pay room knows of an agent: whose days these are, and up to when they are closed."""

    agent = models.OneToOneField(
        Agent, primary_key=True, on_delete=models.PROTECT, related_name="earner"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", db_default="UTC", validators=[zone_known]
    )
    # Her days up to here were topped up to the floor; none of their seconds counts again.
    closed_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("earner")
        verbose_name_plural = _("earners")

    def __str__(self) -> str:
        return self.time_zone


class Quest(models.Model):
    """So many conversations within these dates bring a reward, for those who join.

    Counted is what she does, never what she declines; nothing is lost by stopping.
    """

    title = models.CharField(_("title"), max_length=80)
    desk = models.ForeignKey(
        Desk, on_delete=models.PROTECT, related_name="quests", verbose_name=_("desk")
    )
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="quests",
        verbose_name=_("queue"), help_text=_("Empty: every queue of the desk."),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    target = models.PositiveSmallIntegerField(
        _("conversations"), validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    reward = models.DecimalField(
        _("reward"), max_digits=10, decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(10_000)],
    )  # fmt: skip

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("quest")
        verbose_name_plural = _("quests")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="a_quest_ends_after_its_start"
            ),
            models.CheckConstraint(condition=Q(reward__gt=0), name="a_quest_rewards"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Raises ValidationError, by field, for what can't hold."""
        wrong: dict[str, Any] = {}
        if self.currency not in money.EXPONENTS:
            wrong["currency"] = _("Write the three letters of ISO 4217, such as EUR.")
        elif self.reward is not None and self.reward != round(
            self.reward, money.EXPONENTS[self.currency]
        ):
            wrong["reward"] = _("%(currency)s has %(digits)d digits after the point at most.") % {
                "currency": self.currency, "digits": money.EXPONENTS[self.currency],
            }  # fmt: skip
        if self.queue_id and self.desk_id and self.queue and self.queue.desk_id != self.desk_id:
            wrong["queue"] = _("This queue is another desk's.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            wrong["ends_at"] = _("It must end after it begins.")
        if wrong:
            raise ValidationError(wrong)


class QuestMember(models.Model):
    """An agent who joined a quest, and how far she is."""

    quest = models.ForeignKey(Quest, on_delete=models.PROTECT, related_name="members")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="quests", db_index=False
    )
    joined_at = models.DateTimeField(db_default=Now())
    done = models.PositiveIntegerField(_("done"), default=0, db_default=0)
    reached_at = models.DateTimeField(_("reached"), null=True, blank=True)

    class Meta:
        verbose_name = _("quest member")
        verbose_name_plural = _("quest members")
        constraints = [
            models.UniqueConstraint(fields=["agent", "quest"], name="one_membership_per_quest")
        ]

    def __str__(self) -> str:
        return f"{self.done}"


class Tipping(models.Model):
    """A desk's customers may tip after the rating. Its checkout collects: we book the promise."""

    desk = models.OneToOneField(Desk, on_delete=models.PROTECT, related_name="tipping")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    amounts = ArrayField(
        models.DecimalField(max_digits=8, decimal_places=3, validators=[MinValueValidator(0)]),
        verbose_name=_("amounts"), help_text=_("What is offered, such as 1, 2, 5."),
    )  # fmt: skip
    is_on = models.BooleanField(
        _("on"), default=False,
        help_text=_("The desk owes us what its customers promise: see docs/pay.md."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("tipping")
        verbose_name_plural = _("tipping")

    def __str__(self) -> str:
        return str(self.desk)

    def clean(self) -> None:
        """Raises ValidationError, by field, for amounts that nobody could be asked for."""
        wrong: dict[str, Any] = {}
        digits = money.EXPONENTS.get(self.currency)
        amounts = self.amounts or []
        if digits is None:
            wrong["currency"] = _("Write the three letters of ISO 4217, such as EUR.")
        elif not 1 <= len(amounts) <= 4:
            wrong["amounts"] = _("Offer one to four amounts.")
        elif any(amount <= 0 or amount != round(amount, digits) for amount in amounts):
            wrong["amounts"] = _("Each is more than 0, with %d digits after the point.") % digits
        if wrong:
            raise ValidationError(wrong)
