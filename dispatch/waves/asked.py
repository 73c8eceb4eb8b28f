"""A ticket as the matching sees it: what its queue asks for at its step of the ladder."""

from typing import Any

from dispatch.matching.types import Ask, Ticket
from tickets.catalogue import QueueRow
from tickets.ladder import ANY_SUPERVISOR, Need

# A skill that nobody has: for tickets whose own request nobody is to meet, only `others`.
NOBODY_HAS = -1


def asked(queue: QueueRow, language: str, step: int, for_supervisor: bool, **known: Any) -> Ticket:
    """A ticket of this queue and language at that step; `known` are the rest of its fields."""
    return Ticket(**asking(queue, language, step, for_supervisor), **known)


def asking(queue: QueueRow, language: str, step: int, for_supervisor: bool) -> dict[str, Any]:
    """What all tickets of this queue and language at that step have in common, by field."""
    rung = queue.rung(step)
    first, *others = queue.needs(step, for_supervisor)
    if first is ANY_SUPERVISOR:
        first, others = Need(0, {NOBODY_HAS: 1}), [ANY_SUPERVISOR]
    return {
        "desk": queue.desk_id,
        "language": language,
        "level": first.language_level,
        "skills": first.skills,
        "service_level_s": queue.service_level_s,
        "queue": queue.id,
        "priority": rung.priority,
        "slots": queue.slots,
        "width": rung.broadcast,
        "others": tuple(_ask(need, language) for need in others),
    }


def _ask(need: Need, language: str) -> Ask:
    spoken = language if need.language_level else None
    return Ask(spoken, need.language_level, need.skills)
