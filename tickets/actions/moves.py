"""How a ticket moves between waiting, an agent and its end, by somebody's decision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from core.states import NOW, Stale, move
from tickets import catalogue, ladder, queries, signals, states
from tickets.actions.holding import hold_s, until
from tickets.actions.leaving import end_active, hers
from tickets.actions.once import once, signed
from tickets.actions.ownership import leave_baton
from tickets.actions.telling import told
from tickets.models import Ticket


def resolve(
    ticket_id: UUID,
    agent_id: UUID,
    *,
    disposition: str,
    note: str = "",
    client_id: UUID | None = None,
    seen: int | None = None,
) -> Ticket:
    """The agent ends the conversation. With `seen` only while the customer has written nothing after
    that seq: whoever writes is not answered with an end.

    Raises Http404 when it is not hers, Stale when it has ended or when she wrote.
    """

    def let_go() -> Ticket:
        with transaction.atomic():
            ticket = hers(ticket_id, agent_id)
            moved = end_active(
                [ticket_id],
                states.RESOLVED,
                by=f"agent:{agent_id}",
                reason="resolved",
                agents=[agent_id],
                only_if="true" if seen is None else UNHEARD.format(int(seen)),
                may_be_stale=seen is not None,
                values={"ended_at": NOW, "disposition": disposition}
                | ({"note": note} if note else {}),
            )
            if not moved:
                raise _still_open(ticket)
            signed(ticket_id, agent_id, client_id)
            return told(ticket_id)

    return once(ticket_id, agent_id, client_id, let_go)


# That the customer of the locked ticket `r` wrote nothing after a seq.
UNHEARD = """NOT EXISTS (SELECT 1 FROM tickets_message m
    WHERE m.ticket_id = r.id AND m.seq > {0} AND m.sender = 'customer')"""


def _still_open(ticket: Ticket) -> Stale:
    now = queries.get(ticket.pk)
    if now is None or now.agent_id != ticket.agent_id or now.state != states.ACTIVE:
        return Stale(now.state if now else ticket.state)
    name = ticket.customer.name or _("The customer")
    return Stale(now.state, _("%s has written again, so the conversation stays open.") % name)


def close(ticket_id: UUID, customer_id: UUID) -> Ticket:
    """The customer ends the conversation, whatever its state. A repeat changes nothing.

    Raises Http404 for a foreign ticket.
    """
    with transaction.atomic():
        ticket = queries.of_customer(ticket_id, customer_id)
        Ticket.objects.select_for_update(no_key=True).filter(pk=ticket_id).first()
        left = end_active(
            [ticket_id],
            states.RESOLVED,
            by="customer",
            reason="closed",
            values={"ended_at": NOW},
            may_be_stale=True,
        )
        if not left:
            for to, source in (
                (states.ABANDONED, states.WAITING),
                (states.RESOLVED, states.ASSISTANT),
            ):
                if move(
                    Ticket,
                    states.TICKET,
                    [ticket_id],
                    to,
                    by="customer",
                    reason="closed",
                    values={"ended_at": NOW},
                    sources=[source],
                ):
                    signals.ticket_withdrawn.send(Ticket, ticket_ids=[ticket.pk])
                    signals.queue_changed.send(Ticket)
                    signals.conversations_over.send(Ticket, ticket_ids=[ticket.pk])
        return told(ticket_id)


def release(
    ticket_id: UUID,
    agent_id: UUID,
    *,
    note: str = "",
    baton: Mapping[str, str] | None = None,
    client_id: UUID | None = None,
) -> Ticket:
    """The agent gives the conversation back to its queue, with a note and a baton for the next.

    Raises Http404 when it is not hers, Stale when it is no longer active.
    """
    values: dict[str, Any] = {"for_supervisor": False} | ({"note": note} if note else {})
    return once(
        ticket_id,
        agent_id,
        client_id,
        lambda: _back_to_queue(
            ticket_id,
            agent_id,
            reason="released",
            values=values,
            baton=baton,
            client_id=client_id,
        ),
    )


def transfer(
    ticket_id: UUID,
    agent_id: UUID,
    *,
    queue: str = "",
    to_agent: UUID | None = None,
    supervisor: bool = False,
    note: str = "",
    baton: Mapping[str, str] | None = None,
    client_id: UUID | None = None,
) -> Ticket:
    """The agent passes the conversation on: to another queue of the desk, to a named agent (or to
    both), or to any supervisor.

    A named agent is asked first and may decline; the queue says how long it is kept for her
    (`same_agent_s`). Raises Http404 when the ticket is not hers, ValidationError for a target that
    is unknown or that nobody answers for, Stale when it is no longer active.
    """
    return once(
        ticket_id,
        agent_id,
        client_id,
        lambda: _passed_on(
            ticket_id,
            agent_id,
            queue=queue,
            to_agent=to_agent,
            supervisor=supervisor,
            note=note,
            baton=baton,
            client_id=client_id,
        ),
    )


def _passed_on(
    ticket_id: UUID,
    agent_id: UUID,
    *,
    queue: str,
    to_agent: UUID | None,
    supervisor: bool,
    note: str,
    baton: Mapping[str, str] | None,
    client_id: UUID | None,
) -> Ticket:
    values: dict[str, Any] = {"for_supervisor": supervisor} | ({"note": note} if note else {})
    ticket = hers(ticket_id, agent_id)
    if queue:
        values |= _to_queue(ticket, queue)
    if to_agent:
        values |= _to_agent(ticket, to_agent, agent_id, values)
    if supervisor and not _has_supervisor(ticket, besides=agent_id):
        raise ValidationError(
            {
                "supervisor": [
                    _(
                        "Nobody else at this desk takes what is for supervisors. Pass it to a queue"
                        " or to an agent."
                    )
                ]
            }
        )
    with transaction.atomic():
        passed = _back_to_queue(
            ticket_id,
            agent_id,
            reason="transferred",
            values=values,
            baton=baton,
            client_id=client_id,
        )
        if supervisor:
            signals.supervisor_wanted.send(
                Ticket, ticket_id=ticket_id, by=ticket.agent.name if ticket.agent else "", note=note
            )
        return passed


def _to_queue(ticket: Ticket, slug: str) -> dict[str, Any]:
    """The columns of a ticket that changes its queue: it begins at the foot of the new ladder, and
    the next tick opens what its age asks for, with all that those steps do."""
    target = ticket.desk.queues.filter(slug=slug).first()
    if target is None:
        known = ", ".join(ticket.desk.queues.values_list("slug", flat=True))
        raise ValidationError({"queue": [_("Unknown queue. Known: %s.") % known]})
    if target.pk == ticket.queue_id:
        return {}
    return {"queue_id": target.pk, "step": 0}


def _to_agent(
    ticket: Ticket, to_agent: UUID, agent_id: UUID, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The columns of a ticket that is kept for a colleague, for as long as she might take it."""
    if to_agent == agent_id:
        raise ValidationError({"agent": [_("The conversation is already yours.")]})
    if not ticket.desk.agents.filter(pk=to_agent).exists():
        raise ValidationError({"agent": [_("No agent of this desk has this id.")]})
    queue_id, step = values.get("queue_id", ticket.queue_id), ticket.step
    if queue_id != ticket.queue_id:
        # Where it will stand in a moment, by its age.
        steps = catalogue.queues([queue_id])[queue_id].steps
        step = ladder.due(steps, queries.waited_s(ticket))
    kept_s = hold_s(queue_id, to_agent, language=ticket.language, step=step)
    return {"wanted_agent_id": to_agent, "hold_until": until(kept_s)}


def _has_supervisor(ticket: Ticket, besides: UUID) -> bool:
    return bool(ticket.desk.agents.filter(supervises=True).exclude(pk=besides).exists())


def _back_to_queue(
    ticket_id: UUID,
    agent_id: UUID,
    *,
    reason: str,
    values: Mapping[str, Any],
    baton: Mapping[str, str] | None,
    client_id: UUID | None,
) -> Ticket:
    with transaction.atomic():
        hers(ticket_id, agent_id)
        end_active(
            [ticket_id],
            states.WAITING,
            by=f"agent:{agent_id}",
            reason=reason,
            agents=[agent_id],
            values=values,
        )
        leave_baton(ticket_id, agent_id, baton or {})
        signed(ticket_id, agent_id, client_id)
        return told(ticket_id)


def send_back(ticket_id: UUID, *, by: str) -> Ticket:
    """A supervisor returns an active ticket to its queue. Raises Stale when it is not active."""
    with transaction.atomic():
        end_active([ticket_id], states.WAITING, by=by, reason="returned by a supervisor", values={})
        return told(ticket_id)
