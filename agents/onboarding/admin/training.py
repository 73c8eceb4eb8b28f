"""The training, edited: pages with their questions, and each question with its answers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline

from agents.onboarding.models import Check, CheckOption, TrainingPage


class CheckInline(TabularInline):
    """The answers are on a question's own page."""

    model = Check
    fields = ("place", "text", "hint")
    extra = 0
    show_change_link = True


@admin.register(TrainingPage)
class TrainingPageAdmin(ModelAdmin):
    """Pages in their order."""

    list_display = ("title", "place", "is_active")
    search_fields = ("title", "text")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (CheckInline,)


class CheckOptionFormSet(forms.BaseInlineFormSet):
    """One is right."""

    def clean(self) -> None:
        """Raises ValidationError with what is missing."""
        super().clean()
        rows = [
            form.cleaned_data
            for form in self.forms
            if getattr(form, "cleaned_data", None)
            and form.cleaned_data.get("text")
            and not form.cleaned_data.get("DELETE")
        ]
        if len(rows) < 2:
            raise ValidationError(_("Write at least two answers."))
        if sum(bool(row.get("is_right")) for row in rows) != 1:
            raise ValidationError(_("Mark exactly one answer as right, or nobody gets on."))


class CheckOptionInline(TabularInline):
    model = CheckOption
    formset = CheckOptionFormSet
    fields = ("place", "text", "is_right")
    extra = 3


@admin.register(Check)
class CheckAdmin(ModelAdmin):
    """A page's question with its answers."""

    list_display = ("text", "page", "place")
    list_select_related = ("page",)
    list_filter = ("page",)
    search_fields = ("text",)
    fields = ("page", "text", "hint", "place")
    inlines = (CheckOptionInline,)

    def has_module_permission(self, request: HttpRequest) -> Any:
        """Reached from its page."""
        return False
