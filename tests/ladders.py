"""Ladders for tests: steps of a queue, and tickets that have waited."""

from typing import Any

from django.db import connection

from tests.factories import make_skill
from tickets.models import LadderSkill, LadderStep, Queue, Ticket


def add_step(
    queue: Queue, after_s: int, *, skills: dict[str, int] | None = None, **changes: Any
) -> LadderStep:
    """One more step of a queue's ladder; `skills` by slug, 0 for no longer needed."""
    step = LadderStep.objects.create(queue=queue, after_s=after_s, **changes)
    LadderSkill.objects.bulk_create(
        LadderSkill(step=step, skill=make_skill(slug), level=level)
        for slug, level in (skills or {}).items()
    )
    return step


def waits(seconds: float, *tickets: Ticket) -> None:
    """These tickets have waited for so long now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE tickets_ticket SET waiting_since = clock_timestamp() - make_interval(secs => %s)
               WHERE id = ANY(%s)""",
            [seconds, [ticket.pk for ticket in tickets]],
        )


def step_of(ticket: Ticket) -> int:
    """How many steps are open for it."""
    return Ticket.objects.values_list("step", flat=True).get(pk=ticket.pk)
