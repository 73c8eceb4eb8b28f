"""Conversations count for the quests that their agents have joined."""

from collections.abc import Sequence

from core import sql
from pay import money
from pay.actions.posting import Explained, Leg, Posting
from pay.models.ledger import AGENT, QUEST, QUESTS
from pay.queries import quests
from tickets.signals import Left

# Members are locked in the order of their ids, before any balance. What was booked before (the same
# news again) does not count again. A conversation that is handed on counts for who ends it.
COUNT = """
    WITH counted AS MATERIALIZED (
        SELECT n.agent_id, k.desk_id, k.queue_id, count(*) AS n
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS n(ticket_id, agent_id, key)
        JOIN tickets_ticket k ON k.id = n.ticket_id
        WHERE NOT EXISTS (SELECT FROM pay_transaction t WHERE t.key = n.key)
        GROUP BY 1, 2, 3
    ), members AS MATERIALIZED (
        SELECT m.id, m.quest_id, m.agent_id FROM pay_questmember m
        JOIN pay_quest q ON q.id = m.quest_id
        WHERE m.agent_id = ANY(%s::uuid[]) AND m.reached_at IS NULL
          AND q.starts_at <= clock_timestamp() AND clock_timestamp() < q.ends_at
        ORDER BY m.id FOR NO KEY UPDATE OF m
    ), due AS (
        SELECT e.id, q.id AS quest, q.target, q.currency, q.reward, q.title, sum(c.n) AS n
        FROM members e JOIN pay_quest q ON q.id = e.quest_id
        JOIN counted c ON c.agent_id = e.agent_id AND c.desk_id = q.desk_id
            AND (q.queue_id IS NULL OR q.queue_id = c.queue_id)
        GROUP BY e.id, q.id
    )
    UPDATE pay_questmember m SET done = m.done + d.n,
        reached_at = CASE WHEN m.done + d.n >= d.target THEN clock_timestamp() END
    FROM due d WHERE m.id = d.id
    RETURNING m.agent_id, d.quest, d.currency, d.reward, d.title, m.reached_at IS NOT NULL
"""


def count(left: Sequence[Left]) -> list[Posting]:
    """Count conversations that have ended; returns the rewards that are due with them."""
    over = [each for each in left if each.is_over and quests.runs(each.catalogue, each.ended_at)]
    if not over:
        return []
    with sql.cursor() as cursor:
        cursor.execute(
            COUNT,
            [
                [each.ticket_id for each in over],
                [each.agent_id for each in over],
                [f"conversation:{each.ticket_id}:{each.assignment_id}" for each in over],
                [each.agent_id for each in over],
            ],
        )
        rows = cursor.fetchall()
    postings = []
    for agent, quest, currency, reward, title, reached in rows:
        if reached:
            amount = money.minor(reward, currency)
            postings.append(
                Posting(
                    QUEST,
                    f"quest:{quest}:{agent}",
                    currency,
                    (Leg(AGENT, amount, agent), Leg(QUESTS, -amount)),
                    agent=agent,
                    reason=title,
                    lines=(Explained("quest", amount),),
                )
            )
    return postings
