"""An agent takes a ticket from the board."""

from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from agents import presence
from agents.models import Presence
from core.problems import Problem
from core.states import move
from dispatch import queries, states
from dispatch.actions.ending import DECIDED, ended, left_the_board, lock_presences
from dispatch.models import Offer
from pay import promises
from pay.queries.tariffs import quote_for
from tickets import actions as tickets
from tickets.catalogue import QueueRow
from tickets.models import Ticket

CLAIMED = "claimed"


def claim(ticket_id: UUID, agent_id: UUID) -> Ticket:
    """The agent takes a waiting ticket from the board: the first claim wins.

    A claim beats offers that others have not answered yet: the customer gets a person now
    instead of perhaps (docs/adr/0006-claims.md). Raises Http404 for a ticket that does not fit the
    agent, Stale when it no longer waits, Problem 409 when she is not online, has too few
    free slots, or as many of the queue as she may have.
    """
    queue = queries.queue_to_take(agent_id, ticket_id)
    if queue is None:
        raise Http404
    terms = promises.kept(quote_for(ticket_id, agent_id))
    with transaction.atomic():
        ticket = tickets.assign(
            ticket_id,
            agent_id,
            by=f"agent:{agent_id}",
            reason="claimed",
            slots=queue.slots,
            terms=terms,
        )
        moved = move(
            Offer,
            states.OFFER,
            Offer.objects.filter(ticket_id=ticket_id, state=states.PENDING).values_list(
                "id", flat=True
            ),
            states.RESCINDED,
            by="system",
            reason=CLAIMED,
            values=DECIDED,
            old=["ticket_id", "agent_id", "slots"],
        )
        offered = [row.old[1] for row in moved]
        lock_presences([agent_id, *offered])
        ended([(row.id, *row.old) for row in moved], states.RESCINDED, reason=CLAIMED)
        if not presence.take_slots(agent_id, queue.slots):
            _refuse_claim(agent_id, queue)
        _refuse_beyond_cap(agent_id, queue)
        presence.took(agent_id)
        left_the_board(ticket_id, agent_id)
        return ticket


def _refuse_claim(agent_id: UUID, queue: QueueRow) -> None:
    state = Presence.objects.get(pk=agent_id)
    if state.state != "online":
        raise Problem(409, "not-online", _("Go online first, then claim."), state="waiting")
    free = max(0, state.capacity - state.load)
    raise Problem(
        409,
        "full",
        _("It takes %(slots)d of your slots, and %(free)d of %(all)d are free. Finish one first.")
        % {"slots": queue.slots, "free": free, "all": state.capacity},
        state="waiting",
    )


def _refuse_beyond_cap(agent_id: UUID, queue: QueueRow) -> None:
    """Raises Problem 409 when this one, which is hers by now, is one of its queue too many.

    Her presence is locked, and a wave locks it before it counts: of two that come for the last
    place, one sees the other.
    """
    if queue.agent_cap is None:
        return
    taken = sum(n for _agent, _queue, n in queries.taken_of([queue.id], [agent_id]))
    if taken > queue.agent_cap:
        raise Problem(
            409,
            "queue-full",
            _("You have %(have)d of %(cap)d conversations of “%(queue)s”. Finish one first.")
            % {"have": taken - 1, "cap": queue.agent_cap, "queue": queue.name},
            state="waiting",
        )
