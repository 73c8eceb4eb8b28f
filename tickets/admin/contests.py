"""Supervisors' view of ratings that agents contest."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from core.admin import LogInline, ReadOnlyAdmin, asked
from tickets import actions, states
from tickets.models import Contest
from tickets.models.contests import CONTEST_LENGTH, ContestLog


class AnswerForm(forms.Form):
    """Why."""

    answer = forms.CharField(
        label=_("Reason"),
        min_length=CONTEST_LENGTH,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("The agent reads it."),
    )


class ContestLogInline(LogInline):
    model = ContestLog


@admin.register(Contest)
class ContestAdmin(ReadOnlyAdmin):
    """What was rated, what she says to it, and the two answers there are."""

    list_display = ("agent", "shown_state", "shown_score", "at", "decided_by")
    list_filter = ("state",)
    list_select_related = ("agent", "rating", "decided_by")
    search_fields = ("agent__name", "agent__user__email", "text")
    ordering = ("-at",)
    fields = (
        "agent",
        "state",
        "shown_score",
        "shown_comment",
        "text",
        "at",
        "answer",
        "decided_by",
        "decided_at",
    )
    readonly_fields = ("shown_score", "shown_comment")
    inlines = (ContestLogInline,)
    actions_detail = ("accept_one", "refuse_one")

    @display(description=_("stars"))
    def shown_score(self, row: Contest) -> int:
        """Of five."""
        return row.rating.score

    @display(description=_("the customer's words"))
    def shown_comment(self, row: Contest) -> str:
        """As they were written."""
        return row.rating.comment or "–"

    @display(
        description=_("state"),
        label={states.CONTESTED: "warning", states.ACCEPTED: "success", states.REFUSED: "info"},
        ordering="state",
    )
    def shown_state(self, row: Contest) -> str:
        """In colour, and in words."""
        return row.state

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For whoever may change them."""
        return request.user.has_perm("tickets.change_contest")

    @action(description=_("Accept: it does not count"), url_path="accept", permissions=["decide"])
    def accept_one(self, request: HttpRequest, object_id: str) -> Any:
        """The rating is left out of her mean."""
        return self._decide(request, object_id, True, _("Accept: it does not count"))

    @action(description=_("Refuse: it stays"), url_path="refuse", permissions=["decide"])
    def refuse_one(self, request: HttpRequest, object_id: str) -> Any:
        """The rating counts as before."""
        return self._decide(request, object_id, False, _("Refuse: it stays"))

    def _decide(self, request: HttpRequest, object_id: str, accepted: bool, title: Any) -> Any:
        row = self.get_object(request, object_id)
        assert row is not None
        user: Any = request.user

        def do(filled: dict[str, Any]) -> None:
            actions.decide_contest(
                contest_id=row.pk, by=user, accepted=accepted, answer=filled["answer"]
            )
            messages.success(request, _("Answered."))

        return asked(
            request,
            title=title,
            text=_("Your reason stands beside the rating in her list."),
            back=reverse("admin:tickets_contest_change", args=[object_id]),
            form=AnswerForm,
            do=do,
        )
