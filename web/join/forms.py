"""What applicants fill in, as it comes from a form. What it means is judged by the actions."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from agents.models import LEVELS, Skill
from agents.onboarding.models.applications import DOCUMENT_KINDS, HOURS, TIMES
from core import languages, places

LANGUAGES = 4
NOTHING = [("", "–")]
# What is typed is shown in mails and to reviewers: no controls, and something to see.
plain = RegexValidator(r"^[^\x00-\x1f\x7f<>]*$", _("Use letters only, without < and >."))


class Apply(forms.Form):
    """The application. `languages` and `skills` are what its rows come to."""

    name = forms.CharField(
        label=_("First name"), max_length=80, validators=[plain],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )  # fmt: skip
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    country = forms.ChoiceField(label=_("Country you live in"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    hours = forms.ChoiceField(label=_("How much would you like to work?"), choices=HOURS)
    times = forms.MultipleChoiceField(label=_("When?"), choices=TIMES)
    consent = forms.BooleanField(
        error_messages={"required": _("Without your consent we may not keep what you send.")}
    )

    def __init__(self, *args: Any, known_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_email = known_email
        if known_email:
            del self.fields["email"]
        self.fields["country"].choices = [*NOTHING, *places.countries()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            *NOTHING, *((zone, zone.replace("_", " ")) for zone in places.zones())
        ]  # fmt: skip
        levels = [*NOTHING, *LEVELS]
        for n in range(LANGUAGES):
            self.fields[f"language-{n}"] = forms.ChoiceField(
                label=_("Language"), choices=[*NOTHING, *languages.choices()], required=n == 0
            )
            self.fields[f"level-{n}"] = forms.ChoiceField(
                label=_("How well?"), choices=levels, required=n == 0
            )
        self.skills = {f"skill-{skill.pk}": skill for skill in Skill.objects.all()}
        for name, skill in self.skills.items():
            self.fields[name] = forms.ChoiceField(label=skill.name, choices=levels, required=False)
        for bound in self:
            self._mark(bound)

    def _mark(self, bound: Any) -> None:
        """House style, and what a screen reader needs to find an error."""
        widget = bound.field.widget
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return
        widget.attrs.setdefault("class", "input")
        if self.is_bound and bound.errors:
            widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}

    def language_rows(self) -> Iterator[tuple[Any, Any]]:
        """A language and its level, row by row."""
        for n in range(LANGUAGES):
            yield self[f"language-{n}"], self[f"level-{n}"]

    def skill_rows(self) -> Iterator[Any]:
        """A level for each topic there is."""
        for name in self.skills:
            yield self[name]

    def clean(self) -> dict[str, Any]:
        """Rows that belong together, each language once. Says at which field what is wrong."""
        data: dict[str, Any] = super().clean() or {}
        spoken: dict[str, int] = {}
        for n in range(LANGUAGES):
            code, level = data.get(f"language-{n}"), data.get(f"level-{n}")
            if code and not level and not self.errors.get(f"level-{n}"):
                self.add_error(f"level-{n}", _("Say how well you speak it."))
            elif level and not code and not self.errors.get(f"language-{n}"):
                self.add_error(f"language-{n}", _("Choose the language."))
            elif code and code in spoken:
                self.add_error(f"language-{n}", _("This language is there twice."))
            elif code and level:
                spoken[code] = int(level)
        data["languages"] = spoken
        data["skills"] = {
            skill.pk: int(data[name]) for name, skill in self.skills.items() if data.get(name)
        }
        return data

    def about(self) -> dict[str, Any]:
        """The fields of an application."""
        names = ("name", "country", "time_zone", "hours", "times")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "email": self.known_email or self.cleaned_data["email"],
        }


class Identity(forms.Form):
    """The document."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=DOCUMENT_KINDS)
    file = forms.FileField(
        label=_("Photo or PDF"),
        error_messages={
            "required": _("Choose a photo or a PDF."),
            "empty": _("The file is empty."),
        },
    )
