"""The people of the load: agents who listen and take what they are offered, customers who ask."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.wire import Http, Refused, Socket

API = "/api/v1"
PATIENCE_S = 20.0
HEARTBEAT_S = 15.0


@dataclass(eq=False)
class Agent:
    """One agent: her token, and her socket when she is online."""

    token: str
    socket: Socket | None = None


@dataclass(frozen=True)
class Offered:
    """An offer as it arrived: when, which, and whose."""

    at: float
    offer: str
    agent: Agent


@dataclass
class Floor:
    """Everybody at work: who is online, and what has arrived for whom."""

    http: Http
    desk: str
    agents: list[Agent] = field(default_factory=list)
    _offers: dict[str, asyncio.Future[Offered]] = field(default_factory=dict)
    _assigned: dict[str, asyncio.Future[Agent]] = field(default_factory=dict)
    _messages: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _beats: asyncio.Task[None] | None = None

    # -- agents ------------------------------------------------------------------------------

    async def staff(self, world: Iterable[dict[str, Any]], socket: str) -> None:
        """These agents connect and go online, some at a time."""
        turn = asyncio.Semaphore(16)

        async def arrive(person: dict[str, Any]) -> None:
            async with turn:
                token = person.get("token") or await self._log_in(person)
                agent = Agent(token)
                agent.socket = await Socket.connect(
                    f"{socket}/ws/agent/", token, lambda at, frame: self._heard(agent, at, frame)
                )
                await self.http.ok(
                    "PUT", f"{API}/agent/presence", {"presence": "online"}, token=token
                )
                self.agents.append(agent)

        async with asyncio.TaskGroup() as group:
            for person in world:
                group.create_task(arrive(person))
        if self._beats is None:
            self._beats = asyncio.create_task(self._beat())

    async def _log_in(self, person: dict[str, Any]) -> str:
        body = {"email": person["email"], "password": person["password"]}
        answer = await self.http.ok("POST", f"{API}/agent/token", body)
        return str(answer["token"])

    async def _beat(self) -> None:
        while True:
            pause = HEARTBEAT_S / max(1, len(self.agents))
            for agent in list(self.agents):
                if agent.socket and agent.socket.closed is None:
                    agent.socket.say(type="ping")
                await asyncio.sleep(pause)
            await asyncio.sleep(0.1)

    async def go_home(self) -> None:
        """Everybody goes offline and hangs up."""
        if self._beats:
            self._beats.cancel()
            self._beats = None
        turn = asyncio.Semaphore(16)

        async def leave(agent: Agent) -> None:
            async with turn:
                await self.http.call(
                    "PUT", f"{API}/agent/presence", {"presence": "offline"}, token=agent.token
                )
                if agent.socket:
                    await agent.socket.close()

        async with asyncio.TaskGroup() as group:
            for agent in self.agents:
                group.create_task(leave(agent))
        self.agents.clear()

    def _heard(self, agent: Agent, at: float, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if kind == "offer.made":
            offer = frame["offer"]
            arrived = self._offers.setdefault(offer["ticket"], _future())
            if arrived.done():
                # Offered again, to somebody else: the first one was too slow.
                arrived = self._offers[offer["ticket"]] = _future()
            arrived.set_result(Offered(at, offer["id"], agent))
            if agent.socket:
                # As a phone does once it has drawn it.
                agent.socket.say(type="offer.delivered", offer=offer["id"])
        elif kind == "ticket.assigned":
            given = self._assigned.setdefault(frame["ticket"]["id"], _future())
            if not given.done():
                given.set_result(agent)
        elif kind == "message.posted" and frame["message"]["sender"] == "customer":
            self._posted(at, frame["message"]["client_id"])

    def _posted(self, at: float, client_id: str) -> None:
        arrived = self._messages.pop(client_id, None)
        if arrived and not arrived.done():
            arrived.set_result(at)

    async def accept_by_themselves(self, whether: bool) -> None:
        """All agents let their app accept what it has drawn, or press themselves again."""
        turn = asyncio.Semaphore(16)

        async def choose(agent: Agent) -> None:
            async with turn:
                await self.http.ok(
                    "PUT", f"{API}/agent/settings", {"auto_accept": whether}, token=agent.token
                )

        async with asyncio.TaskGroup() as group:
            for agent in self.agents:
                group.create_task(choose(agent))

    # -- conversations -------------------------------------------------------------------------

    async def ask(self) -> Talk:
        """A new customer opens her chat and asks for a person."""
        sent = time.monotonic()
        ticket = {"client_id": str(uuid.uuid4()), "text": "My parcel is late", "human": True,
                  "language": "en", "topic": "general"}  # fmt: skip
        session = await self.http.ok(
            "POST", f"{API}/chat/sessions", {"desk": self.desk, "name": "Kim", "ticket": ticket}
        )
        return Talk(
            self, session["ticket"]["id"], session["token"], session["socket"],
            sent, time.monotonic(),
        )  # fmt: skip

    async def offered(self, ticket: str) -> Offered:
        """The ticket's offer, when it has arrived at somebody's socket. Raises Refused."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await asyncio.shield(self._offers.setdefault(ticket, _future()))
        except TimeoutError:
            raise Refused(f"no offer for {ticket} within {PATIENCE_S:.0f} s") from None
        self._offers.pop(ticket, None)
        return found


@dataclass(eq=False)
class Talk:
    """One conversation from both ends. `sent` and `answered` are the times of the first POST."""

    floor: Floor
    ticket: str
    token: str
    socket_url: str
    sent: float
    answered: float
    agent: Agent | None = None
    socket: Socket | None = None

    async def listen(self) -> None:
        """The customer's page opens its socket."""
        self.socket = await Socket.connect(self.socket_url, self.token, self._heard)

    def _heard(self, at: float, frame: dict[str, Any]) -> None:
        if frame.get("type") == "message.posted" and frame["message"]["sender"] == "agent":
            self.floor._posted(at, frame["message"]["client_id"])

    async def accepted(self) -> Offered:
        """Somebody is offered it, and takes it at once."""
        while True:
            offered = await self.floor.offered(self.ticket)
            status, answer = await self.floor.http.call(
                "POST", f"{API}/agent/offers/{offered.offer}/accept", {},
                token=offered.agent.token,
            )  # fmt: skip
            if status == 200:
                self.agent = offered.agent
                return offered
            if status != 409:
                raise Refused(f"accept: {status} {answer}")

    async def assigned(self) -> None:
        """It has become the conversation of an agent whose app accepts by itself. Raises Refused."""
        given = self.floor._assigned.setdefault(self.ticket, _future())
        try:
            async with asyncio.timeout(PATIENCE_S):
                self.agent = await given
        except TimeoutError:
            raise Refused(f"nobody has {self.ticket} after {PATIENCE_S:.0f} s") from None

    async def say(self, sender: str) -> float:
        """A message; seconds from its POST until it stands on the other side."""
        assert self.agent is not None
        client_id = str(uuid.uuid4())
        arrived = self.floor._messages[client_id] = _future()
        path, token = (
            (f"{API}/chat/tickets/{self.ticket}/messages", self.token)
            if sender == "customer"
            else (f"{API}/agent/tickets/{self.ticket}/messages", self.agent.token)
        )
        body = {"client_id": client_id, "text": "Where is it now? The number is 4711."}
        sent = time.monotonic()
        await self.floor.http.ok("POST", path, body, token=token)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await arrived - sent
        except TimeoutError:
            self.floor._messages.pop(client_id, None)
            raise Refused("a message did not reach the other side") from None

    async def resolve(self) -> None:
        """The agent ends it and the customer closes her page."""
        assert self.agent is not None
        self.floor._assigned.pop(self.ticket, None)
        self.floor._offers.pop(self.ticket, None)
        await self.floor.http.ok(
            "POST", f"{API}/agent/tickets/{self.ticket}/resolve", {"disposition": "solved"},
            token=self.agent.token,
        )  # fmt: skip
        if self.socket:
            await self.socket.close()


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()
