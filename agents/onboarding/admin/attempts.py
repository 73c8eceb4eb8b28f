"""Tests as they were taken, and the marking of written answers."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from agents.onboarding import states
from agents.onboarding.actions import testing
from agents.onboarding.models import Attempt, AttemptItem, AttemptLog
from agents.onboarding.models.bank import FREE, ORDERING
from core.admin import LogInline, ReadOnlyAdmin, ReadOnlyInline, asked

COLOURS = {states.RUNNING: "info", states.MARKING: "warning", states.DONE: "default"}


def words(item: AttemptItem, value: Any) -> str:
    """An answer, or the key, as people read it."""
    if value is None:
        return "–"
    names = {option["id"]: option["text"] for option in item.options}
    if not names:
        return " / ".join(value) if isinstance(value, list) else str(value)
    chosen = value if isinstance(value, list) else [value]
    return (" → " if item.kind == ORDERING else "; ").join(
        str(names.get(each, each)) for each in chosen
    )


class ItemInline(ReadOnlyInline):
    model = AttemptItem
    fields = ("place", "text", "shown_answer", "shown_key", "shown_score")
    readonly_fields = ("shown_answer", "shown_key", "shown_score")
    verbose_name_plural = _("answers")

    @display(description=_("her answer"))
    def shown_answer(self, item: AttemptItem) -> str:
        """As she gave it."""
        return words(item, item.answer)

    @display(description=_("what is right"))
    def shown_key(self, item: AttemptItem) -> str:
        """Or what a good answer has."""
        return item.guide if item.kind == FREE else words(item, item.key)

    @display(description=_("points"))
    def shown_score(self, item: AttemptItem) -> str:
        """Given of possible."""
        given = "?" if item.score is None else f"{item.score.normalize():f}"
        return f"{given} / {item.points}"


class AttemptLogInline(LogInline):
    model = AttemptLog


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """One try at a test."""

    list_display = ("started_at", "application", "shown_subject", "shown_state", "percent", "level")
    list_filter = ("state", "language", "skill")
    list_select_related = ("application", "skill")
    search_fields = ("id__iexact", "application__name", "application__email")
    ordering = ("-started_at",)
    fields = (
        ("application", "shown_subject"), ("shown_state", "passed"), ("percent", "level"),
        ("started_at", "ended_at"), ("until", "retry_at"),
    )  # fmt: skip
    readonly_fields = ("shown_subject", "shown_state")
    inlines = (ItemInline, AttemptLogInline)
    actions_detail = ("mark_answers",)

    @display(description=_("about"))
    def shown_subject(self, attempt: Attempt) -> str:
        """The language or the topic."""
        return attempt.subject

    @display(description=_("state"), label=COLOURS, ordering="state")
    def shown_state(self, attempt: Attempt) -> str:
        """In colour, and in words."""
        return attempt.state

    def has_review_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who decides on applications marks answers."""
        return request.user.has_perm("onboarding.review_application")

    @action(description=_("Mark written answers"), url_path="mark", permissions=["review"])
    def mark_answers(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Points for each of them."""
        attempt = get_object_or_404(Attempt, pk=object_id)
        user: Any = request.user
        items = [item for item in attempt.items.all() if item.kind == FREE and item.score is None]

        def do(filled: dict[str, Any]) -> None:
            with transaction.atomic():
                for item in items:
                    testing.mark(item.pk, filled[f"item-{item.pk}"], user)

        return asked(
            request,
            title=_("Mark written answers"),
            text=_("Give points for what is written. The result follows from all answers together.")
            if items
            else _("No answer waits for points."),
            back=reverse("admin:onboarding_application_change", args=[attempt.application_id]),
            form=_marking(items),
            do=do,
        )


def _marking(items: list[AttemptItem]) -> type[forms.Form]:
    """A field for each answer, with the question above and the answer below it."""
    fields: dict[str, forms.Field] = {}
    for item in items:
        fields[f"item-{item.pk}"] = forms.DecimalField(
            label=item.text,
            min_value=Decimal(0),
            max_value=Decimal(item.points),
            decimal_places=2,
            help_text=_("She wrote: “%(answer)s”. A good answer has: %(guide)s. Up to %(points)d.")
            % {"answer": item.answer, "guide": item.guide or "–", "points": item.points},
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        )
    return type("Marking", (forms.Form,), fields)
