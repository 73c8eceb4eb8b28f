"""The ladder: what a ticket asks of an agent, and what else holds for it, the longer it waits.

Pure: no query, no clock. Production, the replay and the simulator all climb by these functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

Skills = Mapping[Any, int]

# A skill that is none: whoever takes what is for supervisors "has" it. Real ids begin at 1.
SUPERVISOR = 0


@dataclass(frozen=True, slots=True)
class Need:
    """What an agent must have: the ticket's language at `language_level` (0: any language, even
    none in common) and every one of `skills` at its level."""

    language_level: int
    skills: Skills

    def met_by(self, language: str, languages: Mapping[str, int], skills: Skills) -> bool:
        """Whether somebody of these languages and skills may take a ticket in `language`."""
        if self.language_level and languages.get(language, 0) < self.language_level:
            return False
        return all(skills.get(skill, 0) >= level for skill, level in self.skills.items())


ANY_SUPERVISOR = Need(0, {SUPERVISOR: 1})


@dataclass(frozen=True, slots=True)
class Rung:
    """What holds for a ticket after some steps: any one of `needs` is enough.

    `priority` is in service levels added to what was waited, `broadcast` the number of agents
    who are asked at once.
    """

    needs: tuple[Need, ...]
    priority: float = 0.0
    broadcast: int = 1
    pay_multiplier: Decimal = Decimal(1)
    is_last: bool = False

    def open_to(self, language: str, languages: Mapping[str, int], skills: Skills) -> bool:
        """Whether somebody of these languages and skills may take a ticket in `language` here."""
        return any(need.met_by(language, languages, skills) for need in self.needs)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a ladder; None leaves a thing as it was. A skill at level 0 is no longer needed.

    `fallback` is what another queue asks for: who meets that may take the ticket too.
    """

    after_s: float
    language_level: int | None = None
    skills: Skills | None = None
    fallback: Need | None = None
    priority: float | None = None
    broadcast: int | None = None
    pay_multiplier: Decimal | None = None
    call_in: bool = False
    alert: bool = False
    is_last: bool = False
    skip_if_nobody: bool = True


def rungs(ground: Rung, steps: Sequence[Step]) -> tuple[Rung, ...]:
    """What holds at each height: element k after the first k of `steps` (in order of `after_s`).

    `ground.needs[0]` is what the queue itself asks for; steps lower that one and add others.
    """
    found = [ground]
    for step in steps:
        found.append(_climbed(found[-1], step))
    return tuple(found)


def _climbed(below: Rung, step: Step) -> Rung:
    first, *others = below.needs
    if step.language_level is not None:
        first = replace(first, language_level=step.language_level)
    if step.skills:
        merged = {**first.skills, **step.skills}
        first = replace(first, skills={skill: level for skill, level in merged.items() if level})
    if step.fallback is not None and step.fallback not in others:
        others.append(step.fallback)
    if step.is_last and ANY_SUPERVISOR not in others:
        others.append(ANY_SUPERVISOR)
    return Rung(
        needs=(first, *others),
        priority=below.priority if step.priority is None else step.priority,
        broadcast=below.broadcast if step.broadcast is None else step.broadcast,
        pay_multiplier=below.pay_multiplier if step.pay_multiplier is None else step.pay_multiplier,
        is_last=below.is_last or step.is_last,
    )


def due(steps: Sequence[Step], waited_s: float) -> int:
    """How many steps a ticket that has waited `waited_s` has reached by its age alone."""
    return sum(step.after_s <= waited_s for step in steps)


def climbed(
    steps: Sequence[Step], step: int, waited_s: float, anyone: Callable[[int], bool]
) -> int:
    """How many steps are open now for a ticket that had `step` of them; never fewer than before.

    Its age opens steps, and a step that is to be skipped when `anyone` (of those online, at that
    height) could not take it opens the next at once.
    """
    height = max(step, due(steps, waited_s))
    while 0 < height < len(steps) and steps[height - 1].skip_if_nobody and not anyone(height):
        height += 1
    return height


def shortfall(need: Need, language: str, languages: Mapping[str, int], skills: Skills) -> int:
    """How many levels somebody is short of a need, in all; 0 for who meets it."""
    missing = max(0, need.language_level - languages.get(language, 0))
    return missing + sum(
        max(0, level - skills.get(skill, 0)) for skill, level in need.skills.items()
    )
