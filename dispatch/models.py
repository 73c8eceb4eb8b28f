"""Who gets what: offers, waves, weights, cool-downs."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.states import TransitionLog
from dispatch import states
from dispatch.matching.types import Weights
from tickets.models import Queue, Ticket


class WeightSet(models.Model):
    """A version of the matching's weights. The newest counts; a version is never edited."""

    version = models.AutoField(primary_key=True)
    terms: Any = models.JSONField(
        _("terms"),
        default=dict,
        blank=True,
        help_text=_("Weights by name; a term left out keeps its default."),
    )
    note = models.CharField(_("why"), max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-version"]
        verbose_name = _("weights")
        verbose_name_plural = _("weights")

    def __str__(self) -> str:
        return str(_("Weights %s") % self.version)

    def clean(self) -> None:
        """Raises ValidationError naming a wrong term."""
        if not isinstance(self.terms, dict):
            raise ValidationError({"terms": _('Write an object, like {"idle": 2}.')})
        try:
            Weights.from_terms(0, self.terms)
        except ValueError as exc:
            raise ValidationError({"terms": str(exc)}) from None


class Wave(models.Model):
    """One matching run that made offers: what it saw, and how long it took."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    waiting = models.PositiveIntegerField()
    free_agents = models.PositiveIntegerField()
    offers = models.PositiveIntegerField()
    took_ms = models.FloatField()
    weights_version = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("wave")
        verbose_name_plural = _("waves")

    def __str__(self) -> str:
        return str(self.pk)


class Offer(models.Model):
    """A ticket offered to an agent, until `expires_at`. The receipt says why to this agent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Their indexes are below: one of each column alone would be written with every offer for nothing.
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="offers", db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="offers", db_index=False
    )
    state = models.CharField(
        _("state"), max_length=16, choices=states.OFFER.choices(), default=states.PENDING
    )
    made_at = models.DateTimeField(_("made"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decline_reason = models.CharField(_("decline reason"), max_length=80, blank=True)
    waited_s = models.PositiveIntegerField(_("customer had waited (s)"), default=0)
    receipt: Any = models.JSONField(default=dict)
    # Seconds to answer, from when the phone drew it.
    timeout_s = models.PositiveSmallIntegerField(_("time to answer (s)"), default=15, db_default=15)
    broadcast = models.BooleanField(_("to several at once"), default=False, db_default=False)
    slots = models.PositiveSmallIntegerField(_("slots"), default=1, db_default=1)
    pay_multiplier = models.DecimalField(
        _("pay multiplier"), max_digits=4, decimal_places=2, default=1, db_default=1
    )

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(state="pending", broadcast=False),
                name="one_pending_offer_per_ticket",
            ),
            models.UniqueConstraint(
                # The agent first: this is also how an agent's live offers are found.
                fields=["agent", "ticket"],
                condition=Q(state="pending"),
                name="one_pending_offer_per_ticket_and_agent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.OFFER.states), name="offer_state_known"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, state="pending")
                | (Q(decided_at__isnull=False) & ~Q(state="pending")),
                name="decided_when_not_pending",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state="pending"),
                name="pending_offers_by_deadline",
            ),
            models.Index(fields=["ticket", "state"], name="offers_of_ticket"),
            models.Index(fields=["agent", "-made_at"], name="offers_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {str(self.pk)[:8]}"


class OfferLog(TransitionLog):
    """Every move of an offer, for ever."""

    of = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="log", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["of", "at"], name="offer_log_by_offer")]


Offer.Log = OfferLog  # type: ignore[attr-defined]


class CoolDown(models.Model):
    """This ticket is not offered to this agent again before `until`."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="cool_downs")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="cool_downs")
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "agent"], name="one_cool_down_per_ticket_and_agent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.agent_id}"


class Climb(models.Model):
    """A ticket came to a step of its queue's ladder. Append-only, like the transition logs."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="climbs")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveSmallIntegerField(_("step"))
    at = models.DateTimeField(_("at"), db_default=Now())
    by = models.CharField(max_length=80)
    reason = models.CharField(_("why"), max_length=80, blank=True)

    class Meta:
        ordering = ["at"]
        verbose_name = _("ladder step")
        verbose_name_plural = _("ladder steps")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "queue", "step"], name="a_step_opens_once_per_ticket"
            )
        ]

    def __str__(self) -> str:
        return str(self.step)


class CallIn(models.Model):
    """An agent who was not online was asked to come for a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="call_ins")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="call_ins")
    at = models.DateTimeField(_("at"), db_default=Now())
    # What the agent is told it pays, against the usual.
    pay_multiplier = models.DecimalField(max_digits=4, decimal_places=2, default=1, db_default=1)
    answered_at = models.DateTimeField(_("came"), null=True, blank=True)

    class Meta:
        verbose_name = _("call-in")
        verbose_name_plural = _("call-ins")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "agent"], name="one_call_in_per_ticket_and_agent"
            )
        ]
        indexes = [models.Index(fields=["agent", "-at"], name="call_ins_of_agent")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.at:%H:%M}"


class Pushed(models.Model):
    """Something was pushed to an agent's phones, once: whoever writes the row sends it.

    `subject` is an offer or a ticket, `nth` tells one message (by its seq) or nudge from the next.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12)
    subject = models.UUIDField()
    nth = models.IntegerField(default=0, db_default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "kind", "subject", "nth"], name="pushed_once")
        ]
        indexes = [models.Index(fields=["at"], name="pushed_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%H:%M:%S}"


class Alert(models.Model):
    """Something a supervisor should look at, until somebody has seen it."""

    KINDS = [
        ("ladder", _("Waits too long")),
        ("last_step", _("Nobody came")),
        ("supervisor", _("Passed on to a supervisor")),
    ]

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    text = models.CharField(_("what"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"), db_default=Now())
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    seen_by = models.CharField(_("by"), max_length=80, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(fields=["-at"], condition=Q(seen_at__isnull=True), name="alerts_unseen")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.ticket_id)[:8]}"


class Canary(models.Model):
    """When a tick last ran to its end: the proof that beat, broker and worker work."""

    name = models.CharField(primary_key=True, max_length=20)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WorkRecord(models.Model):
    """A signed statement of an agent's work that she can show anywhere. Revoked, it says nothing any more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="work_records")
    client_id = models.UUIDField(editable=False)
    token = models.TextField(editable=False)
    issued_at = models.DateTimeField(_("made"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("work record")
        verbose_name_plural = _("work records")
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "client_id"], name="one_work_record_per_client_id"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.issued_at:%Y-%m-%d}"


class DataExport(models.Model):
    """All that is kept about an agent, put together for her. The file goes when its time is over."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="exports")
    client_id = models.UUIDField(editable=False)
    asked_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # In the database, which web and worker share wherever they run, and which nobody serves by accident.
    content = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("data export")
        verbose_name_plural = _("data exports")
        constraints = [
            models.UniqueConstraint(fields=["agent", "client_id"], name="one_export_per_client_id"),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(ready_at__isnull=True),
                name="one_waiting_export_per_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.asked_at:%Y-%m-%d}"


class Erasure(models.Model):
    """An agent's wish to have her account deleted: it waits until `due_at`, and may be taken back."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="erasures")
    requested_at = models.DateTimeField(_("asked"), db_default=Now())
    due_at = models.DateTimeField(_("due"))
    cancelled_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("account deletion")
        verbose_name_plural = _("account deletions")
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(cancelled_at__isnull=True, done_at__isnull=True),
                name="one_waiting_erasure_per_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.due_at:%Y-%m-%d}"


class Shift(models.Model):
    """When an agent plans to work: each week on a weekday, or on one date instead of that.

    A plan, and no more: nothing is owed by it, and nothing follows from another course. A date
    without times says that she does not work then. Times are those of her own time zone.
    """

    WEEKDAYS = [
        (0, _("Monday")),
        (1, _("Tuesday")),
        (2, _("Wednesday")),
        (3, _("Thursday")),
        (4, _("Friday")),
        (5, _("Saturday")),
        (6, _("Sunday")),
    ]

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=WEEKDAYS, null=True, blank=True
    )
    date = models.DateField(_("date"), null=True, blank=True)
    begins = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        ordering = ["date", "weekday", "begins"]
        verbose_name = _("planned shift")
        verbose_name_plural = _("planned shifts")
        constraints = [
            models.UniqueConstraint(fields=["agent", "weekday"], name="one_shift_per_weekday"),
            models.UniqueConstraint(fields=["agent", "date"], name="one_shift_per_date"),
            models.CheckConstraint(
                condition=Q(weekday__range=(0, 6), date__isnull=True, begins__isnull=False)
                | Q(weekday__isnull=True, date__isnull=False),
                name="shift_of_a_weekday_or_a_date",
            ),
            models.CheckConstraint(
                condition=Q(begins__isnull=True, ends__isnull=True)
                | Q(begins__isnull=False, ends__isnull=False),
                name="shift_with_both_times_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} {self.date or self.get_weekday_display()}"
