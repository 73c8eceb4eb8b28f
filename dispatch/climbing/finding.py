"""Which tickets have a step to open: by their age, or because nobody online could serve the last one."""

from uuid import UUID

from django.conf import settings

from agents.presence import REACHABLE
from core import sql
from tickets import catalogue, profiles
from tickets.catalogue import QueueRow
from tickets.profiles import Profile

# Tickets that climb in one transaction, the longest waiting first; the next tick takes the others.
PER_RUN = 500

STEPS = """
    SELECT queue_id, after_s, skip_if_nobody,
        row_number() OVER (PARTITION BY queue_id ORDER BY after_s) AS step,
        count(*) OVER (PARTITION BY queue_id) AS steps
    FROM tickets_ladderstep
"""


def due() -> list[tuple[UUID, UUID, str, int, bool, float]]:
    """Tickets whose age has reached their next step: (id, queue, language, step, for a supervisor,
    seconds waited)."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT t.id, t.queue_id, t.language, t.step, t.for_supervisor,
                    extract(epoch FROM clock_timestamp() - t.waiting_since)::float8
                FROM ({STEPS}) s JOIN tickets_ticket t
                  ON t.queue_id = s.queue_id AND t.step = s.step - 1 AND t.state = 'waiting'
                  AND t.waiting_since <= (SELECT clock_timestamp()) - make_interval(secs => s.after_s)
                ORDER BY t.waiting_since, t.id LIMIT %s""",
            [PER_RUN],
        )
        return cursor.fetchall()


def stuck(online: "Online") -> list[tuple[UUID, UUID, str, int, bool, float]]:
    """As `due`, tickets at a step that is to be skipped and that nobody online could take."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT DISTINCT t.queue_id, t.language, t.step
                FROM ({STEPS}) s JOIN tickets_ticket t
                  ON t.queue_id = s.queue_id AND t.step = s.step AND t.state = 'waiting'
                WHERE s.skip_if_nobody AND s.step < s.steps AND NOT t.for_supervisor"""
        )
        kinds = cursor.fetchall()
        if not kinds:
            return []
        queues = catalogue.queues({kind[0] for kind in kinds})
        empty = [kind for kind in kinds if not online.anyone(queues[kind[0]], *kind[1:])]
        if not empty:
            return []
        cursor.execute(
            """SELECT t.id, t.queue_id, t.language, t.step, false,
                   extract(epoch FROM clock_timestamp() - t.waiting_since)::float8
               FROM unnest(%s::uuid[], %s::text[], %s::int[]) AS k(queue_id, language, step)
               JOIN tickets_ticket t ON t.queue_id = k.queue_id AND t.language = k.language
                 AND t.step = k.step AND t.state = 'waiting' AND NOT t.for_supervisor
               ORDER BY t.waiting_since, t.id LIMIT %s""",
            [*(list(column) for column in zip(*empty, strict=True)), PER_RUN],
        )
        return cursor.fetchall()


class Online:
    """Who is online, full or not. Read when it is first asked for."""

    def __init__(self) -> None:
        self._at: dict[tuple[UUID, str], list[Profile]] | None = None
        self._known: dict[tuple[UUID, str, int], bool] = {}

    def anyone(self, queue: QueueRow, language: str, step: int) -> bool:
        """Whether any of them may take a ticket of this queue and language at this step."""
        kind = (queue.id, language, step)
        if kind not in self._known:
            speaking = all(need.language_level for need in queue.needs(step, False))
            # Few speak a rare language: no need to look at everybody.
            there = self._profiles().get((queue.desk_id, language if speaking else ""), ())
            self._known[kind] = any(
                queue.open_to(profile, language, step, False) for profile in there
            )
        return self._known[kind]

    def _profiles(self) -> dict[tuple[UUID, str], list[Profile]]:
        """By desk and language; all of a desk under no language."""
        if self._at is None:
            self._at = {}
            with sql.cursor() as cursor:
                cursor.execute(
                    f"""SELECT p.agent_id, a.profile_version FROM agents_presence p
                        JOIN agents_agent a ON a.id = p.agent_id WHERE {REACHABLE}""",
                    {"ttl": settings.PRESENCE_TTL_S},
                )
                versions = dict(cursor.fetchall())
            for profile in profiles.of(versions).values():
                for desk_id in profile.desks:
                    for language in ("", *profile.languages):
                        self._at.setdefault((desk_id, language), []).append(profile)
        return self._at
