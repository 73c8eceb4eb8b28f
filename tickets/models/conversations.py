"""The conversation: customers, tickets, messages, ratings."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.states import TransitionLog
from tickets import states
from tickets.models.desks import LEVEL, Desk, Queue

MAX_TEXT = 20_000


class Customer(models.Model):
    """Someone who asks. Guests have no `external_id`; verified people have the host site's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="customers")
    client_id = models.UUIDField(null=True, editable=False)
    external_id = models.CharField(_("id at the host site"), max_length=200, blank=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    locale = models.CharField(_("locale"), max_length=35, blank=True)
    # What the host site says of who is signed in: a small flat map, signed with the identity.
    attributes: Any = models.JSONField(
        _("what the host site says"), default=dict, db_default={}, blank=True
    )
    # From her last session: where she came from, without what stands after a ?, and with what.
    page = models.CharField(_("page"), max_length=300, blank=True, default="", db_default="")
    device = models.CharField(_("device"), max_length=60, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    # True on the instance that was just made: it can have no tickets yet, which saves asking.
    is_new = False

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "external_id"],
                condition=~Q(external_id=""),
                name="one_customer_per_identity",
            ),
            models.UniqueConstraint(
                fields=["desk", "client_id"],
                condition=Q(client_id__isnull=False),
                name="one_customer_per_client_id",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Guest"))


class Ticket(models.Model):
    """One conversation. `waiting_since` survives returns to the queue: waiting time is never reset."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_id = models.UUIDField(editable=False)
    # No index of their own where nobody asks by that column alone: each one is written anew with
    # every move of the ticket.
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    language = models.CharField(_("language"), max_length=3)
    state = models.CharField(_("state"), max_length=16, choices=states.TICKET.choices())
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    # Who had it before, and whom a transfer asked for: both are wishes to the matching.
    previous_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    wanted_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    last_seq = models.PositiveIntegerField(default=0)
    customer_read_seq = models.PositiveIntegerField(default=0)
    agent_read_seq = models.PositiveIntegerField(default=0)
    note = models.TextField(_("note for the next agent"), blank=True)
    disposition = models.CharField(_("disposition"), max_length=40, blank=True)
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    first_reply_at = models.DateTimeField(_("first reply"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # How many steps of its queue's ladder are open for it.
    step = models.PositiveSmallIntegerField(_("ladder step"), default=0, db_default=0)
    # Until then only the wanted (or else the previous) agent is asked.
    hold_until = models.DateTimeField(null=True, editable=False)
    for_supervisor = models.BooleanField(
        _("for a supervisor"), default=False, db_default=False, editable=False
    )
    # The ended conversation that this one goes on with.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    last_message_at = models.DateTimeField(db_default=Now(), editable=False)
    # Since when the conversation rests and its agent has the slots back; null when it does not. It
    # says the same as the assignment's `held`, in the row that a message locks anyway.
    idle_since = models.DateTimeField(_("idle since"), null=True, blank=True)
    # Since when the customer waits for her agent's answer; null when she does not.
    owed_since = models.DateTimeField(_("answer owed since"), null=True, blank=True)
    # Where to answer when nobody could come in time, and what has been sent there.
    later_email = models.EmailField(_("answer later to"), blank=True, db_default="")
    mailed_seq = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # A mail could not be sent: until when it is not tried again.
    mail_not_before = models.DateTimeField(null=True, editable=False)
    told_position = models.PositiveIntegerField(null=True, editable=False)
    told_wait_s = models.PositiveIntegerField(null=True, editable=False)
    # The first estimate, to be held against what came true.
    predicted_wait_s = models.PositiveIntegerField(null=True, editable=False)

    # Where it stands in its line, on the instance that was just opened: it need not be asked for.
    standing: Any = None

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "client_id"], name="one_ticket_per_client_id"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=states.OPEN),
                name="one_open_ticket_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.TICKET.states), name="ticket_state_known"
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=False) | ~Q(state="active"), name="active_has_an_agent"
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=True) | Q(state__in=["active", "resolved"]),
                name="only_active_or_resolved_has_an_agent",
            ),
            models.CheckConstraint(
                condition=Q(waiting_since__isnull=False) | ~Q(state="waiting"),
                name="waiting_since_is_set",
            ),
            models.CheckConstraint(
                condition=Q(customer_read_seq__lte=F("last_seq"))
                & Q(agent_read_seq__lte=F("last_seq")),
                name="read_no_further_than_written",
            ),
        ]
        # None on what a message changes (`last_seq`, `last_message_at`, `owed_since` …): its UPDATE
        # then writes no index at all (a heap-only tuple). Who looks for the silent reads the active.
        indexes = [
            models.Index(
                fields=["desk", "queue", "language", "waiting_since"],
                condition=Q(state="waiting"),
                name="waiting_tickets",
            ),
            models.Index(
                fields=["agent"], condition=Q(state="active"), name="active_tickets_of_agent"
            ),
            models.Index(fields=["-opened_at"], name="tickets_newest_first"),
            models.Index(
                fields=["follows"], condition=Q(follows__isnull=False), name="tickets_that_follow"
            ),
            models.Index(
                fields=["customer", "-ended_at"],
                condition=Q(state="resolved"),
                name="resolved_tickets_of_customer",
            ),
            models.Index(
                fields=["id"], condition=Q(later_email__gt=""), name="tickets_to_answer_later"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)[:8]


class TicketLog(TransitionLog):
    """Every move of a ticket, for ever: record, statistics and replay."""

    of = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="log", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["of", "at"], name="ticket_log_by_ticket")]


Ticket.Log = TicketLog  # type: ignore[attr-defined]


class Assignment(models.Model):
    """One agent's time with one ticket. The index is the promise: one active agent at most.

    `held` is how many of the agent's slots it takes now: `slots`, or 0 while it is idle and once it
    is over (and wrapped up). `said`, `promised` and `next_step` are the baton: what she leaves to
    whoever has the conversation after her. `nudges` counts for the answer that she owed at
    `nudged_at`; once she has given it, both mean nothing any more.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="assignments")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    slots = models.PositiveSmallIntegerField(_("slots"), default=1, db_default=1)
    held = models.PositiveSmallIntegerField(_("slots held"), default=1, db_default=1)
    wrap_until = models.DateTimeField(_("wrap-up until"), null=True, blank=True)
    wrap_extended = models.BooleanField(default=False, db_default=False)
    nudges = models.PositiveSmallIntegerField(_("nudges"), default=0, db_default=0)
    nudged_at = models.DateTimeField(_("last nudge"), null=True, blank=True)
    said = models.TextField(_("what was said"), blank=True, db_default="")
    promised = models.TextField(_("what was promised"), blank=True, db_default="")
    next_step = models.TextField(_("next step"), blank=True, db_default="")
    # What was promised for it, as JSON of the room that pays; empty when nothing was. And for how many
    # of its seconds the agent was not engaged: it rested, or she was silent until she lost it.
    terms = models.TextField(blank=True, db_default="", editable=False)
    idle_s = models.FloatField(default=0, db_default=0, editable=False)
    # How the agent's client named the call by which she let go of it: a repeat finds it.
    left_by = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(ended_at__isnull=True),
                name="one_active_agent_per_ticket",
            ),
            models.CheckConstraint(
                condition=Q(held__in=[0, F("slots")]), name="holds_all_its_slots_or_none"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(held=0) | Q(wrap_until__isnull=False),
                name="ended_holds_nothing_but_wrap_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agent"], condition=Q(held__gt=0), name="assignments_that_hold_slots"
            ),
            models.Index(
                fields=["wrap_until"],
                condition=Q(wrap_until__isnull=False, held__gt=0),
                name="assignments_in_wrap_up",
            ),
            models.Index(fields=["agent", "-started_at"], name="assignments_of_agent"),
            models.Index(
                fields=["-ended_at"], condition=Q(ended_at__isnull=False), name="assignments_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} · {self.ticket}"


class Message(models.Model):
    """One message. `seq` is gapless per ticket, taken under the ticket's row lock."""

    SENDERS = [
        ("customer", _("Customer")),
        ("agent", _("Agent")),
        ("assistant", _("Assistant")),
        ("system", _("System")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    seq = models.PositiveIntegerField()
    sender = models.CharField(max_length=10, choices=SENDERS)
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    client_id = models.UUIDField()
    text = models.TextField()
    attachments: Any = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["seq"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(
                fields=["ticket", "sender", "client_id"], name="one_message_per_client_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq}. {self.sender}"


class Rating(models.Model):
    """What the customer thought of it."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.PROTECT, related_name="rating"
    )
    score = models.PositiveSmallIntegerField(validators=LEVEL)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(condition=Q(score__range=(1, 5)), name="score_1_to_5")
        ]

    def __str__(self) -> str:
        return str(self.score)
