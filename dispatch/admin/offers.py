"""Offers: whom a ticket was offered to, why, and what became of it."""

import json

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import LogInline, ReadOnlyAdmin, ReadOnlyInline
from dispatch import states
from dispatch.models import Offer, OfferLog
from dispatch.receipts import reasons

OFFER_COLOURS = {
    states.PENDING: "info",
    states.ACCEPTED: "success",
    states.DECLINED: "warning",
    states.EXPIRED: "danger",
    states.RESCINDED: "default",
}


class OfferInline(ReadOnlyInline):
    """Whom a ticket was offered to, and what became of it."""

    model = Offer
    fields = ("agent", "state", "made_at", "delivered_at", "decided_at", "decline_reason", "why")
    readonly_fields = ("why",)
    ordering = ("made_at",)
    show_change_link = True
    hide_title = False  # the link stands there

    @display(description=_("why"))
    def why(self, offer: Offer) -> str:
        """The receipt in plain words."""
        return " ".join(reasons(offer.receipt))


class OfferLogInline(LogInline):
    model = OfferLog


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Every offer, with its receipt and its transitions."""

    list_display = (
        "__str__",
        "shown_state",
        "agent",
        "ticket",
        "made_at",
        "expires_at",
        "delivered_at",
        "waited_s",
    )
    list_filter = ("state",)
    list_select_related = ("agent", "ticket")
    search_fields = ("id__iexact", "agent__name", "ticket__id__iexact")
    show_full_result_count = False
    fields = (
        ("ticket", "agent"),
        ("shown_state", "delivered_at"),
        ("made_at", "expires_at"),
        ("decided_at", "timeout_s"),
        ("broadcast", "slots"),
        ("waited_s", "pay_multiplier"),
        "decline_reason",
        "why",
        "shown_receipt",
    )
    readonly_fields = ("shown_state", "why", "shown_receipt")
    inlines = (OfferLogInline,)

    @display(description=_("state"), label=OFFER_COLOURS, ordering="state")
    def shown_state(self, offer: Offer) -> str:
        """In colour, and in words."""
        return offer.state

    @display(description=_("why"))
    def why(self, offer: Offer) -> str:
        """The receipt in plain words."""
        return " ".join(reasons(offer.receipt))

    @display(description=_("receipt"))
    def shown_receipt(self, offer: Offer) -> str:
        """Terms, candidates, weights version."""
        return json.dumps(offer.receipt, indent=1, ensure_ascii=False)
