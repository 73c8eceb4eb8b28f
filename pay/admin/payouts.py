"""Payouts: looked at, approved by a second person, held, sent and booked back."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from core.admin import LogInline, ReadOnlyAdmin, asked, confirmed, tried
from pay import money, states
from pay.actions import payouts, sending
from pay.admin import forms
from pay.models.payouts import Batch, Destination, Payout, PayoutLog

COLOURS = {
    states.REQUESTED: "warning",
    states.HELD: "danger",
    states.APPROVED: "info",
    states.SENT: "info",
    states.PAID: "success",
    states.RETURNED: "danger",
    states.CANCELLED: "default",
}


class PayoutLogInline(LogInline):
    model = PayoutLog


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """What agents get out, and how far it has come."""

    list_display = (
        "requested_at", "agent", "shown_amount", "shown_state", "destination", "weekly", "note",
        "approved_by",
    )  # fmt: skip
    list_filter = ("state", "currency", "weekly")
    list_select_related = ("agent", "destination", "approved_by")
    search_fields = ("id__iexact", "agent__name", "agent__user__email", "external_id")
    show_full_result_count = False
    ordering = ("-requested_at",)
    fields = (
        ("agent", "shown_amount"), ("shown_state", "note"), ("destination", "weekly"),
        ("requested_at", "requested_by"), ("approved_by", "settled_at"), ("batch", "external_id"),
    )  # fmt: skip
    readonly_fields = ("shown_amount", "shown_state")
    inlines = (PayoutLogInline,)
    actions = ("approve_chosen",)
    actions_list = ("sepa_file", "csv_file")
    actions_detail = (
        "approve_one", "hold_one", "release_one", "cancel_one", "settle_one", "take_back_one",
    )  # fmt: skip

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, payout: Payout) -> str:
        """With its currency."""
        return money.shown(payout.amount, payout.currency)

    @display(description=_("state"), label=COLOURS, ordering="state")
    def shown_state(self, payout: Payout) -> str:
        """In colour, and in words."""
        return payout.state

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change payouts may move them; her own nobody approves."""
        return request.user.has_perm("pay.change_payout")

    @admin.action(description=_("Approve"), permissions=["pay"])
    def approve_chosen(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        """Those that wait for it; the others are named with the reason."""
        user: Any = request.user
        for payout in queryset:
            approve = partial(payouts.approve, payout.pk, user)
            tried(request, approve, _("%s is approved.") % payout)

    @action(description=_("Approve"), url_path="approve", permissions=["pay"])
    def approve_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It may leave."""
        user: Any = request.user
        return confirmed(
            request,
            title=_("Approve"),
            text=_("It leaves with the next file, or by Stripe within ten minutes."),
            back=_page(object_id),
            do=lambda: tried(
                request, lambda: payouts.approve(UUID(object_id), user), _("It is approved.")
            ),
        )

    @action(description=_("Hold"), url_path="hold", permissions=["pay"])
    def hold_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Until somebody releases it."""
        return self._ask(
            request,
            object_id,
            _("Hold"),
            _("It does not leave until it is released."),
            payouts.hold,
        )

    @action(description=_("Release"), url_path="release", permissions=["pay"])
    def release_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It waits for its approval."""
        user: Any = request.user
        return confirmed(
            request,
            title=_("Release"),
            text=_("The hold ends. It has to be approved before it leaves."),
            back=_page(object_id),
            do=lambda: tried(
                request, lambda: payouts.release(UUID(object_id), user), _("It is released.")
            ),
        )

    @action(description=_("Cancel"), url_path="cancel", permissions=["pay"])
    def cancel_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The amount is the agent's again."""
        return self._ask(
            request, object_id, _("Cancel"), _("The amount is the agent's again."), payouts.cancel
        )

    @action(description=_("Booked by the bank"), url_path="settle", permissions=["pay"])
    def settle_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is paid."""
        user: Any = request.user
        return confirmed(
            request,
            title=_("Booked by the bank"),
            text=_("The bank's statement shows it: it is paid."),
            back=_page(object_id),
            do=lambda: tried(
                request, lambda: payouts.settle(UUID(object_id), user), _("It is paid.")
            ),
        )

    @action(description=_("Came back"), url_path="returned", permissions=["pay"])
    def take_back_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The bank returned it."""
        return self._ask(
            request,
            object_id,
            _("Came back"),
            _("The bank returned it: the amount is the agent's again."),
            payouts.take_back,
        )

    @action(description=_("Make a SEPA file"), url_path="sepa", permissions=["pay"])
    def sepa_file(self, request: HttpRequest) -> HttpResponse:
        """All that is approved in EUR to bank accounts."""
        return self._file(request, "sepa", _("Make a SEPA file"))

    @action(description=_("Make a CSV file"), url_path="csv", permissions=["pay"])
    def csv_file(self, request: HttpRequest) -> HttpResponse:
        """The same for a bank that takes no pain.001, or another currency."""
        return self._file(request, "csv", _("Make a CSV file"))

    def _file(self, request: HttpRequest, kind: str, title: Any) -> HttpResponse:
        user: Any = request.user

        def do(filled: dict[str, Any]) -> None:
            sending.make_file(kind, filled["currency"], user)

        return asked(
            request,
            title=title,
            text=_(
                "All approved payouts to bank accounts in this currency go into it, and are sent."
            ),
            back=reverse("admin:pay_batch_changelist"),
            form=forms.Currency,
            do=do,
        )

    def _ask(
        self, request: HttpRequest, object_id: str, title: Any, text: Any, do: Callable[..., Any]
    ) -> HttpResponse:
        """A move that wants a reason."""
        user: Any = request.user
        return asked(
            request,
            title=title,
            text=text,
            back=_page(object_id),
            form=forms.Reason,
            do=lambda filled: do(UUID(object_id), user, filled["reason"]),
        )


def _page(object_id: str) -> str:
    return reverse("admin:pay_payout_change", args=[object_id])


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Files for the bank."""

    list_display = ("at", "kind", "count", "shown_total", "author")
    list_filter = ("kind", "currency")
    list_select_related = ("author",)
    ordering = ("-at",)
    fields = (("kind", "at"), ("count", "shown_total"), "author")
    readonly_fields = ("shown_total",)
    actions_detail = ("download", "settle_all")

    @display(description=_("total"))
    def shown_total(self, batch: Batch) -> str:
        """With its currency."""
        return money.shown(batch.total, batch.currency)

    def has_pay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whole account numbers are in a file: for those who may move payouts."""
        return request.user.has_perm("pay.change_payout")

    @action(description=_("Download"), url_path="download", permissions=["pay"])
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As it was made, each time."""
        batch = Batch.objects.get(pk=object_id)
        kind, ending = ("text/csv", "csv") if batch.kind == "csv" else ("application/xml", "xml")
        answer = HttpResponse(sending.content(batch), content_type=f"{kind}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="flagdown-{batch.id}.{ending}"'
        answer["Cache-Control"] = "private, no-store"
        return answer

    @action(description=_("Booked by the bank"), url_path="settle", permissions=["pay"])
    def settle_all(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All of it that has not come back is paid."""
        user: Any = request.user
        return confirmed(
            request,
            title=_("Booked by the bank"),
            text=_("All payouts of this file that have not come back are paid."),
            back=reverse("admin:pay_batch_change", args=[object_id]),
            do=lambda: tried(
                request, lambda: sending.settle_file(UUID(object_id), user), _("They are paid.")
            ),
        )


@admin.register(Destination)
class DestinationAdmin(ReadOnlyAdmin):
    """Where agents are paid to: never the whole number."""

    list_display = ("agent", "kind", "holder", "tail", "created_at", "replaced_at")
    list_filter = ("kind",)
    list_select_related = ("agent",)
    search_fields = ("agent__name", "agent__user__email", "holder")
    fields = ("agent", ("kind", "holder"), ("tail", "bic"), ("created_at", "replaced_at"))
