"""What is pushed to agents whose app is closed or asleep: offers, messages, nudges, call-ins.

Postgres knows what an agent has not seen; this asks it once a second, and whoever writes a row of
`Pushed` sends the push. So a worker that dies in between loses a push and never doubles one: an offer
that is not drawn goes to somebody else anyway, and a message is nudged about.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agents.login import languages
from agents.push import Push
from agents.push.subscriptions import ways_to
from core import sql
from dispatch import queries
from dispatch.models import CallIn, Offer
from dispatch.why import language_name
from tickets.models import Ticket

# A phone that draws offers says so at once. Which does not within this time gets a push besides.
UNDRAWN_S = 2
# Too late to be of use: it takes that long to look at a phone.
LEAST_S = 3
# Messages of one conversation ring so often at most.
PAUSE_S = 20
# Older call-ins are not pushed: she was asked while nothing could be sent.
CALL_IN_LIFE_S = 120
MESSAGE_TTL_S, CALL_IN_TTL_S = 600, 900
AT_ONCE = 200

# Agents `p` whom only a push reaches: no line, or one that has missed its heartbeat.
ASLEEP = """
    p.pushes AND (p.disconnected_at IS NOT NULL OR p.last_seen_at IS NULL
        OR p.last_seen_at < clock_timestamp() - make_interval(secs => %(heartbeat)s))
"""
# (kind, what is due as agent, subject, nth)
DUE = (
    (
        "offer",
        f"""SELECT o.agent_id, o.id, 0 FROM dispatch_offer o
            JOIN agents_presence p ON p.agent_id = o.agent_id
            WHERE o.state = 'pending' AND o.delivered_at IS NULL AND p.pushes
              AND o.expires_at > clock_timestamp() + make_interval(secs => {LEAST_S})
              AND (({ASLEEP}) OR o.made_at < clock_timestamp() - make_interval(secs => {UNDRAWN_S}))""",
    ),
    (
        "message",
        f"""SELECT t.agent_id, t.id, m.seq
            FROM agents_presence p JOIN tickets_ticket t ON t.agent_id = p.agent_id
            JOIN LATERAL (SELECT seq, at FROM tickets_message WHERE ticket_id = t.id
                AND sender = 'customer' AND seq > t.agent_read_seq ORDER BY seq DESC LIMIT 1
            ) m ON m.at > t.assigned_at
            WHERE {ASLEEP} AND t.state = 'active' AND NOT EXISTS (
                SELECT 1 FROM dispatch_pushed d WHERE d.agent_id = t.agent_id AND d.kind = 'message'
                AND d.subject = t.id AND d.at > clock_timestamp() - make_interval(secs => {PAUSE_S}))""",
    ),
    (
        "nudge",
        f"""SELECT t.agent_id, t.id, (extract(epoch FROM a.nudged_at)::bigint %% 2000000000)::int
            FROM agents_presence p JOIN tickets_ticket t ON t.agent_id = p.agent_id
            JOIN tickets_assignment a ON a.ticket_id = t.id AND a.ended_at IS NULL
            WHERE {ASLEEP} AND t.state = 'active' AND t.owed_since IS NOT NULL
              AND a.nudged_at >= t.owed_since""",
    ),
    (
        "call_in",
        f"""SELECT c.agent_id, c.ticket_id, 0 FROM dispatch_callin c
            JOIN agents_presence p ON p.agent_id = c.agent_id
            JOIN tickets_ticket t ON t.id = c.ticket_id
            WHERE p.pushes AND p.state = 'offline' AND c.answered_at IS NULL AND t.state = 'waiting'
              AND c.at > clock_timestamp() - make_interval(secs => {CALL_IN_LIFE_S})""",
    ),
)


def anybody() -> bool:
    """Whether there is an agent who can be pushed to at all."""
    if not settings.VAPID_PRIVATE_KEY:
        return False
    with sql.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM agents_presence WHERE pushes)")
        return bool(cursor.fetchone()[0])


def send_due() -> int:
    """Push what agents have not seen; returns how many pushes were taken by push services."""
    # Here, not above: only the worker talks to push services.
    from agents.push.sending import send

    due = [(kind, *row) for kind, statement in DUE for row in _claim(kind, statement)]
    pushes = {agent_id: made for agent_id, made in _composed(due).items() if made}
    if not pushes:
        return 0
    return send([(way, push) for way in ways_to(list(pushes)) for push in pushes[way.agent_id]])


def _claim(kind: str, statement: str) -> list[tuple[UUID, UUID, int]]:
    with sql.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO dispatch_pushed (agent_id, kind, subject, nth, at)
                SELECT d.*, clock_timestamp() FROM (
                    SELECT w.agent_id, %(kind)s::varchar, w.subject, w.nth
                    FROM ({statement}) w(agent_id, subject, nth)
                    WHERE NOT EXISTS (SELECT 1 FROM dispatch_pushed b WHERE b.agent_id = w.agent_id
                        AND b.kind = %(kind)s AND b.subject = w.subject AND b.nth = w.nth)
                    LIMIT {AT_ONCE}) d
                ON CONFLICT DO NOTHING RETURNING agent_id, subject, nth""",
            {"kind": kind, "heartbeat": settings.HEARTBEAT_S + 5},
        )
        return cursor.fetchall()


def _composed(due: Sequence[tuple[str, UUID, UUID, int]]) -> dict[UUID, list[Push]]:
    """What each agent is told."""
    offers = _found(Offer.objects.select_related("ticket__queue"), due, "offer")
    tickets = _found(
        Ticket.objects.select_related("customer", "queue"), due, "message", "nudge", "call_in"
    )
    found: dict[UUID, list[Push]] = {}
    read = languages.of_agents([agent_id for _kind, agent_id, _subject, _nth in due])
    for kind, agent_id, subject, _nth in due:
        about = offers.get(subject) if kind == "offer" else tickets.get(subject)
        if about is not None:
            with translation.override(read[agent_id]):
                found.setdefault(agent_id, []).append(WORDS[kind](about, agent_id))
    return found


def _found(rows: Any, due: Iterable[tuple[str, UUID, UUID, int]], *kinds: str) -> dict[UUID, Any]:
    wanted = {subject for kind, _agent, subject, _nth in due if kind in kinds}
    return rows.in_bulk(wanted) if wanted else {}


def offer_push(offer: Offer, agent_id: UUID) -> Push:
    """An offer, to be accepted or declined where it stands."""
    view = queries.for_agent(offer)
    pay = view["pay"]
    facts = [
        language_name(view["language"]),
        ngettext("about %d minute", "about %d minutes", view["expected_minutes"])
        % view["expected_minutes"],
    ]
    if pay:
        facts.insert(0, _("at least %(amount)s %(currency)s") % pay)
    return Push(
        kind="offer",
        title=_("New conversation: %s") % view["topic_name"],
        body=" · ".join(facts),
        tag=f"offer-{offer.pk}",
        url="/agent/",
        ttl=max(1, offer.timeout_s),
        urgent=True,
        actions=(("accept", _("Accept")), ("decline", _("Decline"))),
        said={
            "accepted": _("It is yours. Tap to say hello."),
            "gone": _("It went to somebody else. No harm done."),
            "failed": _("That did not get through. Open the app."),
        },
        expires_at=view["expires_at"],
        about=offer.pk,
    )


def message_push(ticket: Ticket, agent_id: UUID) -> Push:
    """A customer has written."""
    return _of_conversation(ticket, "message", _("%s wrote to you"), _("Tap to answer."))


def nudge_push(ticket: Ticket, agent_id: UUID) -> Push:
    """A customer waits for an answer."""
    return _of_conversation(
        ticket, "nudge", _("%s waits for your answer"), _("Otherwise a colleague takes over.")
    )


def _of_conversation(ticket: Ticket, kind: str, title: str, body: str) -> Push:
    return Push(
        kind=kind,
        title=title % (ticket.customer.name or _("A customer")),
        body=body,
        tag=f"ticket-{ticket.pk}",
        url=f"/agent/#/t/{ticket.pk}",
        ttl=MESSAGE_TTL_S,
        urgent=True,
    )


def call_in_push(ticket: Ticket, agent_id: UUID) -> Push:
    """Somebody waits for whom nobody is there."""
    call = CallIn.objects.filter(ticket=ticket, agent_id=agent_id).first()
    more = (
        _("Paid %s times the usual.") % f"{call.pay_multiplier.normalize():f}"
        if call and call.pay_multiplier > 1
        else _("Only if you feel like it.")
    )
    return Push(
        kind="call_in",
        title=_("%s is short of people") % language_name(ticket.language),
        body=_("%s: somebody waits.") % ticket.queue.name + " " + more,
        tag="call-in",
        url="/agent/",
        ttl=CALL_IN_TTL_S,
    )


WORDS: dict[str, Callable[[Any, UUID], Push]] = {
    "offer": offer_push,
    "message": message_push,
    "nudge": nudge_push,
    "call_in": call_in_push,
}
