"""The slow half of agents: desks, languages, skills. Kept per process until a version changes.

Triggers count every change of a profile in `agents_agent.profile_version`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import sql
from tickets.ladder import SUPERVISOR


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent can be asked for. Who takes what is for supervisors has `ladder.SUPERVISOR`."""

    version: int
    desks: frozenset[UUID]
    languages: dict[str, int]
    skills: dict[int, int]


_known: dict[UUID, Profile] = {}


def of(versions: Mapping[UUID, int]) -> dict[UUID, Profile]:
    """The profiles of these agents, each at least as new as the version the caller has seen."""
    refresh([agent_id for agent_id, version in versions.items() if _version(agent_id) != version])
    return {agent_id: _known[agent_id] for agent_id in versions if agent_id in _known}


def get(agent_ids: Iterable[UUID]) -> dict[UUID, Profile]:
    """The profiles of these agents as they are now."""
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT id, profile_version FROM agents_agent WHERE id = ANY(%s)", [list(agent_ids)]
        )
        return of(dict(cursor.fetchall()))


def seen(agent_id: UUID) -> Profile | None:
    """The profile as this process last read it, without asking; None if it never did."""
    return _known.get(agent_id)


def _version(agent_id: UUID) -> int:
    profile = _known.get(agent_id)
    return profile.version if profile else -1


def refresh(agent_ids: list[UUID]) -> None:
    """Read these agents' profiles anew."""
    if not agent_ids:
        return
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, a.profile_version, a.supervises,
                   array(SELECT desk_id FROM tickets_desk_agents WHERE agent_id = a.id),
                   (SELECT jsonb_object_agg(code, level) FROM agents_agentlanguage WHERE agent_id = a.id),
                   (SELECT jsonb_object_agg(skill_id, level) FROM agents_agentskill WHERE agent_id = a.id)
               FROM agents_agent a WHERE a.id = ANY(%s)""",
            [agent_ids],
        )
        for agent_id, version, supervises, desks, languages, skills in cursor.fetchall():
            held = {int(skill): level for skill, level in as_object(skills).items()}
            if supervises:
                held[SUPERVISOR] = 1
            _known[agent_id] = Profile(version, frozenset(desks), as_object(languages), held)


def as_object(value: Any) -> dict[str, int]:
    """A jsonb object, decoded or not, or {} for NULL."""
    if value is None:
        return {}
    return json.loads(value) if isinstance(value, str) else value
