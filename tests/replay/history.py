"""A recorded time, written as the engine would have written it: rows with moments in the past."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from agents.models import Agent
from tests.factories import make_customer
from tickets.models import Queue


@dataclass
class History:
    """Everything happens `at` so many seconds after `begin`."""

    queue: Queue
    begin: datetime
    tickets: list[uuid.UUID] = field(default_factory=list)

    def moment(self, at_s: float) -> datetime:
        """That many seconds after the beginning."""
        return self.begin + timedelta(seconds=at_s)

    def shift(self, agent: Agent, from_s: float, to_s: float, *, reason: str = "") -> None:
        """The agent was online."""
        self._insert(
            "agents_presencelog", of_id=agent.pk, was="offline", now="online",
            at=self.moment(from_s), by="agent", reason="",
        )  # fmt: skip
        self._insert(
            "agents_presencelog", of_id=agent.pk, was="online", now="offline",
            at=self.moment(to_s), by="agent", reason=reason,
        )  # fmt: skip

    def paused(self, agent: Agent, from_s: float, to_s: float) -> None:
        """The agent was paused for missing offers, and went on."""
        for was, now, at_s, reason in (
            ("online", "paused", from_s, "missed"),
            ("paused", "online", to_s, ""),
        ):
            self._insert(
                "agents_presencelog", of_id=agent.pk, was=was, now=now, at=self.moment(at_s),
                by="system", reason=reason,
            )  # fmt: skip

    def ticket(
        self, at_s: float, *, language: str = "en", left_s: float | None = None
    ) -> uuid.UUID:
        """A customer asked for a person, and perhaps left `left_s` after the beginning."""
        customer, ticket = make_customer(self.queue.desk), uuid.uuid4()
        state = "abandoned" if left_s is not None else "waiting"
        at = self.moment(at_s)
        self._insert(
            "tickets_ticket", id=ticket, client_id=uuid.uuid4(), desk_id=self.queue.desk_id,
            queue_id=self.queue.pk, customer_id=customer.pk, language=language, state=state,
            last_seq=0, customer_read_seq=0, agent_read_seq=0, note="", disposition="",
            opened_at=at, waiting_since=at,
        )  # fmt: skip
        self._log("tickets_ticketlog", ticket, "", "waiting", at_s)
        if left_s is not None:
            self._log("tickets_ticketlog", ticket, "waiting", "abandoned", left_s)
        self.tickets.append(ticket)
        return ticket

    def offer(
        self, ticket: uuid.UUID, agent: Agent, at_s: float, state: str, after_s: float
    ) -> None:
        """The ticket was offered to the agent, who did that so many seconds later."""
        offer = uuid.uuid4()
        self._insert(
            "dispatch_offer", id=offer, ticket_id=ticket, agent_id=agent.pk, state=state,
            made_at=self.moment(at_s), delivered_at=self.moment(at_s),
            decided_at=self.moment(at_s + after_s), expires_at=self.moment(at_s + 15),
            decline_reason="", waited_s=0, receipt=json.dumps({}),
        )  # fmt: skip
        self._log("dispatch_offerlog", offer, "", "pending", at_s)
        self._log("dispatch_offerlog", offer, "pending", state, at_s + after_s)

    def talk(self, ticket: uuid.UUID, agent: Agent, from_s: float, to_s: float) -> None:
        """They talked, and the agent resolved it."""
        self._insert(
            "tickets_assignment", ticket_id=ticket, agent_id=agent.pk,
            started_at=self.moment(from_s), ended_at=self.moment(to_s), reason="resolved", held=0,
        )  # fmt: skip
        self._log("tickets_ticketlog", ticket, "waiting", "active", from_s)
        self._log("tickets_ticketlog", ticket, "active", "resolved", to_s)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tickets_ticket SET state = 'resolved', agent_id = %s, ended_at = %s WHERE id = %s",
                [agent.pk, self.moment(to_s), ticket],
            )

    def served(self, agent: Agent, at_s: float, wait_s: float, handle_s: float) -> uuid.UUID:
        """A customer came, was offered to the agent at once, accepted after `wait_s`, and talked."""
        ticket = self.ticket(at_s)
        self.offer(ticket, agent, at_s, "accepted", wait_s)
        self.talk(ticket, agent, at_s + wait_s, at_s + wait_s + handle_s)
        return ticket

    def _log(self, table: str, of: uuid.UUID, was: str, now: str, at_s: float) -> None:
        self._insert(table, of_id=of, was=was, now=now, at=self.moment(at_s), by="test", reason="")

    def _insert(self, table: str, **values: Any) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(["%s"] * len(values))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
