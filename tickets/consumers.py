"""The customer's socket: hears her ticket, says that she types."""

import time
from typing import ClassVar
from uuid import UUID

from realtime import groups
from realtime.events import Typing
from realtime.publish import send_now
from realtime.sockets import Command, Socket, in_thread, uuid
from tickets import states
from tickets.models import Desk, Ticket
from tickets.sessions import CustomerPrincipal, principal_of_token

# How long the answer to "may I tell the other side that I type" is believed.
TYPING_TTL_S = 5.0


class TypingAllowance:
    """Remembers for a moment to whom this socket's typing marks go, so that a mark costs no query."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, str | None]] = {}

    async def tell(self, ticket_id: UUID, **owner: UUID) -> None:
        """Send a typing mark to the other side, if this ticket is `owner`'s and active."""
        at, group = self._known.get(ticket_id, (float("-inf"), None))
        if time.monotonic() - at > TYPING_TTL_S:
            group = await in_thread(peer_group, ticket_id, owner)
            if len(self._known) > 50:
                self._known.clear()
            self._known[ticket_id] = (time.monotonic(), group)
        if group:
            await in_thread(send_now, [(group, Typing(str(ticket_id)))])


def peer_group(ticket_id: UUID, owner: dict[str, UUID]) -> str | None:
    """The group of who is on the other side of an active ticket of `owner`, or None."""
    row = (
        Ticket.objects.filter(pk=ticket_id, state=states.ACTIVE, **owner)
        .values_list("customer_id", "agent_id")
        .first()
    )
    if row is None:
        return None
    return groups.agent(row[1]) if "customer_id" in owner else groups.customer(row[0])


async def typing(socket: "ChatSocket", ticket: UUID) -> None:
    """The customer types."""
    await socket.allowance.tell(ticket, customer_id=socket.principal.id)


class ChatSocket(Socket):
    """`/ws/chat/`"""

    commands: ClassVar = {"typing": Command(typing, {"ticket": uuid})}
    principal: CustomerPrincipal

    def __init__(self) -> None:
        super().__init__()
        self.principal = None  # type: ignore[assignment]
        self.allowance = TypingAllowance()

    async def may_connect_from(self, origin: str) -> bool:
        """Decided after authentication: only then is the desk known."""
        return True

    async def authenticate(self, token: str) -> CustomerPrincipal | None:
        """By the session's token."""
        self._token = token
        principal = principal_of_token(token)
        if principal:
            self.group = groups.customer(principal.id)
        self._found = principal
        return principal

    async def origin_allowed(self, origin: str) -> bool:
        """Our own pages, or a site of the desk."""
        if self.same_origin(origin):
            return True
        assert self._found is not None
        allowed: bool = await in_thread(desk_allows, self._found.desk_id, origin)
        return allowed

    async def still_allowed(self) -> bool:
        """Until the token expires."""
        return principal_of_token(self._token) is not None


def desk_allows(desk_id: UUID, origin: str) -> bool:
    """Whether the desk names this origin."""
    return Desk.objects.filter(pk=desk_id, is_active=True, origins__contains=[origin]).exists()
