"""How a conversation begins: a session, its first ticket, and the wish for a person."""

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from core import sql
from core.states import NOW, Stale, move
from tickets import lines, queries, sessions, signals, states
from tickets.actions.conversation import post_as_customer
from tickets.actions.holding import hold_s, until
from tickets.actions.telling import tell_customers
from tickets.models import Customer, Desk, Queue, Ticket


def start_session(
    desk: Desk,
    queue: Queue | None,
    *,
    client_id: UUID | None,
    current: sessions.CustomerPrincipal | None,
    identity: str,
    about: Mapping[str, str],
    first: Mapping[str, Any] | None,
) -> tuple[Customer, Ticket | None]:
    """A customer at a desk, and her open ticket: the one she has, or the `first` one she brings.

    `queue` is the one that the first ticket's topic means at this desk, if there is one. A new guest
    and her ticket are one statement, all else is one transaction: a session is never left without
    the ticket it was asked for. Raises Problem for a bad identity, ValidationError for an unknown
    topic.
    """
    wants: dict[str, Any] = {
        "client_id": client_id,
        "identity": identity,
        "current": current,
        **about,
    }
    customer = None if identity else sessions.start(desk, **wants)
    if customer and customer.is_new and first:
        known = _queue(desk, first.get("topic", ""), found=queue)
        if ticket := _insert(customer, known, enters=True, **first):
            return customer, ticket
    with transaction.atomic():
        customer = customer or sessions.start(desk, **wants)
        if customer.is_new:
            customer = sessions.entered(customer)
        if first:
            return customer, open_or_continue(customer=customer, queue=queue, **first)
        return customer, None if customer.is_new else queries.open_ticket_of(customer.pk)


def open_ticket(
    *,
    customer: Customer,
    client_id: UUID,
    text: str,
    topic: str = "",
    language: str = "",
    human: bool = False,
    queue: Queue | None = None,
) -> tuple[Ticket, bool]:
    """Open a conversation with its first message: (ticket, whether it is new).

    A repeat with the same `client_id` returns the first result. Without a `topic` it goes to the
    desk's default queue; who knows already which `queue` that is may say so. Who had a conversation
    in the last REOPEN_DAYS goes on with it: the new ticket follows the old one, in its queue unless
    a `topic` is named, and is kept for its agent for as long as the queue says (`same_agent_s`).
    Raises ValidationError for an unknown topic, Stale when the customer already has another open
    ticket.
    """
    if not customer.is_new:
        existing = queries.of_client_id(customer.pk, client_id)
        if existing:
            return existing, False
    earlier = None
    if settings.REOPEN_DAYS and not customer.is_new:
        earlier = queries.latest_resolved(customer.pk, settings.REOPEN_DAYS)
    queue = _queue(customer.desk, topic, same=earlier, found=queue)
    ticket = _insert(
        customer, queue, client_id=client_id, text=text, language=language, human=human,
        earlier=earlier,
    )  # fmt: skip
    if ticket:
        return ticket, True
    # Twice at once: the other request made it, or the customer has another open ticket.
    existing = queries.of_client_id(customer.pk, client_id)
    if existing:
        return existing, False
    other = queries.open_ticket_of(customer.pk)
    if other is None:
        # It stood in the way a moment ago and has ended since: once more.
        return open_ticket(
            customer=customer, client_id=client_id, text=text, topic=topic, language=language,
            human=human,
        )  # fmt: skip
    raise Stale(
        other.state,
        _("You already have an open conversation (%s). Write there, or close it first.") % other.pk,
    )


# `c` is the customer: stored already, or one who comes in with it.
OPEN = f"""
    WITH c AS (<customer>), t AS (
        INSERT INTO tickets_ticket (id, client_id, desk_id, queue_id, customer_id, language,
            state, last_seq, customer_read_seq, agent_read_seq, note, disposition,
            opened_at, waiting_since, follows_id, previous_agent_id, hold_until)
        SELECT %(id)s, %(client)s, %(desk)s, %(queue)s, c.id, %(language)s,
            %(state)s, 1, 1, 0, '', '', clock_timestamp(),
            CASE WHEN %(human)s THEN clock_timestamp() END, %(follows)s, %(same_agent)s,
            clock_timestamp() + make_interval(secs => %(kept)s)
        FROM c
        ON CONFLICT DO NOTHING
        RETURNING id, state, opened_at, waiting_since
    ), m AS (
        INSERT INTO tickets_message (id, ticket_id, seq, sender, client_id, text, attachments, at)
        SELECT gen_random_uuid(), id, 1, 'customer', %(client)s, %(text)s, '[]', opened_at FROM t
    ), l AS (
        INSERT INTO tickets_ticketlog (of_id, was, now, at, by, reason)
        SELECT id, '', state, opened_at, 'customer', '' FROM t
    )
    SELECT t.opened_at, t.waiting_since, c.created_at,
        CASE WHEN %(human)s THEN {lines.AHEAD} END
    FROM t, c
"""
OF_CUSTOMER = OPEN.replace(
    "<customer>", "SELECT %(customer)s::uuid AS id, NULL::timestamptz AS created_at"
)
WITH_GUEST = OPEN.replace("<customer>", sessions.ENTER)


def _insert(
    customer: Customer,
    queue: Queue,
    *,
    client_id: UUID,
    text: str,
    language: str = "",
    human: bool = False,
    earlier: Ticket | None = None,
    enters: bool = False,
    **_topic: str,
) -> Ticket | None:
    """A new ticket of a customer who is stored, or `enters` along with it, in one statement.

    None when something of the same name, or another open ticket of hers, stood in the way.
    """
    spoken = _language(language or (earlier.language if earlier else ""), customer)
    same_agent = earlier.agent_id if earlier else None
    kept_s = hold_s(queue.pk, same_agent, language=spoken) if same_agent and human else None
    state = states.WAITING if human else states.ASSISTANT
    ticket_id = uuid.uuid4()
    with sql.cursor() as cursor:
        cursor.execute(
            WITH_GUEST if enters else OF_CUSTOMER,
            {
                **sessions.entering(customer),
                "id": ticket_id,
                "client": client_id,
                "queue": queue.pk,
                "language": spoken,
                "follows": earlier.pk if earlier else None,
                "same_agent": same_agent,
                "kept": kept_s,
                "state": state,
                "human": human,
                "text": text,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    opened_at, waiting_since, created_at, ahead = row
    if enters:
        sessions.stored(customer, created_at)
    if human:
        signals.queue_changed.send(Ticket)
    ticket = Ticket(
        id=ticket_id,
        client_id=client_id,
        desk=customer.desk,
        queue=queue,
        customer=customer,
        language=spoken,
        follows_id=earlier.pk if earlier else None,
        later_email="",
        state=state,
        last_seq=1,
        customer_read_seq=1,
        opened_at=opened_at,
        waiting_since=waiting_since,
    )
    if human:
        ticket.standing = lines.arriving(queue.pk, spoken, ahead)
    return ticket


def open_or_continue(
    *, customer: Customer, client_id: UUID, text: str, queue: Queue | None = None, **wishes: Any
) -> Ticket:
    """Open a ticket, or, when the customer has an open one, say the same there: nothing is lost."""
    current = None if customer.is_new else queries.open_ticket_of(customer.pk)
    if current is None or current.client_id == client_id:
        ticket, _new = open_ticket(
            customer=customer, client_id=client_id, text=text, queue=queue, **wishes
        )
        return ticket
    post_as_customer(current.pk, customer.pk, client_id=client_id, text=text)
    if wishes.get("human"):
        return ask_human(current.pk, customer.pk)
    return queries.of_customer(current.pk, customer.pk)


def _queue(
    desk: Desk, topic: str, *, same: Ticket | None = None, found: Queue | None = None
) -> Queue:
    """The topic's queue, if it was not `found` already; without a topic that of the ticket it goes on
    with, or the default."""
    if same and not topic:
        return Queue.objects.get(pk=same.queue_id)
    found = found or queries.queue_for(desk.pk, topic)
    if found:
        return found
    known = ", ".join(
        desk.queues.filter(is_public=True).order_by("slug").values_list("slug", flat=True)
    )
    sentence = _("Unknown topic. Known: %s.") if topic else _("This desk needs a topic. Known: %s.")
    raise ValidationError({"topic": [sentence % known]})


def _language(wish: str, customer: Customer) -> str:
    """Two or three letters: the wish, else the locale's language, else the desk's.

    A language that no agent of the desk speaks is none: better an answer in the desk's language
    than a wait for a speaker who does not exist.
    """
    for tag in (wish, customer.locale):
        primary = tag.replace("_", "-").split("-")[0].lower()
        known = 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha()
        if known and queries.speaks(customer.desk_id, primary):
            return primary
    return customer.desk.language


def ask_human(ticket_id: UUID, customer_id: UUID) -> Ticket:
    """The customer asks for a person. One who already waits or talks to one gets just that ticket.

    Raises Http404 for a foreign ticket, Stale for an ended one.
    """
    ticket = queries.of_customer(ticket_id, customer_id)
    kept_s = None
    if ticket.state == states.ASSISTANT and ticket.previous_agent_id:
        kept_s = hold_s(ticket.queue_id, ticket.previous_agent_id, language=ticket.language)
    with transaction.atomic():
        moved = move(
            Ticket,
            states.TICKET,
            [ticket_id],
            states.WAITING,
            by="customer",
            reason="human",
            values={"waiting_since": NOW, "hold_until": until(kept_s)},
            sources=[states.ASSISTANT],
        )
        if moved:
            signals.queue_changed.send(Ticket)
            tell_customers(queries.with_names().filter(pk=ticket_id))
    ticket = queries.of_customer(ticket_id, customer_id)
    if ticket.state not in states.OPEN:
        raise Stale(ticket.state)
    return ticket
