"""Rows by the hundred, in a few statements: a race needs a fresh one for each round."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from dispatch import waves
from dispatch.models import Offer
from tests.factories import World
from tickets.models import Queue

OpenTicket = tuple[UUID, UUID]


def tickets(world: World, count: int, *, state: str = "waiting") -> list[OpenTicket]:
    """`count` conversations of as many customers: (ticket, customer)."""
    queue = Queue.objects.get(desk=world.desk, is_default=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH c AS (
                INSERT INTO tickets_customer (id, desk_id, external_id, name, email, locale)
                SELECT gen_random_uuid(), %(desk)s, '', 'Kim', '', ''
                FROM generate_series(1, %(count)s) RETURNING id
            ), t AS (
                INSERT INTO tickets_ticket (id, client_id, desk_id, queue_id, customer_id, language,
                    state, last_seq, customer_read_seq, agent_read_seq, note, disposition,
                    opened_at, waiting_since)
                SELECT gen_random_uuid(), gen_random_uuid(), %(desk)s, %(queue)s, c.id, 'en',
                    %(state)s, 1, 1, 0, '', '', clock_timestamp(),
                    CASE WHEN %(state)s = 'waiting' THEN clock_timestamp() END
                FROM c RETURNING id, customer_id, client_id, opened_at
            ), m AS (
                INSERT INTO tickets_message (id, ticket_id, seq, sender, client_id, text,
                    attachments, at)
                SELECT gen_random_uuid(), id, 1, 'customer', client_id, 'Hello', '[]', opened_at
                FROM t
            ), l AS (
                INSERT INTO tickets_ticketlog (of_id, was, now, at, by, reason)
                SELECT id, '', %(state)s, opened_at, 'customer', '' FROM t
            )
            SELECT id, customer_id FROM t
            """,
            {"desk": world.desk.pk, "queue": queue.pk, "count": count, "state": state},
        )
        return list(cursor.fetchall())


def offers(world: World, count: int, agent: Any) -> list[Offer]:
    """`count` pending offers to `agent`, who must have as many free slots: made by a wave."""
    tickets(world, count)
    waves.run()
    _drawn()
    made = list(Offer.objects.filter(agent=agent, state="pending"))
    assert len(made) == count, f"the wave made {len(made)} offers, not {count}"
    return made


def broadcasts(world: World, count: int, agents: Sequence[Any]) -> list[list[Offer]]:
    """`count` tickets offered to all of `agents` at once; for each its offers, in their order."""
    Queue.objects.filter(desk=world.desk, is_default=True).update(broadcast=len(agents))
    wanted = [ticket for ticket, _customer in tickets(world, count)]
    waves.run()
    _drawn()
    made: dict[UUID, dict[UUID, Offer]] = {ticket: {} for ticket in wanted}
    for offer in Offer.objects.filter(ticket_id__in=wanted, state="pending"):
        made[offer.ticket_id][offer.agent_id] = offer
    assert {len(each) for each in made.values()} == {len(agents)}, "not everybody was asked"
    return [[each[agent.pk] for agent in agents] for each in made.values()]


def _drawn() -> None:
    # Drawn by their phones; and a long race must not run out of the offers' time.
    Offer.objects.update(delivered_at=Now(), expires_at=Now() + timedelta(hours=1))


def conversations(world: World, count: int, agent: Any) -> list[OpenTicket]:
    """`count` active conversations of `agent`, each accepted."""
    from dispatch import actions

    return [
        (offer.ticket_id, actions.accept(offer.pk, agent.pk).customer_id)
        for offer in offers(world, count, agent)
    ]
