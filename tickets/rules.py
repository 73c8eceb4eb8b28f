"""What makes a ladder wrong, in sentences for who edits it. Pure: no query, no form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from tickets.ladder import SUPERVISOR, Need, Rung, Step, rungs


class Person(Protocol):
    """Somebody who could be asked, as `tickets.profiles.Profile`."""

    @property
    def languages(self) -> Mapping[str, int]:
        """Levels by language."""

    @property
    def skills(self) -> Mapping[int, int]:
        """Levels by skill; SUPERVISOR for who takes what is for supervisors."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with `field` of step `step` (counted from 0). A skill's field is its id."""

    step: int
    field: Any
    text: str


def faults(ground: Rung, steps: Sequence[Step], names: Callable[[int], str]) -> Iterator[Fault]:
    """Every fault of a ladder whose `steps` are in the order in which they open.

    `names` gives a skill's name. Times are judged elsewhere: see `out_of_order`.
    """
    heights = rungs(ground, steps)
    for index, step in enumerate(steps):
        below, after = heights[index], step.after_s
        if heights[index + 1] == below and not (step.call_in or step.alert):
            yield Fault(
                index,
                "after_s",
                _("After (s): the step after %d s changes nothing. Change something, or remove it.")
                % after,
            )
        yield from _stricter(index, step, below, names)
        if step.is_last and index + 1 < len(steps):
            yield Fault(
                index,
                "is_last",
                _(
                    "Last step: after %(after)d s it is not the last, for another one opens "
                    "after %(other)d s."
                )
                % {"after": after, "other": steps[index + 1].after_s},
            )


def _stricter(index: int, step: Step, below: Rung, names: Callable[[int], str]) -> Iterator[Fault]:
    asked = below.needs[0]
    text = _("%(field)s: %(now)s is stricter than %(before)s before. A ladder only lets more in.")
    less = _("%(field)s: %(now)s is less than %(before)s before. A ladder only goes up.")
    if step.language_level is not None and step.language_level > asked.language_level:
        said = {
            "field": _("Language level needed"),
            "now": step.language_level,
            "before": asked.language_level,
        }
        yield Fault(index, "language_level", text % said)
    for skill, level in (step.skills or {}).items():
        before = asked.skills.get(skill, 0)
        if level > before:
            said = {"field": names(skill), "now": level, "before": before}
            yield Fault(index, skill, text % said)
    for field, label, now, old in (
        ("priority", _("Priority"), step.priority, below.priority),
        ("broadcast", _("Offer to so many at once"), step.broadcast, below.broadcast),
        ("pay_multiplier", _("Pay multiplier"), step.pay_multiplier, below.pay_multiplier),
    ):
        if now is not None and now < old:
            said = {"field": label, "now": f"{now:g}", "before": f"{old:g}"}
            yield Fault(index, field, less % said)


def out_of_order(times: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(index, sentence) for each time that is not later than the one above it."""
    for index in range(1, len(times)):
        above, here = times[index - 1], times[index]
        if here == above:
            yield (
                index,
                _("After (s): two steps open after %d s. Give one of them another time.") % here,
            )
        elif here < above:
            yield (
                index,
                _(
                    "After (s): %(here)d stands below %(above)d. Put the steps in the order in "
                    "which they open."
                )
                % {"here": here, "above": above},
            )


def unreached(rung: Rung, languages: Collection[str], crew: Collection[Person]) -> list[str]:
    """Those of `languages` in which nobody of the crew could ever take a ticket at this rung."""
    return [
        language
        for language in sorted(languages)
        if not any(rung.open_to(language, one.languages, one.skills) for one in crew)
    ]


def what_is_missing(need: Need, crew: Collection[Person], names: Callable[[int], str]) -> str:
    """Why nobody of the crew meets a need: the skills and levels that nobody has."""
    best = max((level for one in crew for level in one.languages.values()), default=0)
    parts = []
    if best < need.language_level:
        parts.append(
            _("language level %(asked)d (the best has %(best)d)")
            % {"asked": need.language_level, "best": best}
        )
    for skill, asked in need.skills.items():
        if skill == SUPERVISOR:
            continue
        best = max((one.skills.get(skill, 0) for one in crew), default=0)
        if best < asked:
            parts.append(
                _("%(skill)s at level %(asked)d (the best has %(best)d)")
                % {"skill": names(skill), "asked": asked, "best": best}
            )
    return ", ".join(parts) or _("all of this together, which no single person has")
