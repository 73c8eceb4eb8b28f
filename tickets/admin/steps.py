"""The form of a ladder's step, with a field for each skill that its queue requires."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from agents.models import LEVELS
from tickets import catalogue
from tickets.ladder import Need, Step
from tickets.models import LadderSkill, LadderStep, Queue
from tickets.models.desks import MAX_WIDTH

SKILL = "skill_"
AS_BEFORE = ("", _("As before"))


class StepForm(forms.ModelForm):
    """A step. Each skill that the queue requires is a field of its own: empty leaves it as it was."""

    class Meta:
        model = LadderStep
        fields = (
            "after_s",
            "language_level",
            "fallback_queue",
            "priority",
            "broadcast",
            "pay_multiplier",
            "call_in",
            "alert",
            "is_last",
            "skip_if_nobody",
        )
        error_messages = {
            "after_s": {
                "required": _("After (s): say after how many seconds of waiting the step opens."),
                "min_value": _("After (s): a step opens after a second at least."),
                "max_value": _("After (s): a step opens within a week (604800 s)."),
            },
            "fallback_queue": {
                "invalid_choice": _(
                    "Fallback queue: choose another queue of the same desk; this one is not."
                )
            },
            "priority": {
                "min_value": _("Priority: below 0 a step would make a ticket less urgent."),
                "max_value": _("Priority: above 50 service levels it says nothing more."),
            },
            "broadcast": {
                "min_value": _("Offer to so many at once: at least 1 has to be asked."),
                "max_value": _("Offer to so many at once: at most %d are asked.") % MAX_WIDTH,
            },
            "pay_multiplier": {
                "min_value": _("Pay multiplier: below 1 a step would cut the pay."),
                "max_value": _("Pay multiplier: above 10 it is more likely a slip."),
            },
        }

    # The queue, once it is saved; see `form_for`.
    queue: Queue | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for held in self.instance.skills.all():
                self.initial[f"{SKILL}{held.skill_id}"] = str(held.level)
        for name in ("language_level", "priority", "broadcast", "pay_multiplier"):
            field = self.fields.get(name)
            if isinstance(field, forms.TypedChoiceField):
                field.choices = [AS_BEFORE, *LEVELS]
            elif field is not None:
                field.widget.attrs["placeholder"] = AS_BEFORE[1]
        asked = self.fields.get("fallback_queue")
        if isinstance(asked, forms.ModelChoiceField) and self.queue is not None:
            asked.queryset = Queue.objects.filter(desk=self.queue.desk_id).exclude(pk=self.queue.pk)

    def validate_unique(self) -> None:
        """Against each other, not against what stands in the database: see the formset."""

    def validate_constraints(self) -> None:
        """As above."""

    @property
    def skills(self) -> dict[int, int]:
        """The levels that are chosen, by skill."""
        return {
            int(name.removeprefix(SKILL)): int(value)
            for name, value in self.cleaned_data.items()
            if name.startswith(SKILL) and value != ""
        }

    def step(self, required: Callable[[int], bool]) -> Step:
        """What the form says, for the ladder; of the skills those that are `required`."""
        data = self.cleaned_data
        fallback = data.get("fallback_queue")
        skills = {skill: level for skill, level in self.skills.items() if required(skill)}
        return Step(
            after_s=data["after_s"],
            language_level=data.get("language_level"),
            skills=skills or None,
            fallback=_need(fallback) if fallback else None,
            priority=data.get("priority"),
            broadcast=data.get("broadcast"),
            pay_multiplier=data.get("pay_multiplier"),
            call_in=data.get("call_in", False),
            alert=data.get("alert", False),
            is_last=data.get("is_last", False),
            skip_if_nobody=data.get("skip_if_nobody", False),
        )

    def save(self, commit: bool = True) -> LadderStep:
        """With its skills."""
        step: LadderStep = super().save(commit)
        if commit:
            step.skills.all().delete()
            LadderSkill.objects.bulk_create(
                LadderSkill(step=step, skill_id=skill, level=level)
                for skill, level in self.skills.items()
            )
        return step


def _need(queue: Queue) -> Need:
    return catalogue.queues([queue.pk])[queue.pk].rungs[0].needs[0]


def form_for(queue: Queue | None) -> type[StepForm]:
    """The form of a step of this queue: with a field for each skill that it requires."""
    fields: dict[str, Any] = {"queue": queue}
    if queue is not None:
        for held in queue.skills.select_related("skill"):
            fields[f"{SKILL}{held.skill_id}"] = forms.ChoiceField(
                label=held.skill.name,
                required=False,
                choices=[AS_BEFORE, ("0", _("Not needed")), *((str(n), t) for n, t in LEVELS)],
                widget=UnfoldAdminSelectWidget,
            )
    return type("StepForm", (StepForm,), fields)
