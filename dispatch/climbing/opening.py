"""Opening steps: the move, its log, and what the steps do, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from core import sql
from dispatch import call_ins
from tickets import actions as tickets
from tickets import queries as ticket_queries
from tickets.catalogue import QueueRow
from tickets.ladder import Step


@dataclass(frozen=True, slots=True)
class Climber:
    """A waiting ticket on its way from step `was` to `step`; `by_age` of them are due by its age."""

    id: UUID
    queue: QueueRow
    language: str
    was: int
    step: int
    by_age: int

    @property
    def opened(self) -> tuple[Step, ...]:
        """The steps that open now."""
        return self.queue.steps[self.was : self.step]


def climb(climbers: Sequence[Climber], *, by: str) -> list[Climber]:
    """Open these tickets' steps and do what they say; returns those that still stood where they did.

    A ticket that somebody has locked is about to change hands: the next tick sees what became of it.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """
            WITH want AS (
                SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::int[])
                    AS w(id, queue_id, was, step, by_age)
            ), held AS (
                SELECT w.* FROM want w JOIN tickets_ticket t ON t.id = w.id
                WHERE t.state = 'waiting' AND t.step = w.was AND t.queue_id = w.queue_id
                ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
            ), up AS (
                UPDATE tickets_ticket t SET step = held.step FROM held WHERE t.id = held.id
            ), log AS (
                INSERT INTO dispatch_climb (ticket_id, queue_id, step, at, by, reason)
                SELECT h.id, h.queue_id, s.step, clock_timestamp(), %s, CASE
                    WHEN %s <> 'system' THEN 'opened by hand'
                    WHEN s.step <= h.by_age THEN 'waited long enough' ELSE 'nobody online for the one before' END
                FROM held h CROSS JOIN LATERAL generate_series(h.was + 1, h.step) AS s(step)
                ON CONFLICT (ticket_id, queue_id, step) DO NOTHING RETURNING ticket_id, step
            )
            SELECT id, ARRAY(SELECT step FROM log WHERE ticket_id = held.id) FROM held
            """,
            [
                [each.id for each in climbers],
                [each.queue.id for each in climbers],
                [each.was for each in climbers],
                [each.step for each in climbers],
                [each.by_age for each in climbers],
                by[:80],
                by,
            ],
        )
        went = {id: set(steps) for id, steps in cursor.fetchall()}
    done = [each for each in climbers if each.id in went]
    # Not for steps that it has seen before: it left their queue meanwhile, and is back.
    _alert(done, went)
    call_ins.call(
        [
            call_ins.Wanted(each.id, each.queue, each.language, each.step)
            for each in done
            if any(step.call_in for step in each.opened)
        ]
    )
    _offer_later(done)
    return done


def _alert(climbers: Sequence[Climber], new: Mapping[UUID, Collection[int]]) -> None:
    rows = [
        (each.id, "last_step" if step.is_last else "ladder", _words(each, height))
        for each in climbers
        for height, step in enumerate(each.opened, each.was + 1)
        if (step.alert or step.is_last) and height in new[each.id]
    ]
    if rows:
        with sql.cursor() as cursor:
            cursor.execute(
                """INSERT INTO dispatch_alert (ticket_id, kind, text, at, seen_by)
                   SELECT ticket_id, kind, text, clock_timestamp(), ''
                   FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS a(ticket_id, kind, text)""",
                [list(column) for column in zip(*rows, strict=True)],
            )


def _words(climber: Climber, height: int) -> str:
    return str(
        _("%(queue)s, in %(language)s: step %(step)d of %(steps)d is open.")
        % {
            "queue": climber.queue.name,
            "language": climber.language,
            "step": height,
            "steps": len(climber.queue.steps),
        }
    )[:300]


def _offer_later(climbers: Sequence[Climber]) -> None:
    """Tell customers for whom the last step has opened that they may leave an address."""
    last = [each.id for each in climbers if any(step.is_last for step in each.opened)]
    if last:
        tickets.tell_customers(ticket_queries.with_names().filter(pk__in=last))
