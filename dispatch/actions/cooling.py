"""Who is not to be asked again for a ticket for a while."""

from collections.abc import Iterable
from uuid import UUID

from core import sql


def cool(pairs: Iterable[tuple[UUID, UUID]], for_s: float) -> None:
    """Do not offer these (ticket, agent) pairs again for so many seconds; a longer pause stays.

    COOL_DOWN_S for who has declined, missed or given the ticket away, UNDELIVERED_COOL_DOWN_S for
    whose phone was not reached.
    """
    rows = sorted(set(pairs))
    with sql.cursor() as cursor:
        cursor.execute(
            """INSERT INTO dispatch_cooldown (ticket_id, agent_id, until)
               SELECT t, a, clock_timestamp() + make_interval(secs => %s)
               FROM unnest(%s::uuid[], %s::uuid[]) AS pair(t, a)
               ON CONFLICT (ticket_id, agent_id) DO UPDATE
                   SET until = greatest(dispatch_cooldown.until, excluded.until)""",
            [for_s, [row[0] for row in rows], [row[1] for row in rows]],
        )
