"""Customers and their conversations: shown, and moved by actions."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from core.admin import LogInline, ReadOnlyAdmin, ReadOnlyInline, actor, confirmed
from core.states import Stale
from tickets import actions, states
from tickets.models import (
    Assignment,
    Customer,
    Message,
    Note,
    Rating,
    Ticket,
    TicketLog,
)

STATE_COLOURS = {
    states.WAITING: "warning",
    states.ACTIVE: "success",
    states.ASSISTANT: "info",
    states.RESOLVED: "default",
    states.ABANDONED: "danger",
}


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Who asked."""

    list_display = ("__str__", "desk", "email", "external_id", "locale", "created_at")
    list_filter = ("desk",)
    list_select_related = ("desk",)
    search_fields = ("name", "email", "external_id")
    show_full_result_count = False


class MessageInline(ReadOnlyInline):
    model = Message
    fields = ("seq", "at", "sender", "agent", "text")
    ordering = ("seq",)


class NoteInline(ReadOnlyInline):
    """What only colleagues see."""

    model = Note
    fields = ("at", "agent", "text")
    ordering = ("seq",)


class AssignmentInline(ReadOnlyInline):
    """Who had it, and the baton that each left."""

    model = Assignment
    fields = (
        "agent",
        "started_at",
        "ended_at",
        "reason",
        "nudges",
        "said",
        "promised",
        "next_step",
    )
    ordering = ("started_at",)


class RatingInline(ReadOnlyInline):
    model = Rating
    fields = ("score", "comment", "at")


class TicketLogInline(LogInline):
    model = TicketLog


class TicketAdmin(ReadOnlyAdmin):
    """Conversations. Registered by dispatch, which adds the offers below."""

    list_display = (
        "__str__",
        "shown_state",
        "queue",
        "language",
        "customer",
        "agent",
        "opened_at",
        "waiting_since",
    )
    list_filter = ("state", "queue", "language")
    list_select_related = ("queue__desk", "customer", "agent")
    search_fields = ("id__iexact", "customer__name", "customer__email", "agent__name")
    show_full_result_count = False
    date_hierarchy = None
    ordering = ("-opened_at",)
    fields = (
        # Two in a line: more do not fit beside the side bar of a laptop.
        ("shown_state", "queue"),
        ("customer", "language"),
        ("agent", "previous_agent"),
        ("follows", "owed_since"),
        ("opened_at", "waiting_since"),
        ("assigned_at", "first_reply_at"),
        ("ended_at", "disposition"),
        ("step", "later_email"),
        "note",
    )
    readonly_fields = ("shown_state",)
    inlines: Any = (MessageInline, NoteInline, AssignmentInline, RatingInline, TicketLogInline)
    actions: Any = ("return_chosen",)
    actions_detail: Any = ("return_one",)

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def shown_state(self, ticket: Ticket) -> str:
        """In colour, and in words."""
        return ticket.state

    def has_return_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change tickets may return them."""
        return request.user.has_perm("tickets.change_ticket")

    @admin.action(description=_("Return to the queue"), permissions=["return"])
    def return_chosen(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        """Each goes back with its waiting time; those that are not active are named."""
        for ticket in queryset:
            self._return(request, ticket.pk)

    @action(description=_("Return to the queue"), url_path="return", permissions=["return"])
    def return_one(self, request: HttpRequest, object_id: str) -> Any:
        """Back to the queue, with its waiting time; the agent is told."""
        return confirmed(
            request,
            title=_("Return to the queue"),
            text=_(
                "The agent loses the conversation; the customer waits at the front, with the time waited so far."
            ),
            back=reverse("admin:tickets_ticket_change", args=[object_id]),
            do=lambda: self._return(request, object_id),
        )

    def _return(self, request: HttpRequest, ticket_id: Any) -> None:
        try:
            actions.send_back(ticket_id, by=actor(request))
        except Stale as stale:
            messages.warning(
                request,
                _("Ticket %(id)s was not returned: it is %(state)s, and only active ones can be.")
                % {"id": str(ticket_id)[:8], "state": stale.state},
            )
        else:
            messages.success(request, _("Ticket %s is back in its queue.") % str(ticket_id)[:8])
