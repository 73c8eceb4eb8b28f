"""The ledger to look at; adjustments and reversals go through actions, with a reason and a name."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from core.admin import ReadOnlyAdmin, ReadOnlyInline, asked
from pay import money
from pay.actions.adjusting import adjust
from pay.actions.posting import reverse as take_back
from pay.admin import forms
from pay.carriers import sheets
from pay.models.ledger import Account, Entry, Line, Transaction
from pay.queries import reconciliation


class EntryInline(ReadOnlyInline):
    """Both sides of it."""

    model = Entry
    fields = ("account", "shown_amount")
    readonly_fields = fields
    ordering = ("id",)

    @display(description=_("amount"))
    def shown_amount(self, entry: Entry) -> str:
        """In the account's currency."""
        return money.shown(entry.amount, entry.account.currency)


class LineInline(ReadOnlyInline):
    """What explains it."""

    model = Line
    fields = ("label", "quantity", "rate", "shown_amount")
    readonly_fields = fields
    ordering = ("id",)

    @display(description=_("amount"))
    def shown_amount(self, line: Line) -> str:
        """In the transaction's currency."""
        return money.shown(line.amount, line.transaction.currency)


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    """Every transaction with its entries, its explanation and its author."""

    list_display = ("at", "kind", "agent", "shown_amount", "reason", "author", "reverses")
    list_filter = ("kind", "currency", "at")
    list_select_related = ("agent", "author", "reverses")
    search_fields = ("key", "id__iexact", "ticket__id__iexact", "agent__name", "reason")
    show_full_result_count = False
    ordering = ("-at",)
    fields = (
        ("kind", "at"), ("currency", "key"), ("agent", "ticket"), ("author", "reason"), "reverses",
    )  # fmt: skip
    inlines = (EntryInline, LineInline)
    actions = ("export",)
    actions_list = ("adjust_page", "reconciliation_page")
    actions_detail = ("reverse_one",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        """With what each brought its agent, and what came to anybody."""
        came = Entry.objects.filter(transaction=OuterRef("pk")).order_by().values("transaction")
        total = came.annotate(sum=Sum("amount")).values("sum")
        return (
            super()
            .get_queryset(request)
            .annotate(
                hers=Subquery(total.filter(account__agent=OuterRef("agent"))),
                moved=Subquery(total.filter(amount__gt=0)),
            )
        )

    @display(description=_("amount"))
    def shown_amount(self, transaction: Any) -> str:
        """What it brought its agent; without one, what came to somebody."""
        amount = transaction.moved if transaction.hers is None else transaction.hers
        return money.shown(amount or 0, transaction.currency)

    def has_book_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may add transactions may adjust and reverse."""
        return request.user.has_perm("pay.add_transaction")

    @admin.action(description=_("Export as CSV"))
    def export(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> HttpResponse:
        """The chosen, a row for each entry. No cell of it is a formula."""
        entries = (
            Entry.objects.filter(transaction__in=queryset)
            .select_related("transaction__agent", "transaction__author", "account__agent")
            .order_by("transaction__at", "id")
        )
        head = ["at", "transaction", "kind", "account", "agent", "amount", "currency", "ticket", "author",
                "reason", "key"]  # fmt: skip
        text = sheets.write(head, [_exported(entry) for entry in entries.iterator()])
        answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="flagdown-ledger.csv"'
        return answer

    @action(description=_("Post an adjustment"), url_path="adjust", permissions=["book"])
    def adjust_page(self, request: HttpRequest) -> HttpResponse:
        """An amount for an agent, or from her, under the name of who posts it."""
        user: Any = request.user

        def do(filled: dict[str, Any]) -> None:
            adjust(
                filled["agent"].pk,
                money.parse(filled["amount"], filled["currency"]),
                filled["currency"],
                author=user.pk,
                reason=filled["reason"],
                key=filled["key"],
            )
            messages.success(request, _("The adjustment is booked."))

        return asked(
            request,
            title=_("Post an adjustment"),
            text=_("It is booked at once, under your name, and the agent sees the reason."),
            back=reverse("admin:pay_transaction_changelist"),
            form=forms.Adjustment,
            do=do,
        )

    @action(description=_("Reverse"), url_path="reverse", permissions=["book"])
    def reverse_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Its mirror image, under the name of who posts it."""
        user: Any = request.user

        def do(filled: dict[str, Any]) -> None:
            posted = take_back(uuid.UUID(object_id), user.pk, filled["reason"])
            if posted.is_new:
                messages.success(request, _("It is reversed."))
            else:
                messages.warning(request, _("It had been reversed already."))

        return asked(
            request,
            title=_("Reverse"),
            text=_("Its mirror image is booked under your name. The agent sees the reason."),
            back=reverse("admin:pay_transaction_change", args=[object_id]),
            form=forms.Reason,
            do=do,
        )

    @action(description=_("Reconciliation"), url_path="reconciliation")
    def reconciliation_page(self, request: HttpRequest) -> HttpResponse:
        """The ledger against payouts and bank, cached balances against recomputed ones."""
        context = {
            **admin.site.each_context(request),
            "title": _("Reconciliation"),
            "found": reconciliation.check(),
        }
        return TemplateResponse(request, "admin/pay/reconciliation.html", context)


def _exported(entry: Entry) -> list[sheets.Cell]:
    of = entry.transaction
    return [
        of.at.isoformat(timespec="seconds"), str(of.id), of.kind, entry.account.kind,
        entry.account.agent.name if entry.account.agent else "",
        money.decimal(entry.amount, of.currency), of.currency, str(of.ticket_id or ""),
        of.author.email if of.author else "", of.reason, of.key,
    ]  # fmt: skip


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """What stands where."""

    list_display = ("kind", "agent", "currency", "balance", "opened_at")
    list_filter = ("kind", "currency")
    list_select_related = ("agent",)
    search_fields = ("agent__name", "agent__user__email", "id__iexact")
    show_full_result_count = False
    fields = (("kind", "currency"), ("agent", "opened_at"), "balance")
    readonly_fields = ("balance",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """With the cached balance."""
        return super().get_queryset(request).annotate(cached=Sum("balances__amount"))

    @display(description=_("balance"))
    def balance(self, account: Any) -> str:
        """As the postings keep it."""
        return money.shown(account.cached or 0, account.currency)
