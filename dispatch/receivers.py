"""The one place where news from the rooms below arrives."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.dispatch import receiver

from agents import states as agents
from agents.onboarding.actions import supervised
from agents.signals import agent_available, agent_gone, agent_overloaded, agent_unloaded
from dispatch import actions, alerts, call_ins
from dispatch.tasks import wake
from tickets import actions as tickets
from tickets.signals import (
    Left,
    conversations_left,
    queue_changed,
    supervisor_wanted,
    ticket_withdrawn,
)


@receiver(queue_changed)
def on_queue_changed(
    sender: Any,
    ticket_id: UUID | None = None,
    left_agent: UUID | None = None,
    reason: str = "",
    **_: Any,
) -> None:
    """A ticket waits (again): match. Who just gave it away does not get it back at once; who was
    silent does not for longer."""
    if ticket_id and left_agent:
        silent = reason == "silent"
        pause_s = settings.SILENT_COOL_DOWN_S if silent else settings.COOL_DOWN_S
        actions.cool([(ticket_id, left_agent)], pause_s)
    wake()


@receiver(agent_available)
def on_agent_available(sender: Any, came: Sequence[UUID] = (), **_: Any) -> None:
    """Somebody can take more: match. Who comes online has answered what she was called in for."""
    if came:
        call_ins.answered(came)
    wake()


@receiver(agent_gone)
def on_agent_gone(
    sender: Any, agent_ids: Sequence[UUID], lost: bool, to: str = "", **_: Any
) -> None:
    """Live offers of who is gone go to others. Who leaves on purpose hands her conversations back;
    who was lost keeps them through the grace time."""
    actions.rescind(reason="line lost" if lost else "agent left", agent_ids=agent_ids)
    if not lost and to == agents.OFFLINE:
        tickets.return_of_leaving(agent_ids)
        tickets.end_wrap_ups_of(agent_ids)


@receiver(agent_unloaded)
def on_agent_unloaded(sender: Any, agent_ids: Sequence[UUID], **_: Any) -> None:
    """Who was finishing and carries nothing any more is done, unless a conversation of hers is idle."""
    tickets.finish_unloaded(agent_ids)


@receiver(agent_overloaded)
def on_agent_overloaded(sender: Any, agent_id: UUID, slots: int, **_: Any) -> None:
    """A customer of hers is back, and she was full: what she has not answered goes to others."""
    actions.make_room(agent_id, slots)


@receiver(ticket_withdrawn)
def on_ticket_withdrawn(sender: Any, ticket_ids: Sequence[UUID], **_: Any) -> None:
    """The customer is gone: her live offer is void."""
    actions.rescind(reason="customer left", ticket_ids=ticket_ids)


@receiver(supervisor_wanted)
def on_supervisor_wanted(sender: Any, ticket_id: UUID, by: str, note: str, **_: Any) -> None:
    """An agent passed a conversation on to a supervisor: those in the admin see it too."""
    alerts.passed_on(ticket_id, by=by, note=note)


@receiver(conversations_left)
def on_conversations_left(sender: Any, left: Sequence[Left], **_: Any) -> None:
    """Who is on probation has had a conversation: a reviewer will look at it."""
    supervised.record([(row.ticket_id, row.agent_id, row.ended_at) for row in left if row.is_over])
