"""An agent's whole state, and whether the engine runs."""

from uuid import UUID

from agents.fairness.queries import in_force
from agents.models import Presence
from agents.states import OFFLINE, ONLINE
from core import clock, sql
from core.api import iso
from dispatch.queries.call_ins import open_call_ins
from dispatch.queries.offers import for_agent, pending_of
from pay.queries import earnings
from realtime.events import Json
from tickets import queries as tickets
from tickets import wrap_ups


def me(agent_id: UUID) -> Json:
    """An agent's whole state: what a client fetches after each `ready`."""
    presence = Presence.objects.select_related("agent").get(pk=agent_id)
    return {
        "id": str(agent_id),
        "name": presence.agent.name,
        "presence": presence.state,
        "reason": presence.reason,
        "capacity": presence.capacity,
        "load": presence.load,
        "auto_accept": presence.auto_accept,
        # Who is suspended is offline: nobody else is worth a look.
        "suspended": presence.state == OFFLINE and in_force(agent_id) is not None,
        "missed": presence.missed,
        "offers": [for_agent(offer) for offer in pending_of(agent_id)],
        "tickets": [tickets.for_agent(ticket) for ticket in tickets.active_of(agent_id)],
        "wrapping": wrap_ups.of_agent(agent_id),
        "call_ins": open_call_ins(agent_id) if presence.state != ONLINE else [],
        "today": {**tickets.today(agent_id), "earned": earnings.today(agent_id)},
        "server_time": iso(clock.now()),
    }


def ticked_lately(within_s: float) -> bool:
    """Whether a tick has ended less than `within_s` ago."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT 1 FROM dispatch_canary
               WHERE name = 'tick' AND at > clock_timestamp() - make_interval(secs => %s)""",
            [within_s],
        )
        return cursor.fetchone() is not None
