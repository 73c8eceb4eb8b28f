"""`/ws/agent/`: the agent's line, plus what touches tickets and offers."""

import asyncio
from typing import ClassVar
from uuid import UUID

from django.db import DatabaseError

from agents.consumers import AgentLine
from dispatch import actions
from realtime.sockets import Command, in_thread, uuid
from tickets.consumers import TypingAllowance

RETRY_S = 0.5


async def typing(socket: "AgentSocket", ticket: UUID) -> None:
    """The agent types."""
    assert socket.principal is not None
    await socket.allowance.tell(ticket, agent_id=socket.principal.id)


class Deliveries:
    """Collects what phones say they have drawn, and writes it down together.

    The first word is written at once; what comes meanwhile waits for that, and goes in one
    statement. So nobody waits for company, and a rush costs few statements.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[UUID, UUID]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, offer_id: UUID, agent_id: UUID) -> None:
        """`agent_id`'s phone has drawn this offer."""
        self._waiting.append((offer_id, agent_id))
        if self._task is None:
            self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                drawn, self._waiting = self._waiting, []
                try:
                    await in_thread(actions.delivered_all, drawn)
                except DatabaseError:
                    # Postgres restarts: say it again in a moment. What is over by then is passed by.
                    self._waiting = drawn + self._waiting
                    await asyncio.sleep(RETRY_S)
        finally:
            self._task = None


deliveries = Deliveries()


async def delivered(socket: "AgentSocket", offer: UUID) -> None:
    """The agent's phone has drawn the offer."""
    assert socket.principal is not None
    deliveries.add(offer, socket.principal.id)


class AgentSocket(AgentLine):
    """Hears the agent's events; says ping, typing and "I drew this offer"."""

    commands: ClassVar = {
        "typing": Command(typing, {"ticket": uuid}),
        "offer.delivered": Command(delivered, {"offer": uuid}),
    }

    def __init__(self) -> None:
        super().__init__()
        self.allowance = TypingAllowance()
