"""A ladder is judged as a whole, before it is saved, with what the queue itself is about to ask for."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from agents.models import Skill
from tickets import profiles, rules
from tickets.admin.steps import SKILL, StepForm
from tickets.ladder import Need, Rung, rungs
from tickets.models import Desk, LadderStep, Queue

# Far above any step's time: steps that change places pass each other there.
ASIDE_S = 1_000_000


def crew_of(desk: Desk) -> list[profiles.Profile]:
    """Everybody who can log in and serves the desk, with what they can."""
    ids = desk.agents.filter(user__is_active=True).values_list("id", flat=True)
    return list(profiles.get(ids).values())


def languages_of(desk: Desk, crew: Sequence[profiles.Profile]) -> set[str]:
    """The languages in which tickets of the desk can come."""
    return {desk.language}.union(*(one.languages for one in crew))


class StepFormSet(BaseInlineFormSet):
    """A ladder. What can't work is refused, each with the field and the reason."""

    # The required skills as they are posted beside it; set by the queue's admin.
    skills_formset: Any = None

    def get_queryset(self) -> Any:
        """In the order in which they open, with their skills."""
        if not hasattr(self, "_queryset"):
            self._queryset = super().get_queryset().order_by("after_s").prefetch_related("skills")
        return self._queryset

    def validate_unique(self) -> None:
        """In `clean`, with a sentence."""

    def clean(self) -> None:
        """Raises ValidationError for a ladder that can reach nobody; other faults go to their fields."""
        queue = self.instance
        if any(self.errors) or queue.desk_id is None:
            return
        rows: list[Any] = [
            form
            for form in self.forms
            if form.cleaned_data.get("after_s") and form not in self.deleted_forms
        ]
        for form in rows:
            fallback = form.cleaned_data.get("fallback_queue")
            if fallback and (fallback.desk_id != queue.desk_id or fallback.pk == queue.pk):
                form.add_error(
                    "fallback_queue",
                    _("Fallback queue: choose another queue of the same desk; this one is not."),
                )
        times = {form: form.cleaned_data["after_s"] for form in rows}
        known = [form for form in rows if form.instance.pk]
        new = [form for form in rows if not form.instance.pk]
        # Steps that were there keep their order, and new ones come in theirs: a new one may open
        # between two others although it stands at the end of the page.
        for group in (known, new):
            for index, sentence in rules.out_of_order([times[form] for form in group]):
                group[index].add_error("after_s", sentence)
        rows.sort(key=times.__getitem__)
        if not any(form.errors for form in rows):
            for index, sentence in rules.out_of_order([times[form] for form in rows]):
                rows[index].add_error("after_s", sentence)
        if not rows or any(form.errors for form in rows):
            return
        self._judge(queue, rows)

    def _judge(self, queue: Queue, rows: list[StepForm]) -> None:
        names = dict(Skill.objects.values_list("id", "name"))
        ground = self._ground(queue)
        asked = ground.needs[0].skills
        # A skill that the queue drops in this very form: its steps need not say so too.
        steps = [form.step(lambda skill: skill in asked) for form in rows]
        for fault in rules.faults(ground, steps, names.__getitem__):
            form = rows[fault.step]
            field = fault.field if isinstance(fault.field, str) else f"{SKILL}{fault.field}"
            form.add_error(field if field in form.fields else None, fault.text)
        if any(form.errors for form in rows):
            return
        crew, top = crew_of(queue.desk), rungs(ground, steps)[-1]
        languages = languages_of(queue.desk, crew)
        if not crew:
            raise ValidationError(
                _("Ladder: it can reach nobody, for no agent serves %s yet. Give the desk agents.")
                % queue.desk
            )
        if len(rules.unreached(top, languages, crew)) == len(languages):
            raise ValidationError(
                _(
                    "Ladder: it can reach nobody. Even at its last step no agent of %(desk)s could "
                    "take a conversation; it still asks for %(missing)s. Ask for less at a step, "
                    "or make the last one the last step and let somebody supervise."
                )
                % {
                    "desk": queue.desk,
                    "missing": rules.what_is_missing(top.needs[0], crew, names.__getitem__),
                }
            )

    def _ground(self, queue: Queue) -> Rung:
        skills = {row.skill_id: row.level for row in queue.skills.all()} if queue.pk else {}
        posted = self.skills_formset
        if posted is not None and posted.is_bound and posted.is_valid():
            skills = {
                form.cleaned_data["skill"].pk: form.cleaned_data["level"]
                for form in posted.forms
                if form.cleaned_data.get("skill") and form not in posted.deleted_forms
            }
        return Rung((Need(queue.language_level, skills),), float(queue.priority), queue.broadcast)

    def save(self, commit: bool = True) -> Any:
        """Steps that change places go past each other: nowhere on the way two open at once."""
        if not commit or not self.instance.pk:
            return super().save(commit)
        with transaction.atomic():
            LadderStep.objects.filter(
                pk__in=[form.instance.pk for form in self.initial_forms]
            ).update(after_s=F("after_s") + ASIDE_S, is_last=False)
            saved = super().save(commit)
            # Those that were not touched go back.
            for form in self.initial_forms:
                if form not in self.deleted_forms and not form.has_changed():
                    form.instance.save()
            return saved
