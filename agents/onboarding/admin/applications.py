"""The reviewers' queue, and everything there is to know before a decision."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from agents.models import Agent
from agents.onboarding import queries
from agents.onboarding.actions import documents, reviewing
from agents.onboarding.models import (
    Application,
    ApplicationLog,
    Attempt,
    Decision,
    Document,
    Supervised,
)
from core import clock
from core.admin import LogInline, ReadOnlyAdmin, ReadOnlyInline, asked

COLOURS = {
    "Waits for a reviewer": "warning",
    "Supervised conversations": "info",
    "Certified": "success",
    "Declined": "danger",
}


class Reason(forms.Form):
    """In writing: the applicant reads it."""

    reason = forms.CharField(
        label=_("Reason, as the applicant reads it"), max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )  # fmt: skip


class Words(forms.Form):
    """If there is something to say."""

    words = forms.CharField(
        label=_("What you would like to tell her"), max_length=2000, required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )  # fmt: skip


class Judgement(forms.Form):
    """Of a conversation."""

    fine = forms.TypedChoiceField(
        label=_("Was it fine?"),
        choices=[("yes", _("Fine")), ("no", _("Something to do better"))],
        coerce=lambda value: value == "yes",
        widget=UnfoldAdminRadioSelectWidget,
    )
    words = forms.CharField(
        label=_("What was good, what to do better: she reads it"), max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )  # fmt: skip


class Admit(forms.Form):
    """Where she works, and how many conversations are looked at."""

    desks: Any = forms.ModelMultipleChoiceField(
        label=_("Desks"),
        queryset=None,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    supervised = forms.IntegerField(
        label=_("Conversations to look at"), min_value=1, max_value=20,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Desks are of a room above: they are known here as what agents belong to.
        desks: Any = Agent._meta.get_field("desks").related_model
        self.fields["desks"].queryset = desks.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["supervised"].initial = settings.JOIN_SUPERVISED


class DocumentInline(ReadOnlyInline):
    model = Document
    fields = ("kind", "uploaded_at", "content_type", "size", "shown_file", "shown_views", "refused")
    readonly_fields = ("content_type", "size", "shown_file", "shown_views")

    @display(description=_("file"))
    def shown_file(self, document: Document) -> str:
        """A link that asks who wants it."""
        if document.deleted_at:
            return str(_("deleted"))
        address = reverse("admin:onboarding_application_document", args=[document.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download"))

    @display(description=_("looked at by"))
    def shown_views(self, document: Document) -> str:
        """Everybody, with the time."""
        rows = document.views.select_related("by")
        return ", ".join(f"{view.by} {view.at:%Y-%m-%d %H:%M}" for view in rows) or "–"


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("shown_test", "state", "percent", "level", "passed", "ended_at", "retry_at")
    readonly_fields = ("shown_test",)

    @display(description=_("test"))
    def shown_test(self, attempt: Attempt) -> str:
        """A link to its answers."""
        address = reverse("admin:onboarding_attempt_change", args=[attempt.pk])
        return format_html('<a href="{}">{}</a>', address, attempt.subject)


class SupervisedInline(ReadOnlyInline):
    model = Supervised
    fields = ("shown_ticket", "ended_at", "fine", "words", "by", "shown_judge")
    readonly_fields = ("shown_ticket", "shown_judge")

    @display(description=_("conversation"))
    def shown_ticket(self, row: Supervised) -> str:
        """A link to read it."""
        address = reverse("admin:tickets_ticket_change", args=[row.ticket_id])
        return format_html('<a href="{}">{}</a>', address, _("Read"))

    @display(description=_("judge"))
    def shown_judge(self, row: Supervised) -> str:
        """A link to the form."""
        address = reverse("admin:onboarding_application_judge", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, _("Say how it was"))


class DecisionInline(ReadOnlyInline):
    model = Decision
    fields = ("at", "what", "text", "by")


class ApplicationLogInline(LogInline):
    model = ApplicationLog


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Applications: who waits longest stands first."""

    list_display = (
        "name",
        "shown_state",
        "shown_age",
        "shown_languages",
        "shown_skills",
        "country",
        "created_at",
    )
    list_filter = ("state", "languages__code", "skills__skill", "hours")
    search_fields = ("name", "email")
    ordering = ("state_at",)
    fields = (
        ("name", "email"), ("shown_state", "shown_age"), ("shown_languages", "shown_skills"),
        ("country", "time_zone"), ("hours", "shown_times"), ("consent_at", "created_at"),
        ("note", "reviewer"), ("agent", "supervised_needed"), "shown_missing",
    )  # fmt: skip
    readonly_fields = (
        "shown_state", "shown_age", "shown_languages", "shown_skills", "shown_times", "shown_missing",
    )  # fmt: skip
    inlines = (
        DocumentInline, AttemptInline, SupervisedInline, DecisionInline, ApplicationLogInline,
    )  # fmt: skip
    actions_detail = (
        "admit_one", "ask_document_one", "send_back_one", "certify_one", "decline_one", "reopen_one",
    )  # fmt: skip

    @display(description=_("state"), label=COLOURS, ordering="state")
    def shown_state(self, application: Application) -> str:
        """In colour, and in words."""
        return str(queries.STATE_NAMES[application.state])

    @display(description=_("for"), ordering="state_at")
    def shown_age(self, application: Application) -> str:
        """How long it has been there."""
        return timesince(application.state_at, clock.near_now())

    @display(description=_("languages: her word, her test"))
    def shown_languages(self, application: Application) -> str:
        """Claimed level, and what the test said."""
        return self._levels(application, is_language=True)

    @display(description=_("topics: her word, her test"))
    def shown_skills(self, application: Application) -> str:
        """Claimed level, and what the test said."""
        return self._levels(application, is_language=False)

    def _levels(self, application: Application, *, is_language: bool) -> str:
        return ", ".join(
            f"{test.name} {test.claimed} → {_result(test)}"
            for test in queries.tests(application)
            if test.is_language == is_language
        )

    @display(description=_("times"))
    def shown_times(self, application: Application) -> str:
        """When she would like to work."""
        return ", ".join(application.times)

    @display(description=_("still missing"))
    def shown_missing(self, application: Application) -> str:
        """What she has to do yet."""
        return ", ".join(queries.standing(application).missing) or "–"

    def has_review_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may decide; on her own nobody does."""
        return request.user.has_perm("onboarding.review_application")

    def get_urls(self) -> list[Any]:
        """With the document's and the judgement's pages."""
        wrap = self.admin_site.admin_view
        return [
            path(
                "document/<uuid:document_id>/",
                wrap(self.document_view),
                name="onboarding_application_document",
            ),
            path(
                "judge/<int:supervised_id>/",
                wrap(self.judge_view),
                name="onboarding_application_judge",
            ),
            *super().get_urls(),
        ]

    def document_view(self, request: HttpRequest, document_id: UUID) -> HttpResponse:
        """The document, for reviewers alone, as a file to keep. Each look is written down."""
        if not request.user.has_perm("onboarding.view_document"):
            raise PermissionDenied
        document = get_object_or_404(Document, pk=document_id)
        user: Any = request.user
        if request.method == "HEAD":
            return HttpResponse()
        try:
            content = documents.look(document, user)
        except FileNotFoundError:
            raise Http404 from None
        ending = "pdf" if document.content_type == "application/pdf" else "jpg"
        answer = HttpResponse(content, content_type=document.content_type)
        answer["Content-Disposition"] = f'attachment; filename="document-{document.pk}.{ending}"'
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cross-Origin-Resource-Policy"] = "same-origin"
        answer["Cache-Control"] = "private, no-store"
        return answer

    def judge_view(self, request: HttpRequest, supervised_id: int) -> HttpResponse:
        """What a reviewer thinks of a conversation."""
        if not self.has_review_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Supervised, pk=supervised_id)
        user: Any = request.user
        return asked(
            request,
            title=_("Say how it was"),
            text=_("Read the whole conversation first. What you write is shown to her."),
            back=_page(str(row.application_id)),
            form=Judgement,
            do=lambda filled: reviewing.judge(
                row.pk, user, fine=filled["fine"], words=filled["words"]
            ),
        )

    @action(description=_("Admit"), url_path="admit", permissions=["review"])
    def admit_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To supervised conversations."""
        user: Any = request.user

        def do(filled: dict[str, Any]) -> None:
            reviewing.admit(UUID(object_id), user, list(filled["desks"]), filled["supervised"])

        return asked(
            request,
            title=_("Admit"),
            text=_("She can work from now on, is paid, and her first conversations are looked at."),
            back=_page(object_id),
            form=Admit,
            do=do,
        )

    @action(
        description=_("Ask for another document"), url_path="ask-document", permissions=["review"]
    )
    def ask_document_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The one that is there is not enough."""
        text = _("She reads why, and sends another one.")
        return self._ask(
            request, object_id, _("Ask for another document"), text, reviewing.ask_document
        )

    @action(description=_("Send back"), url_path="send-back", permissions=["review"])
    def send_back_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Something else is missing."""
        text = _("She reads what is missing, and hands it in again.")
        return self._ask(request, object_id, _("Send back"), text, reviewing.ask_again)

    @action(description=_("Certify"), url_path="certify", permissions=["review"])
    def certify_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """She works without supervision."""
        user: Any = request.user
        return asked(
            request,
            title=_("Certify"),
            text=_("She works without supervision from now on."),
            back=_page(object_id),
            form=Words,
            do=lambda filled: reviewing.certify(UUID(object_id), user, filled["words"]),
        )

    @action(description=_("Decline"), url_path="decline", permissions=["review"])
    def decline_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """With reasons."""
        text = _(
            "She reads why, by mail and on her page. Who works already can do nothing any more."
        )
        return self._ask(request, object_id, _("Decline"), text, reviewing.decline)

    @action(description=_("Open again"), url_path="reopen", permissions=["review"])
    def reopen_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A declined one."""
        text = _("Nothing that was done is lost.")
        return self._ask(request, object_id, _("Open again"), text, reviewing.reopen)

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
            form=Reason,
            do=lambda filled: do(UUID(object_id), user, filled["reason"]),
        )


def _result(test: queries.Test) -> str:
    if test.attempt is not None and test.state == "passed":
        return str(test.attempt.level)
    return test.state


def _page(object_id: str) -> str:
    return reverse("admin:onboarding_application_change", args=[object_id])
