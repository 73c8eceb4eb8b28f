"""What the API takes and gives. Each side has its own view of a ticket; see tickets.queries."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import ClientId, Strict, Text, VisibleText
from tickets import later, states
from tickets.models import MAX_CANNED, MAX_NOTE, MAX_TEXT, Message
from tickets.states import TICKET


class NoAttachments(serializers.ListField):
    """The field exists; files can't be sent yet, and a client that tries is told so."""

    child = serializers.DictField()

    def to_internal_value(self, data: Any) -> Any:
        """An empty list."""
        if data != []:
            raise serializers.ValidationError(
                _("Attachments can't be sent yet. Leave the list empty.")
            )
        return []


# -- in ----------------------------------------------------------------------------------------------


class NewTicket(Strict):
    """A conversation's first message, and what is known about it."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header")
    text = VisibleText(max_length=MAX_TEXT)
    topic = serializers.SlugField(required=False, allow_blank=True, max_length=50)
    language = Text(required=False, allow_blank=True, max_length=35)
    human = serializers.BooleanField(required=False, default=False, help_text="Skip the assistant")


class NewSession(Strict):
    """Who comes to which desk, and perhaps what for."""

    desk = Text(max_length=50, help_text="The desk's public key")
    client_id = ClientId(required=False)
    name = Text(required=False, allow_blank=True, max_length=80)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    locale = Text(required=False, allow_blank=True, max_length=35)
    page = Text(
        required=False, allow_blank=True, max_length=4000, help_text="Where the visitor came from"
    )
    identity = Text(
        required=False, allow_blank=True, max_length=4096, help_text="JWT signed by the host site"
    )
    ticket = NewTicket(required=False, allow_null=True)


class NewMessage(Strict):
    """One message."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header")
    text = VisibleText(max_length=MAX_TEXT)
    attachments = NoAttachments(required=False)


class ReadUpTo(Strict):
    """The last message that was seen."""

    seq = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class NewRating(Strict):
    """1 (bad) to 5 (very good)."""

    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = Text(required=False, allow_blank=True, max_length=2000)
    client_id = ClientId(
        required=False, help_text="Not needed: a ticket has one rating, and a repeat finds it"
    )


class LaterEmail(Strict):
    """Where answers go while the customer is away; empty takes the address back."""

    email = serializers.EmailField(max_length=254, allow_blank=True)

    def validate_email(self, value: str) -> str:
        """An address that mail can be sent to, or none. Raises ValidationError."""
        if value and not later.reachable(value):
            raise serializers.ValidationError(_("No mail can be sent to this address. Check it."))
        return value


class Empty(Strict):
    """No fields."""


class Resolution(Strict):
    """How the conversation ended."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header, if you like")
    disposition = Text(max_length=40)
    note = Text(required=False, allow_blank=True, max_length=2000)
    seen = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="409 when the customer has written anything after this seq",
    )


class Baton(Strict):
    """What whoever has the conversation next should know. A field left out stays as it is."""

    said = Text(required=False, allow_blank=True, max_length=2000)
    promised = Text(required=False, allow_blank=True, max_length=2000)
    next_step = Text(required=False, allow_blank=True, max_length=2000)


class Release(Baton):
    """What the next agent should know."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header, if you like")
    note = Text(required=False, allow_blank=True, max_length=2000)


class Transfer(Release):
    """Where to, and what the next agent should know."""

    queue = serializers.SlugField(required=False, allow_blank=True, max_length=50)
    agent = serializers.UUIDField(required=False, allow_null=True)
    supervisor = serializers.BooleanField(
        required=False, default=False, help_text="To any supervisor of the desk"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A target: a queue, an agent, both, or a supervisor. Raises ValidationError."""
        if attrs.get("supervisor"):
            if attrs.get("queue") or attrs.get("agent"):
                raise serializers.ValidationError(
                    {"supervisor": [_("Name either a supervisor, or a queue or an agent.")]}
                )
        elif not attrs.get("queue") and not attrs.get("agent"):
            raise serializers.ValidationError(
                {"queue": [_("Name a queue, an agent, both, or a supervisor.")]}
            )
        return attrs


class NewNote(Strict):
    """Something that only colleagues see."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header")
    text = VisibleText(max_length=MAX_NOTE)


class CannedFields(Strict):
    """A reply of the agent's own."""

    shortcut = Text(max_length=30, help_text="One word, typed after the slash")
    title = Text(required=False, allow_blank=True, max_length=80)
    text = VisibleText(max_length=MAX_CANNED)
    language = Text(required=False, allow_blank=True, max_length=3)


class NewCanned(CannedFields):
    """A new reply of the agent's own."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header")


# -- out (shapes for the schema; queries.py builds them) -------------------------------------------


class AgentFace(serializers.Serializer[Any]):
    """What a customer sees of her agent."""

    name = serializers.CharField()
    photo = serializers.CharField(allow_null=True)


class Later(serializers.Serializer[Any]):
    """Whether the customer may leave an address instead of waiting, and the one she left."""

    offered = serializers.BooleanField()
    email = serializers.EmailField(allow_null=True)


class CustomerTicket(serializers.Serializer[Any]):
    """A ticket as its customer sees it."""

    id = serializers.UUIDField()
    client_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=TICKET.choices())
    topic = serializers.CharField()
    topic_name = serializers.CharField()
    language = serializers.CharField()
    position = serializers.IntegerField(
        allow_null=True, help_text="Place in line while waiting; 1 is next"
    )
    estimated_wait_s = serializers.IntegerField(
        allow_null=True, help_text="null: nobody who could answer is online"
    )
    agent = AgentFace(allow_null=True)
    later = Later()
    last_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField(help_text="The agent has read up to here")
    own_read_seq = serializers.IntegerField(help_text="The customer has read up to here")
    opened_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    rated = serializers.BooleanField()
    as_of = serializers.DateTimeField(
        help_text="When this was read; a later view overrides an earlier one"
    )


class DeskFace(serializers.Serializer[Any]):
    """What an agent sees of a desk."""

    key = serializers.CharField()
    name = serializers.CharField()


class CustomerFace(serializers.Serializer[Any]):
    """What an agent sees of a customer."""

    name = serializers.CharField(allow_blank=True)
    locale = serializers.CharField(allow_blank=True)


class OwnBaton(serializers.Serializer[Any]):
    """What the agent has written down for whoever comes after her."""

    said = serializers.CharField(allow_blank=True)
    promised = serializers.CharField(allow_blank=True)
    next_step = serializers.CharField(allow_blank=True)


class BatonOut(OwnBaton):
    """What the agent was handed: written by who had it before, or composed of the conversation."""

    at = serializers.DateTimeField()
    reason = serializers.CharField(help_text="Why it left who had it, as in `ticket.left`")

    def get_fields(self) -> Any:
        """With `from`, which no attribute of a class can be called."""
        named = serializers.CharField(help_text="The first name of who had it before")
        return {"from": named, **super().get_fields()}


class AgentTicket(serializers.Serializer[Any]):
    """A ticket as its agent sees it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=TICKET.choices())
    desk = DeskFace()
    topic = serializers.CharField()
    topic_name = serializers.CharField()
    language = serializers.CharField()
    customer = CustomerFace()
    note = serializers.CharField(allow_blank=True)
    last_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField(help_text="The customer has read up to here")
    own_read_seq = serializers.IntegerField(help_text="The agent has read up to here")
    opened_at = serializers.DateTimeField()
    waiting_since = serializers.DateTimeField(allow_null=True)
    assigned_at = serializers.DateTimeField(allow_null=True)
    follows = serializers.UUIDField(
        allow_null=True, help_text="The ended conversation that this one goes on with"
    )
    owed_since = serializers.DateTimeField(
        allow_null=True, help_text="Since when the customer waits for an answer"
    )
    nudges = serializers.IntegerField(help_text="Reminders of the answer that is owed")
    hand_over_at = serializers.DateTimeField(
        allow_null=True, help_text="When somebody else gets it; null: not for silence"
    )
    baton = BatonOut(allow_null=True)
    own_baton = OwnBaton()
    idle = serializers.BooleanField(
        help_text="The customer has been silent for long: its slots are free until somebody writes"
    )
    as_of = serializers.DateTimeField(
        help_text="When this was read; a later view overrides an earlier one"
    )


class NoteOut(serializers.Serializer[Any]):
    """An internal note, as an agent sees it."""

    seq = serializers.IntegerField(help_text="The notes' own order; messages have another")
    id = serializers.UUIDField()
    client_id = serializers.UUIDField()
    own = serializers.BooleanField()
    text = serializers.CharField()
    at = serializers.DateTimeField()

    def get_fields(self) -> Any:
        """With `from`, which no attribute of a class can be called."""
        return {
            "from": serializers.CharField(help_text="Its writer's first name"),
            **super().get_fields(),
        }


class NotePage(serializers.Serializer[Any]):
    """Notes, ascending."""

    notes = NoteOut(many=True)


class CannedOut(serializers.Serializer[Any]):
    """A canned reply."""

    id = serializers.UUIDField()
    own = serializers.BooleanField(help_text="The agent's own: she may change it")
    desk = serializers.CharField(allow_null=True, help_text="The key of the desk that shares it")
    topic = serializers.CharField(allow_null=True, help_text="Only for this topic")
    language = serializers.CharField(allow_blank=True, help_text="Empty: for every language")
    shortcut = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    text = serializers.CharField(help_text="With {placeholders}")


class CannedList(serializers.Serializer[Any]):
    """All canned replies of an agent."""

    version = serializers.CharField(help_text="Also the answer's ETag, in quotes")
    replies = CannedOut(many=True)


class Attribute(serializers.Serializer[Any]):
    """Something that the host site says of a signed-in customer."""

    name = serializers.CharField()
    value = serializers.CharField()


class CustomerAbout(serializers.Serializer[Any]):
    """What is known of the customer of a conversation."""

    name = serializers.CharField(allow_blank=True)
    email = serializers.EmailField(
        allow_null=True, help_text="null also where the desk does not show it to agents"
    )
    verified = serializers.BooleanField(help_text="The host site vouches for her")
    locale = serializers.CharField(allow_blank=True)
    attributes = Attribute(many=True)
    page = serializers.CharField(allow_blank=True, help_text="Where she came from last")
    device = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField()
    conversations = serializers.IntegerField(help_text="That have ended, at this desk")


class Earlier(serializers.Serializer[Any]):
    """An ended conversation of the same customer."""

    id = serializers.UUIDField()
    opened_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=TICKET.choices())
    topic = serializers.CharField()
    topic_name = serializers.CharField()
    language = serializers.CharField()
    disposition = serializers.CharField(allow_blank=True)
    last_seq = serializers.IntegerField()
    agents = serializers.ListField(child=serializers.CharField(), help_text="By first name")


class EarlierPage(serializers.Serializer[Any]):
    """Ended conversations, the latest first."""

    conversations = Earlier(many=True)
    more = serializers.BooleanField()


class WrapUpOut(serializers.Serializer[Any]):
    """A wrap-up: until when the ended conversation holds its slots."""

    ticket = serializers.UUIDField()
    until = serializers.DateTimeField()
    may_extend = serializers.BooleanField()


class CustomerName(serializers.Serializer[Any]):
    """Who it was about."""

    name = serializers.CharField(allow_blank=True)


class Wrapping(WrapUpOut):
    """A wrap-up that runs, as the agent's client draws it."""

    topic_name = serializers.CharField()
    customer = CustomerName()


class MessageOut(serializers.Serializer[Any]):
    """A message, the same for both sides."""

    seq = serializers.IntegerField()
    id = serializers.UUIDField()
    client_id = serializers.UUIDField()
    sender = serializers.ChoiceField(choices=Message.SENDERS)
    text = serializers.CharField()
    attachments = serializers.ListField(child=serializers.DictField())
    at = serializers.DateTimeField()


class MessagePage(serializers.Serializer[Any]):
    """Messages, ascending and gapless, and the ticket's last seq."""

    messages = MessageOut(many=True)
    last_seq = serializers.IntegerField()


class CustomerOut(serializers.Serializer[Any]):
    """The customer of a session."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    locale = serializers.CharField(allow_blank=True)


class SessionOut(serializers.Serializer[Any]):
    """A session: keep the token, connect to the socket."""

    token = serializers.CharField()
    customer = CustomerOut()
    ticket = CustomerTicket(allow_null=True)
    socket = serializers.CharField(help_text="ws: or wss: address")
    server_time = serializers.DateTimeField()


class ContestIn(Strict):
    """What an agent says to a rating."""

    text = Text(max_length=2000)


class ContestOut(serializers.Serializer[Any]):
    """What she said, and what a person answered."""

    state = serializers.ChoiceField(choices=states.CONTEST_CHOICES)
    text = serializers.CharField()
    answer = serializers.CharField(allow_blank=True)


class AgentRating(serializers.Serializer[Any]):
    """A rating as the agent reads it: not who gave it."""

    ticket = serializers.UUIDField()
    score = serializers.IntegerField()
    comment = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    topic_name = serializers.CharField()
    counts = serializers.BooleanField(help_text="False once it was contested with success")
    contest = ContestOut(allow_null=True)


class RatingsPage(serializers.Serializer[Any]):
    """The last ratings, and the mean of all that count."""

    mean = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    ratings = AgentRating(many=True)
