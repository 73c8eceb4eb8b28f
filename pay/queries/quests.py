"""Quests that an agent may join, and how far she is."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from core import sql
from core.api import iso
from pay import money
from realtime.events import Json

_dates: tuple[tuple[datetime, datetime], ...] = ()
_dates_as_of: tuple[str, ...] = ()


def runs(version: str, at: datetime) -> bool:
    """Whether a quest may be running `at` this moment; the quests' dates are kept for as long as the
    catalogue has this `version` (empty: nobody knows, so one may).
    """
    global _dates, _dates_as_of
    if not version:
        return True
    as_of = (connection.settings_dict["NAME"], version)
    if _dates_as_of != as_of:
        with sql.cursor() as cursor:
            cursor.execute("SELECT starts_at, ends_at FROM pay_quest")
            _dates, _dates_as_of = tuple(cursor.fetchall()), as_of
    return any(starts <= at < ends for starts, ends in _dates)


def of_agent(agent_id: UUID) -> list[Json]:
    """Quests of her desks that run or come within a week, and those she joined that ended lately."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT q.id, q.title, k.name, q.starts_at, q.ends_at, q.target, q.currency, q.reward,
                   m.joined_at, coalesce(m.done, 0), m.reached_at,
                   q.ends_at <= clock_timestamp()
               FROM pay_quest q
               JOIN tickets_desk_agents d ON d.desk_id = q.desk_id AND d.agent_id = %s
               LEFT JOIN tickets_queue k ON k.id = q.queue_id
               LEFT JOIN pay_questmember m ON m.quest_id = q.id AND m.agent_id = d.agent_id
               WHERE (q.ends_at > clock_timestamp()
                      AND q.starts_at < clock_timestamp() + interval '7 days')
                  OR (m.id IS NOT NULL AND q.ends_at > clock_timestamp() - interval '2 days')
               ORDER BY q.ends_at, q.id""",
            [agent_id],
        )
        rows = cursor.fetchall()
    return [
        {
            "id": id,
            "title": title,
            "topic_name": topic,
            "starts_at": iso(starts),
            "ends_at": iso(ends),
            "target": target,
            "done": min(done, target),
            "reward": dict(money.as_json(money.minor(reward, currency), currency)),
            "joined": joined is not None,
            "reached_at": iso(reached),
            "is_over": over,
        }
        for (id, title, topic, starts, ends, target, currency, reward, joined, done, reached, over)
        in rows
    ]  # fmt: skip
