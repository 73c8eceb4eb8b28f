"""Tickets with what dispatch knows of them, and their ladder climbed by hand."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from core.admin import ReadOnlyInline, actor, confirmed
from core.states import Stale
from dispatch import climbing
from dispatch.admin.offers import OfferInline
from dispatch.models import Alert, CallIn, Climb
from tickets.admin import TicketAdmin
from tickets.models import Ticket


class ClimbInline(ReadOnlyInline):
    """The steps of the ladder that opened, when and why."""

    model = Climb
    fields = ("step", "queue", "at", "by", "reason")
    ordering = ("at", "step")


class CallInInline(ReadOnlyInline):
    """Who was asked to come, and who came."""

    model = CallIn
    fields = ("agent", "at", "pay_multiplier", "answered_at")
    ordering = ("at",)


class AlertInline(ReadOnlyInline):
    """What supervisors were told about it."""

    model = Alert
    fields = ("kind", "text", "at", "seen_at", "seen_by")
    ordering = ("at",)


@admin.register(Ticket)
class TicketWithOffersAdmin(TicketAdmin):
    """Conversations, with messages, assignments, offers, ladder and transitions."""

    inlines = (
        TicketAdmin.inlines[0],
        OfferInline,
        ClimbInline,
        CallInInline,
        AlertInline,
        *TicketAdmin.inlines[1:],
    )
    actions = (*TicketAdmin.actions, "climb_chosen")
    actions_detail = (*TicketAdmin.actions_detail, "climb_one")

    def has_climb_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change tickets may make them more urgent."""
        return request.user.has_perm("tickets.change_ticket")

    @admin.action(description=_("Open the next step now"), permissions=["climb"])
    def climb_chosen(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        """Each climbs one step of its ladder; those that can't are named."""
        for ticket in queryset:
            self._climb(request, ticket.pk)

    @action(description=_("Open the next step now"), url_path="climb", permissions=["climb"])
    def climb_one(self, request: HttpRequest, object_id: str) -> Any:
        """One step of its ladder at once, whatever its age."""
        return confirmed(
            request,
            title=_("Open the next step now"),
            text=_(
                "The next step of the queue's ladder holds for this ticket at once: more people may "
                "take it, or it becomes more urgent. Steps are not taken back."
            ),
            back=reverse("admin:tickets_ticket_change", args=[object_id]),
            do=lambda: self._climb(request, object_id),
        )

    def _climb(self, request: HttpRequest, ticket_id: Any) -> None:
        short = str(ticket_id)[:8]
        try:
            step = climbing.open_next(ticket_id, by=actor(request))
        except Stale as stale:
            messages.warning(
                request,
                _("No step was opened for ticket %(id)s. %(why)s")
                % {"id": short, "why": stale.detail},
            )
        else:
            messages.success(
                request,
                _("Step %(step)d is open for ticket %(id)s.") % {"step": step, "id": short},
            )
