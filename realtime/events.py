"""The wire contract: every frame that a server sends, as a frozen dataclass.

Events are hints. A client that misses one finds the truth by its next fetch, so every field here
is also in an answer of the HTTP API. `docs/protocol.md` describes them for clients; a test checks
each against the OpenAPI components it carries.
"""

import json
from dataclasses import dataclass, fields
from typing import Any, ClassVar

Json = dict[str, Any]
_text = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Event:
    """Base: `type` is the frame's name, the fields are its members."""

    type: ClassVar[str] = ""

    def frame(self) -> str:
        """The frame's text, ready for a socket."""
        return _text({"type": self.type, **{f.name: getattr(self, f.name) for f in fields(self)}})


@dataclass(frozen=True, slots=True)
class Rendered:
    """An event whose frame is text already: of a `Series`."""

    text: str

    def frame(self) -> str:
        """The frame's text, ready for a socket."""
        return self.text


class Series:
    """Events of one type and one member, which have most of what is in that member in common.

    The common part is written once: `Series(OfferMade, "offer", common).event(own)` has the frame of
    `OfferMade({**common, **own})`. Neither part may be empty, nor name what the other names.
    """

    def __init__(self, event: type[Event], member: str, common: Json) -> None:
        self._head = f'{{"type":{_text(event.type)},{_text(member)}:{_text(common)[:-1]},'

    def event(self, own: Json) -> Rendered:
        """The one with these members of its own."""
        return Rendered(f"{self._head}{_text(own)[1:]}}}")


@dataclass(frozen=True, slots=True)
class OfferMade(Event):
    """To the agent: a conversation is offered."""

    type: ClassVar[str] = "offer.made"
    offer: Json


@dataclass(frozen=True, slots=True)
class OfferChanged(Event):
    """To the agent: her phone has drawn the offer, and she has until its new `expires_at`."""

    type: ClassVar[str] = "offer.changed"
    offer: Json


@dataclass(frozen=True, slots=True)
class OfferEnded(Event):
    """To the agent: the offer is over (accepted, declined, expired, rescinded).

    `reason` says why it was withdrawn (taken, claimed, customer left, not delivered, line lost,
    agent left); empty where the state says it all.
    """

    type: ClassVar[str] = "offer.ended"
    offer_id: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallIn(Event):
    """To an agent who is off duty: she is asked to come for a waiting ticket."""

    type: ClassVar[str] = "call_in"
    call_in: Json


@dataclass(frozen=True, slots=True)
class TicketAssigned(Event):
    """To the agent: the conversation is hers now."""

    type: ClassVar[str] = "ticket.assigned"
    ticket: Json


@dataclass(frozen=True, slots=True)
class TicketChanged(Event):
    """To the agent or the customer, each with that side's view of the ticket."""

    type: ClassVar[str] = "ticket.changed"
    ticket: Json


@dataclass(frozen=True, slots=True)
class TicketLeft(Event):
    """To agents: the conversation is no longer hers, or no longer on the board."""

    type: ClassVar[str] = "ticket.left"
    ticket_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrapUpStarted(Event):
    """To the agent: her conversation has ended, and holds its slots until then. Also when extended."""

    type: ClassVar[str] = "wrap_up.started"
    ticket_id: str
    until: str
    may_extend: bool


@dataclass(frozen=True, slots=True)
class WrapUpEnded(Event):
    """To the agent: the wrap-up is over, and its slots are free."""

    type: ClassVar[str] = "wrap_up.ended"
    ticket_id: str


@dataclass(frozen=True, slots=True)
class TicketNudged(Event):
    """To the agent: she has owed an answer for long. `nth` reminders so far; at `hand_over_at`
    somebody else gets the conversation (null: nobody will)."""

    type: ClassVar[str] = "ticket.nudged"
    ticket_id: str
    nth: int
    hand_over_at: str | None


@dataclass(frozen=True, slots=True)
class AgentMessagePosted(Event):
    """To the agent: a new message, with the ticket it belongs to."""

    type: ClassVar[str] = "message.posted"
    ticket_id: str
    message: Json


@dataclass(frozen=True, slots=True)
class NotePosted(Event):
    """To the agent, on all her devices: an internal note of hers. No customer gets it."""

    type: ClassVar[str] = "note.posted"
    ticket_id: str
    note: Json


@dataclass(frozen=True, slots=True)
class CustomerMessagePosted(Event):
    """To the customer: a new message."""

    type: ClassVar[str] = "message.posted"
    ticket_id: str
    message: Json


@dataclass(frozen=True, slots=True)
class MessageRead(Event):
    """To either side: the other has read up to `seq`."""

    type: ClassVar[str] = "message.read"
    ticket_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Typing(Event):
    """To either side: the other is typing now."""

    type: ClassVar[str] = "typing"
    ticket_id: str


@dataclass(frozen=True, slots=True)
class PresenceChanged(Event):
    """To the agent: her presence is now this, and why."""

    type: ClassVar[str] = "presence.changed"
    presence: str
    reason: str


@dataclass(frozen=True, slots=True)
class EarningsChanged(Event):
    """To the agent: something was booked for her; her balance in that currency is now this."""

    type: ClassVar[str] = "earnings.changed"
    balance: Json
