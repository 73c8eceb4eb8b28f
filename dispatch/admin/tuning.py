"""What the matching did, and the weights it goes by."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin import ReadOnlyAdmin
from dispatch.matching.weights import HEAVIEST, Weights
from dispatch.models import Wave, WeightSet
from dispatch.queries import versions

# What each weight does, as the one who sets it needs to know it.
MEANING = {
    "language": _("Fluency beyond what the queue asks for."),
    "skill": _("Mastery of the topic beyond what the queue asks for."),
    "urgency": _("Waiting, in service levels. Nothing starves as long as it is heavy enough."),
    "previous_agent": _("Who talked with this customer before."),
    "wanted_agent": _("Whom a colleague asked for by name."),
    "load": _("Against agents who have much to do already."),
    "idle": _("Who has waited long for a conversation."),
    "share": _("Who got fewer offers lately than the others."),
    "newcomer": _("Who is new, until everybody knows her."),
    "scarcity": _("Against using up a rare speaker for what many can do."),
    "fallback": _("Against who qualifies only by the ladder's other ways."),
}


@admin.register(Wave)
class WaveAdmin(ReadOnlyAdmin):
    """Matching runs that made offers."""

    list_display = ("id", "at", "waiting", "free_agents", "offers", "took_ms", "weights_version")
    show_full_result_count = False


def _numbers(weights: Weights) -> dict[str, float]:
    return {name: getattr(weights, name) for name in Weights.names()}


def _number(name: str, default: float) -> forms.FloatField:
    return forms.FloatField(
        label=name.replace("_", " ").capitalize(),
        min_value=0,
        max_value=HEAVIEST,
        help_text=format_lazy(
            _("{meaning} Usual: {usual}."), meaning=MEANING[name], usual=f"{default:g}"
        ),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "number", "step": "any"}),
    )


class WeightsForm(forms.ModelForm):
    """Base of the form: a number for each weight, beginning with those in force."""

    class Meta:
        model = WeightSet
        fields = ("note",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, value in _numbers(versions.latest()).items():
            if name in self.fields:
                self.fields[name].initial = value

    def clean(self) -> dict[str, Any]:
        """All weights together. An error stands at the field that it names."""
        data: dict[str, Any] = super().clean() or {}
        terms = {name: data[name] for name in Weights.names() if data.get(name) is not None}
        if len(terms) == len(Weights.names()):
            try:
                Weights.from_terms(0, terms)
            except ValueError as exc:
                named = next((name for name in terms if repr(name) in str(exc)), "urgency")
                self.add_error(named, str(exc))
            else:
                # All, not only what differs: a version must not change with the code's defaults.
                self.instance.terms = terms
        return data


WeightSetForm = type(
    "WeightSetForm",
    (WeightsForm,),
    {name: _number(name, default) for name, default in _numbers(Weights(version=0)).items()},
)


@admin.register(WeightSet)
class WeightSetAdmin(ModelAdmin):
    """Versions of the weights: add one to change them; old ones stay as they were."""

    form = WeightSetForm
    list_display = ("version", "created_at", "note", "shown_terms")
    fieldsets = (
        (
            None,
            {
                "fields": ("note",),
                "description": _(
                    "A saved version counts from the next wave on. Try it first on a recorded day: manage.py replay."
                ),
            },
        ),
        (
            _("Who is preferred"),
            {"fields": ("language", "skill", "previous_agent", "wanted_agent")},
        ),
        (_("What is urgent"), {"fields": ("urgency",)}),
        (_("What is fair"), {"fields": ("idle", "load", "share", "newcomer")}),
        (_("What is spared"), {"fields": ("scarcity", "fallback")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A version that exists shows what it is."""
        if obj is None:
            return self.fieldsets
        return ((None, {"fields": ("note", "created_at", "shown_terms")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of it, once it exists."""
        return () if obj is None else ("note", "created_at", "shown_terms")

    @display(description=_("weights"))
    def shown_terms(self, weights: WeightSet) -> str:
        """By name, as they count."""
        try:
            numbers = _numbers(Weights.from_terms(weights.version, weights.terms))
        except ValueError as exc:
            return _("Not in use: %s") % exc
        return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in numbers.items())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version once made explains past offers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """So it stays."""
        return False
