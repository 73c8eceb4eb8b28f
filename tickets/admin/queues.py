"""Queues: what they ask for, how their conversations are handed out, and their ladders."""

from itertools import zip_longest
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from agents.models import Skill
from tickets import catalogue, rules
from tickets.admin.forms import QueueForm
from tickets.admin.ladders import StepFormSet, crew_of, languages_of
from tickets.admin.steps import SKILL, form_for
from tickets.models import LadderSkill, LadderStep, Queue, QueueSkill


class QueueSkillInline(TabularInline):
    model = QueueSkill
    extra = 0
    autocomplete_fields = ("skill",)


class StepInline(StackedInline):
    """The ladder. The skills that the queue requires are fields of each step, once they are saved."""

    model = LadderStep
    formset = StepFormSet
    fk_name = "queue"
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """With the form of this queue's steps."""
        return super().get_formset(request, obj, **{"form": form_for(obj), **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """When, whom it lets in, what else it changes; two in a line."""
        skills = [name for name in form_for(obj).base_fields if name.startswith(SKILL)]
        lines = [
            ("after_s", "skip_if_nobody"),
            ("language_level", "fallback_queue"),
            *zip_longest(skills[::2], skills[1::2]),
            ("priority", "broadcast"),
            ("pay_multiplier", "call_in"),
            ("alert", "is_last"),
        ]
        return [(None, {"fields": [tuple(filter(None, line)) for line in lines]})]


class QueueAdmin(ModelAdmin):
    """Kinds of requests, what it takes to answer them, and what happens while nobody does.

    Registered by dispatch, which adds who could take one now.
    """

    form = QueueForm
    list_display = (
        "name",
        "desk",
        "slug",
        "service_level_s",
        "offer_timeout_s",
        "shown_steps",
        "is_default",
        "is_public",
    )
    list_filter = ("desk",)
    list_select_related = ("desk",)
    search_fields = ("name", "slug")
    inlines = (QueueSkillInline, StepInline)
    fieldsets: Any = (
        (
            None,
            {"fields": (("desk", "name"), ("slug", "language_level"), ("is_public", "is_default"))},
        ),
        (
            _("What customers are promised"),
            {
                "fields": (("service_level_s", "expected_minutes"), "priority"),
                "description": _(
                    "The more of the service level a customer has waited, the more urgent she is."
                ),
            },
        ),
        (
            _("How it is offered"),
            {
                "fields": (("offer_timeout_s", "broadcast"), ("spacing_s", "same_agent_s")),
                "description": _("Whom it is offered to is decided by the weights, not here."),
            },
        ),
        (
            _("What it takes of an agent"),
            {
                "fields": (
                    ("slots", "agent_cap"),
                    "idle_after_s",
                    ("wrap_up_s", "wrap_up_extension_s"),
                ),
                "description": _("Agents have as many slots as their capacity says."),
            },
        ),
        (
            _("When an agent is silent"),
            {
                "fields": (("nudge_after_s", "second_nudge_after_s"), "hand_over_after_s"),
                "description": _("Counted from when the customer began to wait for an answer."),
            },
        ),
    )

    @admin.display(description=_("ladder"))
    def shown_steps(self, queue: Queue) -> str:
        """When its steps open."""
        times = sorted(step.after_s for step in queue.steps.all())
        return ", ".join(f"{after} s" for after in times) or "–"

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the list shows."""
        return super().get_queryset(request).prefetch_related("steps")

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool = False) -> Any:
        """The ladder is judged by the skills that are posted with it."""
        formsets, inlines = super()._create_formsets(request, obj, change)
        for formset in formsets:
            if isinstance(formset, StepFormSet):
                formset.skills_formset = next(
                    (other for other in formsets if other.model is QueueSkill), None
                )
        return formsets, inlines

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Warn of what works and will hurt: languages in which nobody could ever take one."""
        super().save_related(request, form, formsets, change)
        queue: Queue = form.instance
        # A skill that is no longer required can't be lowered.
        LadderSkill.objects.filter(step__queue=queue).exclude(
            skill__in=queue.skills.values("skill")
        ).delete()
        for sentence in warnings(queue):
            messages.warning(request, sentence)


def warnings(queue: Queue) -> list[str]:
    """What a supervisor should know of a queue that is not wrong as such."""
    desk, row = queue.desk, catalogue.queues([queue.pk])[queue.pk]
    crew = crew_of(desk)
    if not crew:
        return [_("No agent serves %s yet: nobody can take a conversation.") % desk]
    top = row.rungs[-1]
    languages = languages_of(desk, crew)
    without = rules.unreached(top, languages, crew)
    names = dict(Skill.objects.values_list("id", "name"))
    found = []
    if len(without) == len(languages):
        found.append(
            _(
                "Nobody of %(desk)s could take a conversation of this queue. It asks for %(missing)s."
            )
            % {
                "desk": desk,
                "missing": rules.what_is_missing(top.needs[0], crew, names.__getitem__),
            }
        )
    elif without:
        found.append(
            _("In some languages nobody of %(desk)s could ever take one: %(languages)s.")
            % {"desk": desk, "languages": ", ".join(without)}
        )
    if top.is_last and not desk.agents.filter(supervises=True).exists():
        found.append(
            _("The last step asks supervisors, but no agent of %s takes what is for them.") % desk
        )
    return found
