"""A desk inside one test's transaction, and people who call its API in this process.

Every answer is held against the contract. What is published is kept instead of sent.
"""

import json
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from agents.models import Agent, AgentToken
from agents.tokens import LIFETIME, PREFIX, digest
from core import clock
from dispatch import waves
from dispatch.models import Offer
from realtime.events import Event, Rendered
from tests import contract
from tests.factories import World, make_customer
from tickets.models import Customer, Ticket
from tickets.sessions import token_for

NOTHING: Any = object()


def some_id() -> str:
    """A new UUID, as clients write it."""
    return str(uuid.uuid4())


def token_of(agent: Agent, lifetime: timedelta = LIFETIME) -> str:
    """A token of the agent, without the slow password."""
    token = PREFIX + secrets.token_urlsafe(32)
    AgentToken.objects.create(
        user=agent.user, digest=digest(token), expires_at=clock.now() + lifetime
    )
    return token


class Caller:
    """Calls the API in this process, with a token or without."""

    def __init__(self, token: str = "", **options: Any) -> None:
        # An address of its own, so that no test uses up another's rate.
        address = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        self.client = APIClient(
            raise_request_exception=False, **{"REMOTE_ADDR": address, **options}
        )
        self.token = token

    def send(
        self,
        method: str,
        path: str,
        body: Any = NOTHING,
        *,
        raw: str | bytes = b"",
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """One call; `raw` instead of a JSON `body`. Headers as keywords: idempotency_key="…"."""
        if body is not NOTHING:
            raw = json.dumps(body)
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        answer = self.client.generic(
            method, f"/api/v1{path}", raw, content_type=content_type, headers=named
        )
        assert answer.status_code != 500, f"{method} {path} {raw!r}: our fault"
        contract.check_answer(method, f"/api/v1{path.split('?')[0]}", answer)
        return answer

    def ok(
        self, method: str, path: str, body: Any = NOTHING, status: int = 200, **options: Any
    ) -> Any:
        """One call that answers with this status; its JSON."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, (
            f"{method} {path}: {answer.status_code} {answer.content}"
        )
        return json.loads(answer.content) if answer.content else None

    def refused(
        self, status: int, method: str, path: str, body: Any = NOTHING, **options: Any
    ) -> dict[str, Any]:
        """One call that is refused with this status; the problem."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, (
            f"{method} {path}: {answer.status_code} {answer.content}"
        )
        problem: dict[str, Any] = json.loads(answer.content)
        return problem


class CustomerCaller(Caller):
    """A customer with her ticket."""

    def __init__(self, customer: Customer, ticket: Ticket) -> None:
        super().__init__(token_for(customer))
        self.customer, self.ticket = customer, ticket
        self.here = f"/chat/tickets/{ticket.pk}"

    def now(self) -> dict[str, Any]:
        """The ticket as she sees it."""
        seen: dict[str, Any] = self.ok("GET", self.here)
        return seen

    def say(self, text: str, status: int = 201, **more: Any) -> dict[str, Any]:
        """A message of hers."""
        body = {"client_id": some_id(), "text": text, **more}
        said: dict[str, Any] = self.ok("POST", f"{self.here}/messages", body, status)
        return said

    def texts(self, after: int = 0) -> list[str]:
        """What was said after a seq."""
        page = self.ok("GET", f"{self.here}/messages?after={after}")
        return [message["text"] for message in page["messages"]]


class AgentCaller(Caller):
    """An agent."""

    def __init__(self, agent: Agent) -> None:
        super().__init__(token_of(agent))
        self.agent = agent

    def me(self) -> dict[str, Any]:
        """Her whole state."""
        seen: dict[str, Any] = self.ok("GET", "/agent/me")
        return seen

    def go(self, presence: str, **more: Any) -> dict[str, Any]:
        """Choose a presence."""
        now: dict[str, Any] = self.ok("PUT", "/agent/presence", {"presence": presence, **more})
        return now

    def offer(self) -> dict[str, Any]:
        """Her only live offer."""
        (only,) = self.me()["offers"]
        return dict(only)


@dataclass
class Office(World):
    """A desk whose people call in this process."""

    def asks(self, *, customer: Customer | None = None, **wishes: Any) -> CustomerCaller:
        """A customer with a new ticket, waiting for a person unless `human` is False."""
        customer = customer or make_customer(self.desk)
        return CustomerCaller(customer, self.ticket(customer=customer, **wishes))

    def works(self, name: str = "", **wishes: Any) -> AgentCaller:
        """An agent, online unless told otherwise."""
        return AgentCaller(self.agent(name, **{"online": True, **wishes}))

    def talk(self, **wishes: Any) -> tuple[CustomerCaller, AgentCaller]:
        """Kim and Alice in a conversation that was offered and accepted."""
        kim, alice = self.asks(**wishes), self.works("Alice")
        waves.run()
        alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
        return kim, alice

    def offer_of(self, ticket: Ticket) -> Offer | None:
        """The live offer of a ticket."""
        return Offer.objects.filter(ticket=ticket, state="pending").first()

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Fails when a row of this desk is another afterwards."""
        before = self.rows()
        yield
        assert self.rows() == before

    def rows(self) -> dict[str, list[str]]:
        """Every row that belongs to this desk, as text."""
        tickets = "(SELECT id FROM tickets_ticket WHERE desk_id = %(desk)s)"
        agents = "(SELECT agent_id FROM tickets_desk_agents WHERE desk_id = %(desk)s)"
        tables = {
            "tickets_customer": "desk_id = %(desk)s",
            "tickets_ticket": "desk_id = %(desk)s",
            "tickets_message": f"ticket_id IN {tickets}",
            "tickets_note": f"ticket_id IN {tickets}",
            "tickets_cannedreply": f"desk_id = %(desk)s OR agent_id IN {agents}",
            "tickets_rating": f"ticket_id IN {tickets}",
            "tickets_assignment": f"ticket_id IN {tickets}",
            "tickets_ticketlog": f"of_id IN {tickets}",
            "dispatch_offer": f"ticket_id IN {tickets}",
            "dispatch_cooldown": f"ticket_id IN {tickets}",
            "agents_presence": f"agent_id IN {agents}",
            "agents_presencelog": f"of_id IN {agents}",
            "agents_agenttoken": (
                f"user_id IN (SELECT user_id FROM agents_agent WHERE id IN {agents})"
            ),
        }
        found = {}
        with connection.cursor() as cursor:
            for table, where in tables.items():
                cursor.execute(
                    f"SELECT t::text FROM {table} t WHERE {where} ORDER BY 1",
                    {"desk": self.desk.pk},
                )
                found[table] = [row[0] for row in cursor.fetchall()]
        return found


class Heard:
    """What would have been published, in order, once `commit` says that all is committed."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, dict[str, Any]]] = []
        self.wakes = 0

    def send_now(self, events: Any) -> None:
        """In place of realtime.publish.send_now."""
        for group, event in events:
            assert isinstance(event, Event | Rendered)
            frame = json.loads(event.frame())
            contract.check_frame(group.split(".")[0], frame)
            self.frames.append((group, frame))

    def wake(self) -> None:
        """In place of dispatch.tasks._wake_now."""
        self.wakes += 1

    def commit(self) -> "Heard":
        """Run what waits for the commit; rolled back savepoints have taken theirs with them."""
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for _savepoints, call, _robust in waiting:
            call()
        return self

    def by(self, who: Agent | Customer) -> list[dict[str, Any]]:
        """The frames of one person so far."""
        self.commit()
        group = f"{'agent' if isinstance(who, Agent) else 'customer'}.{who.pk}"
        return [frame for name, frame in self.frames if name == group]

    def kinds(self, who: Agent | Customer) -> list[str]:
        """Their types."""
        return [frame["type"] for frame in self.by(who)]

    def forget(self) -> None:
        """Start anew."""
        self.commit()
        self.frames.clear()
        self.wakes = 0
