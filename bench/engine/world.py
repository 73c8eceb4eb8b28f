"""The house that the engine is measured in: agents at work and tickets that don't wait yet.

Ten languages, ten kinds of request with a skill each. An agent speaks three and masters five, so
about one in seven can take a ticket, whatever the number of agents; fifty cover every combination.
Rows are written in bulk, as a year of use would have left them; from there on only the product's
own code runs.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from agents.models import Agent, AgentLanguage, AgentSkill, Presence, Skill, User
from core import clock
from tickets import states
from tickets.models import Customer, Desk, Queue, QueueSkill, Ticket, TicketLog

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "sv", "pl", "da", "fi")
SKILLS = 10
SPOKEN = (0, 1, 3)
MASTERED = 5
# Share of customers who talked with somebody before.
KNOWN = 0.1
CHUNK = 5000


@dataclass(frozen=True)
class House:
    """One desk; `tickets` are with the assistant, in the order in which they will ask for a person."""

    desk: uuid.UUID
    agents: list[uuid.UUID]
    tickets: list[uuid.UUID]


def build(agents: int, slots: int, tickets: int) -> House:
    """`agents` online with `slots` free slots in all, and `tickets` that nobody waits in yet."""
    rng = random.Random(7)
    desk = Desk.objects.create(key=f"bench-{uuid.uuid4().hex[:8]}", name="Bench")
    skills = [
        Skill.objects.create(slug=f"skill-{uuid.uuid4().hex[:8]}", name=f"Skill {number}")
        for number in range(SKILLS)
    ]
    queues = [
        Queue.objects.create(
            desk=desk, slug=f"kind-{number}", name=f"Kind {number}", is_default=number == 0,
            # Nothing runs out while it is measured.
            offer_timeout_s=120,
        )
        for number in range(SKILLS)
    ]  # fmt: skip
    QueueSkill.objects.bulk_create(
        QueueSkill(queue=queue, skill=skill, level=2)
        for queue, skill in zip(queues, skills, strict=True)
    )
    people = list(_staff(desk, skills, agents, -(-slots // agents)))
    asked = list(_customers(desk, queues, people, tickets, rng))
    _settle()
    return House(desk.pk, people, asked)


def _staff(desk: Desk, skills: list[Skill], agents: int, capacity: int) -> Iterator[uuid.UUID]:
    now = clock.now()
    for numbers in _chunks(agents):
        users = User.objects.bulk_create(
            User(email=f"{uuid.uuid4().hex}@example.com", password="!") for _ in numbers
        )
        people = Agent.objects.bulk_create(
            Agent(user=user, name=f"Agent {number}")
            for number, user in zip(numbers, users, strict=True)
        )
        Presence.objects.bulk_create(
            Presence(agent=person, state="online", capacity=capacity, last_seen_at=now)
            for person in people
        )
        AgentLanguage.objects.bulk_create(
            AgentLanguage(agent=person, code=LANGUAGES[(number + step) % len(LANGUAGES)], level=4)
            for number, person in zip(numbers, people, strict=True)
            for step in SPOKEN
        )
        AgentSkill.objects.bulk_create(
            AgentSkill(
                agent=person,
                skill=skills[(2 * (number // len(LANGUAGES)) + step) % SKILLS],
                level=3,
            )
            for number, person in zip(numbers, people, strict=True)
            for step in range(MASTERED)
        )
        desk.agents.add(*people)
        yield from (person.pk for person in people)


def _customers(
    desk: Desk, queues: list[Queue], agents: list[uuid.UUID], tickets: int, rng: random.Random
) -> Iterator[uuid.UUID]:
    for numbers in _chunks(tickets):
        customers = Customer.objects.bulk_create(
            Customer(desk=desk, name=f"Customer {number}") for number in numbers
        )
        asked = Ticket.objects.bulk_create(
            Ticket(
                client_id=uuid.uuid4(), desk=desk, queue=rng.choice(queues), customer=customer,
                language=rng.choice(LANGUAGES), state=states.ASSISTANT,
                previous_agent_id=rng.choice(agents) if rng.random() < KNOWN else None,
            )
            for customer in customers
        )  # fmt: skip
        at = clock.now()
        TicketLog.objects.bulk_create(
            TicketLog(of=ticket, was="", now=ticket.state, at=at, by="customer") for ticket in asked
        )
        yield from (ticket.pk for ticket in asked)


def _chunks(count: int) -> Iterator[range]:
    for begin in range(0, count, CHUNK):
        yield range(begin, min(begin + CHUNK, count))


def _settle() -> None:
    """What autovacuum and the checkpointer would have done long ago is not part of the measure."""
    filled = (
        Agent, AgentLanguage, AgentSkill, Presence, Desk.agents.through, Queue, Customer, Ticket,
        TicketLog,
    )  # fmt: skip
    with connection.cursor() as cursor:
        # Not the empty ones: the planner would be told that they stay empty.
        for model in filled:
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
        cursor.execute("CHECKPOINT")


def still_here(house: House) -> None:
    """A heartbeat of everybody: building a large house takes longer than one counts."""
    from agents import presence

    presence.touch(house.agents)


def broken() -> list[str]:
    """Promises that the measure left broken: none, ever."""
    from dispatch import queries

    found: list[Any] = queries.audit()
    return [str(sentence) for sentence in found]
