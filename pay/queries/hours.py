"""An agent's hours: when she was online, and when she had a conversation."""

from datetime import datetime
from uuid import UUID

from agents.states import FINISHING, ONLINE
from core import clock, sql
from pay.tariff.days import Span, union

AT_WORK = (ONLINE, FINISHING)


def online(agent_id: UUID, begin: datetime, end: datetime) -> list[Span]:
    """When she was online (or finishing) between these moments, up to now: from the log."""
    end = min(end, clock.now())
    with sql.cursor() as cursor:
        cursor.execute(
            """(SELECT now, at FROM agents_presencelog WHERE of_id = %s AND at <= %s
                ORDER BY at DESC, id DESC LIMIT 1)
               UNION ALL
               (SELECT now, at FROM agents_presencelog WHERE of_id = %s AND at > %s AND at < %s
                ORDER BY at, id)""",
            [agent_id, begin, agent_id, begin, end],
        )
        rows = cursor.fetchall()
    rows.sort(key=lambda row: row[1])
    spans = []
    for place, (state, at) in enumerate(rows):
        until = rows[place + 1][1] if place + 1 < len(rows) else end
        if state in AT_WORK:
            spans.append((max(at, begin), until))
    return union(spans)


def busy(agent_id: UUID, begin: datetime, end: datetime) -> list[Span]:
    """When she had at least one conversation."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT greatest(started_at, %s), least(coalesce(ended_at, clock_timestamp()), %s)
               FROM tickets_assignment
               WHERE agent_id = %s AND started_at < %s AND (ended_at IS NULL OR ended_at > %s)""",
            [begin, end, agent_id, end, begin],
        )
        return union(cursor.fetchall())
