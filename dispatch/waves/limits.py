"""What a match must still be within when it is written: a queue's cap per agent, and its spacing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from core import sql
from dispatch.matching.types import Match
from dispatch.queries.caps import taken_of
from dispatch.waves.snapshot import Waiting


def within_limits(matches: Sequence[Match], waiting: Mapping[UUID, Waiting]) -> list[Match]:
    """The matches that caps and spacing allow, in their order.

    A claim that came after the snapshot may have used up a cap. So where there is one, the agents'
    presences are locked, and counted again by a statement that sees what was committed before. No
    ticket is waited for from then on (`make_offers` passes over locked ones), so nobody who holds
    one and waits for a presence can be waited for.
    """
    spaced: set[UUID] = set()
    caps = {
        queue.id: queue.agent_cap
        for queue in (waiting[match.ticket_id].queue for match in matches)
        if queue.agent_cap is not None
    }
    taken: Counter[tuple[UUID, UUID]] = Counter()
    if caps:
        agents = sorted({match.agent_id for match in matches})
        with sql.cursor() as cursor:
            cursor.execute(
                """SELECT 1 FROM agents_presence WHERE agent_id = ANY(%s)
                   ORDER BY agent_id FOR UPDATE""",
                [agents],
            )
        taken.update({(agent, queue): n for agent, queue, n in taken_of(caps, agents)})
    allowed = []
    for match in matches:
        queue, agent = waiting[match.ticket_id].queue, match.agent_id
        if queue.id in caps and taken[agent, queue.id] >= caps[queue.id]:
            continue
        if queue.spacing_s:
            # One at a time: the second would come right after the first.
            if agent in spaced:
                continue
            spaced.add(agent)
        taken[agent, queue.id] += 1
        allowed.append(match)
    return allowed
