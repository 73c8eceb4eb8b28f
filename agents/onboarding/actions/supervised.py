"""Conversations under supervision, as news of them comes from the rooms above."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core import sql


def record(resolved: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Of these conversations (ticket, agent, when it ended) keep those of agents on probation.

    One statement, which finds nothing for everybody else: this is told of each conversation that ends.
    """
    if not resolved:
        return
    with sql.cursor() as cursor:
        cursor.execute(
            """INSERT INTO onboarding_supervised (application_id, ticket_id, ended_at)
               SELECT a.id, r.ticket, r.at
               FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS r(ticket, agent, at)
               JOIN onboarding_application a ON a.agent_id = r.agent AND a.state = 'probation'
               ON CONFLICT DO NOTHING""",
            [list(column) for column in zip(*resolved, strict=True)],
        )
