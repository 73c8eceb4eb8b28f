"""The board: waiting tickets that an agent could take, and who looks at it."""

from uuid import UUID

from core import sql
from pay import promises
from pay.queries.tariffs import quoter_now
from pay.tariff.types import Quote
from realtime.events import Json
from tickets import catalogue, profiles
from tickets import queries as tickets
from tickets.catalogue import QueueRow
from tickets.models import Ticket

BOARD_SIZE = 50


def board(agent_id: UUID) -> list[Json]:
    """Waiting tickets that this agent could take, the longest waiting first. Not those that take more
    slots than she has at all; those that she is too full for now are there.

    Notes that she looks, for half a minute: who looks at the board is told when a ticket leaves it.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET board_until = clock_timestamp() + interval '30 s'
               WHERE agent_id = %s AND coalesce(board_until < clock_timestamp() + interval '20 s', true)""",
            [agent_id],
        )
        cursor.execute(
            """SELECT DISTINCT t.queue_id, t.language, t.step, t.for_supervisor FROM tickets_ticket t
               JOIN tickets_desk_agents d ON d.desk_id = t.desk_id AND d.agent_id = %s
               JOIN agents_presence p ON p.agent_id = d.agent_id
               JOIN tickets_queue q ON q.id = t.queue_id AND q.slots <= p.capacity
               WHERE t.state = 'waiting'""",
            [agent_id],
        )
        kinds = cursor.fetchall()
    profile = profiles.get([agent_id])[agent_id]
    known = catalogue.queues({queue_id for queue_id, *_ in kinds})
    hers = [kind for kind in kinds if known[kind[0]].open_to(profile, *kind[1:])]
    if not hers:
        return []
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT t.id, extract(epoch FROM clock_timestamp() - t.waiting_since)
                FROM tickets_ticket t
                JOIN unnest(%s::uuid[], %s::text[], %s::int[], %s::bool[])
                  AS k(queue_id, language, step, for_supervisor)
                  ON k.queue_id = t.queue_id AND k.language = t.language AND k.step = t.step
                  AND k.for_supervisor = t.for_supervisor
                WHERE t.state = 'waiting' ORDER BY t.waiting_since, t.id LIMIT {BOARD_SIZE}""",
            [list(column) for column in zip(*hers, strict=True)],
        )
        waited = dict(cursor.fetchall())
    rows = tickets.with_names().filter(pk__in=waited)
    quoter = quoter_now()

    def quote(row: Ticket) -> Quote | None:
        queue = known[row.queue_id]
        return quoter.of(queue, row.language, queue.rung(row.step).pay_multiplier, profile)

    views = [
        {
            **tickets.for_agent(row),
            "waited_s": int(waited[row.pk]),
            "expected_minutes": row.queue.expected_minutes,
            "step": row.step,
            **promises.offered(quote(row)),
        }
        for row in rows
    ]
    return sorted(views, key=lambda view: -int(view["waited_s"]))


def queue_to_take(agent_id: UUID, ticket_id: UUID) -> QueueRow | None:
    """The queue of a ticket, in whatever state it is, that fits the agent; None if it does not.

    What takes more slots than she has at all does not fit.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT p.capacity, t.queue_id, t.language, t.step, t.for_supervisor
               FROM tickets_ticket t JOIN agents_presence p ON p.agent_id = %s WHERE t.id = %s""",
            [agent_id, ticket_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    capacity, queue_id, *kind = row
    queue = catalogue.queues([queue_id])[queue_id]
    fits = queue.slots <= capacity and queue.open_to(profiles.get([agent_id])[agent_id], *kind)
    return queue if fits else None


def watchers(ticket_id: UUID) -> list[UUID]:
    """Agents who look at the board now and could have taken this ticket."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT p.agent_id, a.profile_version, t.queue_id, t.language, t.step,
                   t.for_supervisor
               FROM agents_presence p JOIN agents_agent a ON a.id = p.agent_id
               JOIN tickets_ticket t ON t.id = %s
               JOIN tickets_queue q ON q.id = t.queue_id AND q.slots <= p.capacity
               WHERE p.board_until > clock_timestamp()""",
            [ticket_id],
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    looking = profiles.of({row[0]: row[1] for row in rows})
    kind = rows[0][2:]
    queue = catalogue.queues([kind[0]])[kind[0]]
    return [agent_id for agent_id in looking if queue.open_to(looking[agent_id], *kind[1:])]
