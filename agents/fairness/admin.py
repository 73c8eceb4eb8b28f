"""Supervisors' view: suspensions, and the appeals that wait for an answer."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
)

from agents.fairness import actions, queries, states
from agents.fairness.models import (
    CATEGORIES,
    REASONS_LENGTH,
    Appeal,
    AppealLog,
    Suspension,
    SuspensionLog,
)
from core.admin import LogInline, ReadOnlyAdmin, asked

WORDS = _("A sentence at least. She reads it, and so does whoever decides on her appeal.")


class SuspendForm(forms.Form):
    """Why, and until when."""

    category = forms.ChoiceField(
        label=_("About"), choices=CATEGORIES, widget=UnfoldAdminSelectWidget
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        min_length=REASONS_LENGTH,
        max_length=8000,
        widget=UnfoldAdminTextareaWidget,
        help_text=WORDS,
    )
    until = forms.SplitDateTimeField(
        label=_("Until (UTC)"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Empty: until a person lifts it."),
    )


class AnswerForm(forms.Form):
    """Why."""

    answer = forms.CharField(
        label=_("Reasons"),
        min_length=REASONS_LENGTH,
        max_length=8000,
        widget=UnfoldAdminTextareaWidget,
        help_text=WORDS,
    )


def suspend_page(request: HttpRequest, agent: Any) -> Any:
    """The page that asks a supervisor for her reasons. The only way in which a suspension comes about."""

    def do(filled: dict[str, Any]) -> None:
        until: datetime | None = filled["until"]
        actions.suspend(
            agent_id=agent.pk,
            by=_user(request),
            category=filled["category"],
            reasons=filled["reasons"],
            until=until,
        )
        messages.success(request, _("%s is suspended and was told by mail.") % agent.name)

    return asked(
        request,
        title=_("Suspend"),
        text=_(
            "%s goes offline, gets no more offers, and open conversations go back to the front of "
            "their queues. She reads your name and your reasons, and may appeal to another person."
        )
        % agent.name,
        back=reverse("admin:agents_agent_change", args=[agent.pk]),
        form=SuspendForm,
        do=do,
    )


def _user(request: HttpRequest) -> Any:
    return request.user


class SuspensionLogInline(LogInline):
    model = SuspensionLog


class AppealLogInline(LogInline):
    model = AppealLog


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    """Who was kept from working, by whom and why."""

    list_display = ("agent", "shown_state", "category", "suspended_by", "at", "until")
    list_filter = ("state", "category")
    list_select_related = ("agent", "suspended_by")
    search_fields = ("agent__name", "agent__user__email", "reasons")
    fields = ("agent", "state", "category", "reasons", "suspended_by", "at", "until", "ended_at")
    inlines = (SuspensionLogInline,)
    actions_detail = ("lift_one",)

    @display(
        description=_("state"),
        label={states.IN_FORCE: "danger", states.LIFTED: "success", states.OVER: "default"},
        ordering="state",
    )
    def shown_state(self, row: Suspension) -> str:
        """In colour, and in words."""
        return row.state

    def has_suspend_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may suspend may lift."""
        return request.user.has_perm("fairness.add_suspension")

    @action(description=_("Lift it"), url_path="lift", permissions=["suspend"])
    def lift_one(self, request: HttpRequest, object_id: str) -> Any:
        """Before its time, without an appeal."""

        def do(filled: dict[str, Any]) -> None:
            actions.lift(suspension_id=row.pk, by=_user(request), reasons=filled["answer"])
            messages.success(request, _("Lifted. She was told by mail."))

        row = self.get_object(request, object_id)
        assert row is not None
        return asked(
            request,
            title=_("Lift it"),
            text=_("%s can go online again.") % row.agent.name,
            back=reverse("admin:fairness_suspension_change", args=[object_id]),
            form=AnswerForm,
            do=do,
        )


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    """What agents say to it. Answered by another person than who suspended, in fourteen days."""

    list_display = ("shown_agent", "shown_state", "shown_due", "at", "decided_by")
    list_filter = ("state",)
    list_select_related = ("suspension__agent", "suspension__suspended_by", "decided_by")
    search_fields = ("suspension__agent__name", "suspension__agent__user__email", "text")
    ordering = ("due_at",)
    fields = (
        "shown_agent",
        "state",
        "shown_reasons",
        "shown_by",
        "text",
        "at",
        "shown_due",
        "answer",
        "decided_by",
        "decided_at",
    )
    readonly_fields = ("shown_agent", "shown_reasons", "shown_by", "shown_due")
    inlines = (AppealLogInline,)
    actions_detail = ("grant_one", "uphold_one")

    @display(description=_("agent"))
    def shown_agent(self, row: Appeal) -> str:
        """Who was suspended."""
        return row.suspension.agent.name

    @display(description=_("reasons of the suspension"))
    def shown_reasons(self, row: Appeal) -> str:
        """What she answers to."""
        return row.suspension.reasons

    @display(description=_("suspended by"))
    def shown_by(self, row: Appeal) -> str:
        """Who may not decide here."""
        return queries.name_of(row.suspension.suspended_by)

    @display(
        description=_("state"),
        label={states.OPEN: "warning", states.GRANTED: "success", states.UPHELD: "info"},
        ordering="state",
    )
    def shown_state(self, row: Appeal) -> str:
        """In colour, and in words."""
        return row.state

    @display(description=_("to be answered until"), ordering="due_at")
    def shown_due(self, row: Appeal) -> str | SafeString:
        """In red once she waits for too long; in words, too."""
        day = f"{row.due_at:%Y-%m-%d}"
        if not row.is_overdue:
            return day
        return format_html(
            '<b class="text-red-700 dark:text-red-400">{}</b>', _("%s, overdue") % day
        )

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For whoever may change appeals; that it is another person is the action's rule."""
        return request.user.has_perm("fairness.change_appeal")

    @action(description=_("Grant: it was wrong"), url_path="grant", permissions=["decide"])
    def grant_one(self, request: HttpRequest, object_id: str) -> Any:
        """She works again, with an apology."""
        text = _(
            "The suspension is lifted at once, and she is told, with an apology and your name."
        )
        return self._decide(request, object_id, True, _("Grant: it was wrong"), text)

    @action(description=_("Uphold: it stays"), url_path="uphold", permissions=["decide"])
    def uphold_one(self, request: HttpRequest, object_id: str) -> Any:
        """The suspension stays."""
        text = _("The suspension stays, and she is told why, with your name.")
        return self._decide(request, object_id, False, _("Uphold: it stays"), text)

    def _decide(
        self, request: HttpRequest, object_id: str, granted: bool, title: Any, text: Any
    ) -> Any:
        row = self.get_object(request, object_id)
        assert row is not None

        def do(filled: dict[str, Any]) -> None:
            actions.decide(
                appeal_id=row.pk, by=_user(request), granted=granted, answer=filled["answer"]
            )
            messages.success(request, _("Answered. She was told by mail."))

        return asked(
            request,
            title=title,
            text=text,
            back=reverse("admin:fairness_appeal_change", args=[object_id]),
            form=AnswerForm,
            do=do,
        )
