"""Pieces of the admin that every room uses."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ValidationError
from unfold.admin import ModelAdmin, TabularInline

from core.states import Stale


class ReadOnly:
    """Mix-in: shown, never edited by hand. What changes goes through actions."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Made by the product, not by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shown only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Kept for ever."""
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """A list and a page to look at. Staff see it with the view permission."""


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows to look at."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True  # the columns say it all


class LogInline(ReadOnlyInline):
    """A transition log below what it is about."""

    fk_name = "of"
    fields = ("at", "was", "now", "by", "reason")
    ordering = ("at", "id")
    verbose_name_plural = _("transitions")


def actor(request: HttpRequest) -> str:
    """How a transition log names who did it from the admin."""
    user: Any = request.user
    return f"staff:{user.pk}:{user.email}"[:80]


def confirmed(
    request: HttpRequest, *, title: Any, text: Any, back: str, do: Callable[[], None]
) -> HttpResponse:
    """Ask first, and `do` on the page's POST: a link alone must never change anything."""
    if request.method != "POST":
        context = {**admin.site.each_context(request), "title": title, "text": text, "back": back}
        return TemplateResponse(request, "admin/confirm.html", context)
    do()
    return HttpResponseRedirect(back)


def asked(
    request: HttpRequest,
    *,
    title: Any,
    text: Any,
    back: str,
    form: type[forms.Form],
    do: Callable[[dict[str, Any]], None],
) -> HttpResponse:
    """A page with a form; `do` gets its fields. What an action refuses is shown at its fields."""
    filled = form(request.POST or None)
    if request.method == "POST" and filled.is_valid():
        try:
            do(filled.cleaned_data)
        except (APIException, Stale) as refused:
            for name, sentences in refusal(refused).items():
                filled.add_error(name if name in filled.fields else None, sentences)
        else:
            return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "text": text,
        "back": back,
        "form": filled,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def refusal(refused: APIException | Stale) -> dict[str, list[str]]:
    """What an action refuses, as sentences per field."""
    if isinstance(refused, Stale):
        return {"state": [refused.detail or _("It is %s now.") % refused.state]}
    if isinstance(refused, ValidationError) and isinstance(refused.detail, dict):
        return {str(name): [str(each) for each in said] for name, said in refused.detail.items()}
    return {"state": [str(refused.detail)]}


def tried(request: HttpRequest, do: Callable[[], Any], done: Any) -> None:
    """Call an action and say how it went."""
    try:
        do()
    except (APIException, Stale) as refused:
        for sentences in refusal(refused).values():
            messages.warning(request, " ".join(sentences))
    else:
        messages.success(request, done)
