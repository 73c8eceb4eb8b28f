"""Pieces of the admin that every room uses."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline


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
