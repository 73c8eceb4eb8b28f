"""Agents with open lines, and customers, of one desk, through HTTP and sockets alone."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.factories import PASSWORD
from tests.people import AgentClient, CustomerClient, Line
from tests.stack import Stack


@dataclass
class Phone:
    """An agent's client and its line."""

    agent: AgentClient
    line: Line

    @property
    def name(self) -> str:
        """Her first name."""
        return str(self.agent.agent.name)

    def offered(self, within: float = 10.0, **members: Any) -> dict[str, Any]:
        """The next offer; the phone says that it has drawn it."""
        offer: dict[str, Any] = self.line.wait("offer.made", within, **members)["offer"]
        self.line.send(type="offer.delivered", offer=offer["id"])
        return offer

    def takes(self, within: float = 10.0) -> str:
        """Accept the next offer; the ticket's id."""
        offer = self.offered(within)
        answer = self.agent.accept(offer["id"])
        assert answer.status_code == 200, answer.text
        return str(offer["ticket"])

    def resolve(self, ticket: str) -> None:
        """End a conversation."""
        self.agent.ok("POST", f"/agent/tickets/{ticket}/resolve", {"disposition": "solved"})

    def says(self, ticket: str, text: str) -> None:
        """Answer."""
        self.agent.say(ticket, text)


class Crew:
    """People of one desk; their lines end with the test."""

    def __init__(self, stack: Stack, world: Any, lines: ExitStack) -> None:
        self.stack, self.world, self._lines = stack, world, lines
        self.queue = world.desk.queues.get(slug="general")

    def set(self, **values: Any) -> None:
        """Change the queue's settings."""
        for name, value in values.items():
            setattr(self.queue, name, value)
        self.queue.save()

    def works(self, name: str, *, presence: str = "online", **profile: Any) -> Phone:
        """An agent with an open line."""
        agent = AgentClient(self.stack, self.world.agent(name, **profile), PASSWORD)
        phone = Phone(agent, self._lines.enter_context(agent.line()))
        if presence != "offline":
            agent.go(presence)
        return phone

    def asks(self, text: str = "Hello", **wishes: Any) -> CustomerClient:
        """A customer who wants a person."""
        return CustomerClient.asking(self.stack, self.world.desk.key, text, **wishes)

    def page(self, customer: CustomerClient) -> Line:
        """The customer's line."""
        return self._lines.enter_context(customer.line())
