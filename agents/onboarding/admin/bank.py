"""The bank of questions and the tests drawn from it, edited with what can't work named at its field."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from agents.onboarding.models import KINDS, Blueprint, Option, Question
from agents.onboarding.models.bank import CLOZE, FREE, GAP, ORDERING, SEVERAL, SINGLE

MOST_OPTIONS = 10


def one_subject(data: dict[str, Any]) -> None:
    """Raises ValidationError unless there is a language or a topic, and not both."""
    if bool(data.get("language")) == bool(data.get("skill")):
        raise ValidationError(
            {"language": _("Give a language or a topic: one of the two, not both.")}
        )


class OptionFormSet(forms.BaseInlineFormSet):
    """The answers of a question, judged by its kind."""

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
        right = sum(bool(row.get("is_right")) for row in rows)
        texts = [row["text"].strip().casefold() for row in rows]
        kind = self.instance.kind
        problem = None
        if kind == FREE and rows:
            problem = _("A free answer has no answers to choose: remove them.")
        elif kind == CLOZE and not rows:
            problem = _("Write at least one answer that fills the gap.")
        elif kind in (SINGLE, SEVERAL, ORDERING) and len(rows) < 2:
            problem = _("Write at least two answers.")
        elif len(rows) > MOST_OPTIONS:
            problem = _("At most %d answers: more can't be read on a phone.") % MOST_OPTIONS
        elif len(set(texts)) != len(texts):
            problem = _("Two answers are the same: nobody could tell which is meant.")
        elif kind == SINGLE and right == 0:
            problem = _("No answer is marked as right: mark the one that is.")
        elif kind == SINGLE and right > 1:
            problem = _("%d answers are marked as right: only one may be.") % right
        elif kind == SEVERAL and right == 0:
            problem = _("No answer is marked as right: mark all that are.")
        elif kind == SEVERAL and right == len(rows):
            problem = _("All answers are right: then there is nothing to choose.")
        if problem:
            raise ValidationError(problem)


class OptionInline(TabularInline):
    """For an order, in the right one."""

    model = Option
    formset = OptionFormSet
    fields = ("place", "text", "is_right")
    extra = 4


class QuestionForm(forms.ModelForm):
    """A question of one subject."""

    class Meta:
        model = Question
        fields = ("language", "skill", "kind", "level", "points", "text", "guide", "is_active")

    def clean(self) -> dict[str, Any]:
        """Says at which field what can't work."""
        data: dict[str, Any] = super().clean() or {}
        one_subject(data)
        if data.get("kind") == CLOZE and data.get("text") and data["text"].count(GAP) != 1:
            self.add_error("text", _("Write ___ (three underscores) once, where the gap is."))
        if self.instance.pk:
            self._still_enough(data)
        return data

    def _still_enough(self, data: dict[str, Any]) -> None:
        """What a test draws from must not run dry by an edit."""
        old = Question.objects.get(pk=self.instance.pk)
        stays = data.get("is_active") and all(
            data.get(name) == getattr(old, name) for name in ("language", "skill", "kind")
        )
        if not old.is_active or stays:
            return
        blueprint = Blueprint.objects.filter(
            language=old.language, skill=old.skill, is_active=True
        ).first()
        there = in_use(old.language, old.skill).get(old.kind, 0)
        if blueprint and blueprint.counts[old.kind] >= there:
            field = "is_active" if not data.get("is_active") else "kind"
            self.add_error(
                field,
                _("The test of %(subject)s draws %(n)d of this kind, and there are no more: write "
                  "another one first, or let the test ask fewer.")
                % {"subject": blueprint, "n": blueprint.counts[old.kind]},
            )  # fmt: skip


def in_use(language: str, skill: Any) -> dict[str, int]:
    """How many questions of each kind there are for a subject."""
    rows = Question.objects.filter(is_active=True, language=language, skill=skill)
    return dict(rows.values_list("kind").annotate(n=Count("pk")))


@admin.register(Question)
class QuestionAdmin(ModelAdmin):
    """Questions. What was asked stays with the tests it was asked in."""

    form = QuestionForm
    list_display = ("text", "shown_subject", "kind", "level", "points", "is_active")
    list_filter = ("language", "skill", "kind", "level", "is_active")
    list_select_related = ("skill",)
    search_fields = ("text", "options__text")
    autocomplete_fields = ("skill",)
    inlines = (OptionInline,)
    fields = (("language", "skill"), ("kind", "level", "points"), "text", "guide", "is_active")

    @display(description=gettext_lazy("about"))
    def shown_subject(self, question: Question) -> str:
        """The language or the topic."""
        return question.subject

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taken out of use instead: the form says when a test would run dry."""
        return False


class BlueprintForm(forms.ModelForm):
    """A test that can be drawn, and whose marks follow each other."""

    class Meta:
        model = Blueprint
        fields = (
            "language", "skill", "minutes", "retry_after_h", "is_active", *(k for k, _l in KINDS),
            "mark_1", "mark_2", "mark_3", "mark_4", "mark_5", "pass_level",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Says at which field what can't work."""
        data: dict[str, Any] = super().clean() or {}
        one_subject(data)
        self._can_be_filled(data)
        self._marks(data)
        return data

    def _can_be_filled(self, data: dict[str, Any]) -> None:
        there = in_use(data.get("language") or "", data.get("skill"))
        asked = {kind: data.get(kind) or 0 for kind, _label in KINDS}
        if not sum(asked.values()):
            self.add_error("single", _("A test asks at least one question."))
        if not data.get("is_active"):
            return
        for kind, count in asked.items():
            if count > there.get(kind, 0):
                self.add_error(
                    kind,
                    _(
                        "There are %(there)d questions of this kind in use: write %(more)d more, or ask for fewer."
                    )
                    % {"there": there.get(kind, 0), "more": count - there.get(kind, 0)},
                )

    def _marks(self, data: dict[str, Any]) -> None:
        last_level, last = 0, 0
        for level in range(1, 6):
            name = f"mark_{level}"
            mark = data.get(name)
            if mark is None:
                continue
            if not 1 <= mark <= 100:
                self.add_error(name, _("A mark is from 1 to 100 percent."))
            elif mark <= last:
                self.add_error(
                    name,
                    _(
                        "Level %(level)d needs more percent than level %(below)d, which begins at %(mark)d."
                    )
                    % {"level": level, "below": last_level, "mark": last},
                )
            last_level, last = level, max(last, mark)
        passing = data.get("pass_level")
        if (
            passing
            and data.get(f"mark_{passing}") is None
            and not self.errors.get(f"mark_{passing}")
        ):
            self.add_error(
                "pass_level",
                _("Nobody could pass: give a percent for level %d, or pass from another level.")
                % passing,
            )


@admin.register(Blueprint)
class BlueprintAdmin(ModelAdmin):
    """Tests: what is drawn, how long it takes, and what a result means."""

    form = BlueprintForm
    list_display = (
        "shown_subject",
        "minutes",
        "shown_count",
        "pass_level",
        "retry_after_h",
        "is_active",
    )
    list_select_related = ("skill",)
    list_filter = ("is_active",)
    search_fields = ("language", "skill__name")
    autocomplete_fields = ("skill",)
    fieldsets = (
        (None, {"fields": (("language", "skill"), ("minutes", "retry_after_h"), "is_active")}),
        (gettext_lazy("How many questions are drawn"), {"fields": (tuple(k for k, _l in KINDS),)}),
        (
            gettext_lazy("Levels, from this share of the points"),
            {"fields": (("mark_1", "mark_2", "mark_3", "mark_4", "mark_5"), "pass_level")},
        ),
    )

    @display(description=gettext_lazy("about"))
    def shown_subject(self, blueprint: Blueprint) -> str:
        """The language or the topic."""
        return blueprint.subject

    @display(description=gettext_lazy("questions"))
    def shown_count(self, blueprint: Blueprint) -> int:
        """All kinds together."""
        return sum(blueprint.counts.values())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blueprint]:
        """With the topics' names."""
        return super().get_queryset(request).select_related("skill")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Results name it: taken out of use instead."""
        return False
