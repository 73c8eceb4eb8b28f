"""Queues as the engine needs them: what each asks for at every step of its ladder."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from core import sql
from tickets import ladder
from tickets.ladder import ANY_SUPERVISOR, Need, Rung, Step
from tickets.profiles import Profile


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue. `rungs[k]` holds for a ticket for which k of the `steps` are open.

    Times in seconds; `agent_cap` is how many conversations of it one agent may have, None for any
    number; `slots` how many of an agent's slots one takes.
    """

    id: UUID
    desk_id: UUID
    slug: str
    name: str
    service_level_s: int
    offer_timeout_s: int
    expected_minutes: int
    slots: int
    agent_cap: int | None
    spacing_s: int
    wrap_up_s: int
    same_agent_s: int
    steps: tuple[Step, ...]
    rungs: tuple[Rung, ...]

    def rung(self, step: int) -> Rung:
        """What holds after `step` steps; a ladder that was shortened meanwhile ends where it ends."""
        return self.rungs[min(step, len(self.rungs) - 1)]

    def needs(self, step: int, for_supervisor: bool) -> tuple[Need, ...]:
        """What somebody must have for a ticket of it: any one of these."""
        return (ANY_SUPERVISOR,) if for_supervisor else self.rung(step).needs

    def open_to(self, profile: Profile, language: str, step: int, for_supervisor: bool) -> bool:
        """Whether an agent of this profile may take a ticket of it, were she free."""
        return self.desk_id in profile.desks and any(
            need.met_by(language, profile.languages, profile.skills)
            for need in self.needs(step, for_supervisor)
        )


READ = """
    SELECT q.id, q.desk_id, q.slug, q.name, q.service_level_s, q.offer_timeout_s,
        q.expected_minutes, q.slots, q.agent_cap, q.spacing_s, q.language_level, q.priority,
        q.broadcast, q.wrap_up_s, q.same_agent_s,
        (SELECT jsonb_object_agg(skill_id, level)::text FROM tickets_queueskill
         WHERE queue_id = q.id),
        (SELECT jsonb_agg(jsonb_build_object(
            'after_s', s.after_s, 'language_level', s.language_level, 'priority', s.priority,
            'broadcast', s.broadcast, 'pay_multiplier', s.pay_multiplier::text,
            'call_in', s.call_in, 'alert', s.alert, 'is_last', s.is_last,
            'skip_if_nobody', s.skip_if_nobody,
            'skills', (SELECT jsonb_object_agg(k.skill_id, k.level) FROM tickets_ladderskill k
                       WHERE k.step_id = s.id),
            'fallback_level', f.language_level,
            'fallback_skills', (SELECT jsonb_object_agg(k.skill_id, k.level)
                                FROM tickets_queueskill k WHERE k.queue_id = f.id)
            ) ORDER BY s.after_s)::text
         FROM tickets_ladderstep s LEFT JOIN tickets_queue f ON f.id = s.fallback_queue_id
         WHERE s.queue_id = q.id)
    FROM tickets_queue q
"""


def queues(ids: Iterable[UUID] | None = None) -> dict[UUID, QueueRow]:
    """These queues, or all, as they are now."""
    with sql.cursor() as cursor:
        if ids is None:
            cursor.execute(READ)
        else:
            cursor.execute(f"{READ} WHERE q.id = ANY(%s)", [list(ids)])
        return {row[0]: _queue(row) for row in cursor.fetchall()}


_kept: dict[UUID, QueueRow] = {}
_kept_as_of: tuple[str, ...] = ()


def kept(ids: Iterable[UUID], version: str) -> dict[UUID, QueueRow]:
    """These queues (at least) as they are at `version` of the catalogue or a later one.

    `version` is what the row of tickets_catalogue_version says, which every change of a queue, its
    skills or its ladder writes: while it stays the same, this process reads no queue twice.
    """
    global _kept, _kept_as_of
    as_of = (connection.settings_dict["NAME"], version)
    if _kept_as_of != as_of:
        _kept, _kept_as_of = {}, as_of
    known = _kept
    if missing := [id for id in ids if id not in known]:
        known.update(queues(missing))
    return known


def _queue(row: tuple[Any, ...]) -> QueueRow:
    ground = Rung((Need(row[10], _skills(row[15])),), float(row[11]), row[12])
    steps = tuple(step(each) for each in json.loads(row[16] or "[]"))
    return QueueRow(
        id=row[0],
        desk_id=row[1],
        slug=row[2],
        name=row[3],
        service_level_s=row[4],
        offer_timeout_s=row[5],
        expected_minutes=row[6],
        slots=row[7],
        agent_cap=row[8],
        spacing_s=row[9],
        wrap_up_s=row[13],
        same_agent_s=row[14],
        steps=steps,
        rungs=ladder.rungs(ground, steps),
    )


def step(stored: Mapping[str, Any]) -> Step:
    """A step from its stored form, `{}` for one that changes nothing."""
    level, multiplier = stored.get("fallback_level"), stored.get("pay_multiplier")
    return Step(
        after_s=stored.get("after_s", 0),
        language_level=stored.get("language_level"),
        skills=_skills(stored.get("skills")) or None,
        fallback=None if level is None else Need(level, _skills(stored.get("fallback_skills"))),
        priority=None if stored.get("priority") is None else float(stored["priority"]),
        broadcast=stored.get("broadcast"),
        pay_multiplier=None if multiplier is None else Decimal(multiplier),
        call_in=stored.get("call_in", False),
        alert=stored.get("alert", False),
        is_last=stored.get("is_last", False),
        skip_if_nobody=stored.get("skip_if_nobody", True),
    )


def _skills(stored: str | Mapping[str, int] | None) -> dict[int, int]:
    found = json.loads(stored) if isinstance(stored, str) else stored or {}
    return {int(skill): level for skill, level in found.items()}
