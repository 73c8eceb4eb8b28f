"""An agent takes what she was offered."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from agents import presence
from core import sql
from core.states import SQL, Moved, Stale, move, step
from dispatch import queries, states
from dispatch.actions.ending import DECIDED, DRAWN, ended, left_the_board, lock_presences
from dispatch.models import Offer
from realtime import groups
from realtime.events import OfferEnded
from tickets import actions as tickets
from tickets.models import Ticket

TAKEN = "taken"


def accept(offer_id: UUID, agent_id: UUID, *, reason: str = "") -> Ticket:
    """The agent takes what was offered: the ticket is hers. `reason` goes to the offer's log.

    Of those who were asked at once the first wins: the others' offers are withdrawn in the same
    transaction. An offer that no phone has confirmed may be accepted too: she plainly has it.
    Raises Http404 for a foreign offer, Stale (with the offer's true state) when it is over.
    """
    ticket = accept_all([(offer_id, agent_id)], reason=reason).get(offer_id)
    if ticket is None:
        ticket_id, broadcast = queries.ticket_offered(offer_id, agent_id)
        if broadcast:
            ticket = _take_from_others(offer_id, ticket_id, agent_id, reason)
    if ticket is None:
        raise Stale(queries.true_state(offer_id))
    return ticket


def accept_all(wanted: Sequence[tuple[UUID, UUID]], *, reason: str = "") -> dict[UUID, Ticket]:
    """Agents take what was offered to them alone: what each offer (offer, agent) brought her.

    What is missing from the answer is somebody else's offer, over, or was broadcast: `accept` says.
    """
    return _take(wanted, reason, broadcast=False)


# Agents who take offers: `asked` are those that are theirs and live, before anything is locked.
ASKED = """asked AS MATERIALIZED (
    SELECT o.id, o.ticket_id, o.agent_id, o.slots, coalesce(o.receipt->>'pay', '') AS terms
    FROM dispatch_offer o
    JOIN unnest(%s::uuid[], %s::uuid[]) AS w(id, agent_id) ON w.id = o.id AND w.agent_id = o.agent_id
    WHERE o.broadcast = %s AND o.state = 'pending'
)"""


def _take(
    wanted: Sequence[tuple[UUID, UUID]], reason: str, *, broadcast: bool
) -> dict[UUID, Ticket]:
    """Each ticket and its offer move together or not at all, all in one statement.

    It locks the tickets, then the offers, then the presences, as everybody does.
    """
    ticket = tickets.taking(
        SQL("ARRAY(SELECT ticket_id FROM asked)"),
        SQL("(SELECT a.agent_id FROM asked a WHERE a.ticket_id = r.id)"),
        by=SQL("'agent:' || n.agent_id"),
        reason="accepted",
        # They were taken when the offer was made, and only change their name.
        slots=SQL("(SELECT a.slots FROM asked a WHERE a.ticket_id = t.id)"),
        terms=SQL("(SELECT a.terms FROM asked a WHERE a.ticket_id = t.id)"),
        given="""EXISTS (SELECT 1 FROM asked a JOIN offer_old o ON o.id = a.id
                         WHERE a.ticket_id = r.id)""",
    )
    offer = step(
        "offer",
        Offer,
        states.OFFER,
        SQL("ARRAY(SELECT a.id FROM asked a JOIN t_old t ON t.id = a.ticket_id)"),
        states.ACCEPTED,
        by=SQL("'agent:' || n.old_agent_id"),
        reason=reason,
        values=DECIDED | DRAWN,
        only_if="r.expires_at > clock_timestamp()",
        old=["agent_id"],
    )
    select = tickets.select_taken("(SELECT a.id FROM asked a WHERE a.ticket_id = t.id)")
    with sql.cursor() as cursor:
        # RECURSIVE only lets the tickets' move look at the offers' lock, which comes after its own.
        cursor.execute(
            f"WITH RECURSIVE {ASKED}, {ticket.sql}, {offer.sql}, {presence.took_by('t_new')} {select}",
            [
                [offer_id for offer_id, _ in wanted],
                [agent_id for _, agent_id in wanted],
                broadcast,
                *ticket.params,
                *offer.params,
            ],
        )
        rows = cursor.fetchall()
    whose = dict(wanted)
    over = [
        (groups.agent(whose[row[-1]]), OfferEnded(str(row[-1]), states.ACCEPTED, ""))
        for row in rows
    ]
    mine = tickets.taken(rows, *over)
    for each in mine:
        assert each.agent_id is not None
        left_the_board(each.pk, each.agent_id)
    return {row[-1]: each for row, each in zip(rows, mine, strict=True)}


def _take_from_others(
    offer_id: UUID, ticket_id: UUID, agent_id: UUID, reason: str
) -> Ticket | None:
    """As `_take`, of an offer that others have too: theirs are withdrawn."""
    with transaction.atomic():
        tickets.lock(ticket_id)
        asked = _lock_offers(ticket_id)
        lock_presences([agent_id, *asked.values()])
        ticket = _take([(offer_id, agent_id)], reason, broadcast=True).get(offer_id)
        if ticket is None:
            return None
        others = _withdraw([other for other in asked if other != offer_id])
        ended([(row.id, *row.old) for row in others], states.RESCINDED, reason=TAKEN)
    return ticket


def _lock_offers(ticket_id: UUID) -> dict[UUID, UUID]:
    """Lock all live offers of a ticket, in the one order that everybody uses; whose each is.

    Not hers first and the others then: who ends several offers at once could hold one of those, and
    wait for hers.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT id, agent_id FROM dispatch_offer WHERE ticket_id = %s AND state = 'pending'
               ORDER BY id FOR NO KEY UPDATE""",
            [ticket_id],
        )
        return dict(cursor.fetchall())


def _withdraw(offer_ids: Sequence[UUID]) -> list[Moved]:
    """Others were asked too, and somebody was first."""
    if not offer_ids:
        return []
    return move(
        Offer,
        states.OFFER,
        offer_ids,
        states.RESCINDED,
        by="system",
        reason=TAKEN,
        values=DECIDED,
        old=["ticket_id", "agent_id", "slots"],
    )
