"""Lines: a socket opens, says that it lives, breaks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents import signals, states
from agents.models import Presence
from agents.presence.absence import come_back
from core import clock, sql
from realtime import groups
from realtime.publish import ask_for_heartbeat

# How far a socket process's idea of the database's clock may be off.
CLOCK_ERROR_S = 0.05

# What we say reaches her, as SQL over agents_presence `p`: by a line that holds, or by a push to a
# phone that has confirmed one. A phone that sleeps says nothing for long, and still rings.
HEARS = f"""
    (p.disconnected_at IS NULL OR p.pushes) AND p.last_seen_at > clock_timestamp()
        - make_interval(secs => CASE WHEN p.pushes THEN {settings.PUSH_REACH_S} ELSE %(ttl)s END)
"""
# Until she is heard again, nobody asks her whose phone did not draw what she was offered.
ANSWERS = "(p.unreached_at IS NULL OR p.last_seen_at > p.unreached_at)"
# Who can be offered something now.
REACHABLE = f"p.state = 'online' AND {HEARS} AND {ANSWERS}"


def connect(agent_id: UUID) -> int:
    """A socket has opened: the agent is here. Returns the connection's epoch."""
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET epoch = epoch + 1, disconnected_at = NULL,
                   last_seen_at = clock_timestamp()
               WHERE agent_id = %s RETURNING epoch, was, state""",
            [agent_id],
        )
        epoch, was, state = cursor.fetchone()
        if was:
            come_back([agent_id])
        elif state == states.ONLINE:
            signals.agent_available.send(Presence)
    return int(epoch)


def disconnect(agent_id: UUID, epoch: int) -> None:
    """A socket has closed. Only the newest one counts; others are asked to speak up."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET disconnected_at = clock_timestamp()
               WHERE agent_id = %s AND epoch = %s AND disconnected_at IS NULL""",
            [agent_id, epoch],
        )
        if cursor.rowcount:
            ask_for_heartbeat(groups.agent(agent_id))


def touch(agent_ids: Sequence[UUID], at: Sequence[datetime] | None = None) -> None:
    """Heartbeats: these agents are here. A lost one comes back to what she was.

    `at` says when each was heard (now, if left out): what was heard before a line broke, and is
    written down after it, does not heal that line.
    """
    if not agent_ids:
        return
    with transaction.atomic(), sql.cursor() as cursor:
        # A heartbeat lost in a crash is repeated 20 s later: no need to wait for the disk.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            """WITH heard AS (
                   SELECT * FROM unnest(%s::uuid[], %s::timestamptz[]) AS h(agent_id, at)
               ), seen AS (
                   SELECT p.agent_id, heard.at FROM agents_presence p
                   JOIN heard ON heard.agent_id = p.agent_id ORDER BY p.agent_id FOR UPDATE OF p
               )
               UPDATE agents_presence p SET last_seen_at = clock_timestamp(),
                   disconnected_at = CASE WHEN disconnected_at > seen.at + make_interval(secs => %s)
                       THEN disconnected_at END
               FROM seen WHERE p.agent_id = seen.agent_id RETURNING p.agent_id, p.was""",
            [list(agent_ids), list(at or [clock.now()] * len(agent_ids)), CLOCK_ERROR_S],
        )
        back = [agent_id for agent_id, was in cursor.fetchall() if was]
        if back:
            come_back(back)


def seen(agent_id: UUID) -> None:
    """An HTTP call is a sign of life too: who has no socket can be reached by her next poll.

    Written every 10 s at most. It heals a broken line and brings back who was lost, as a ping does.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT 1 FROM agents_presence WHERE agent_id = %s AND (state <> 'offline' OR was <> '')
               AND (last_seen_at IS NULL OR last_seen_at < clock_timestamp() - interval '10 s')""",
            [agent_id],
        )
        stale = cursor.fetchone()
    if stale:
        touch([agent_id])


def reached(agent_id: UUID) -> None:
    """Her phone has confirmed a push: she can be reached, though no line is open."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET last_seen_at = clock_timestamp()
               WHERE agent_id = %s AND state <> 'offline'""",
            [agent_id],
        )


def broken_lines() -> list[UUID]:
    """Agents whose socket has been closed for longer than the reconnect grace, and whom no push reaches."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT agent_id FROM agents_presence p WHERE state <> 'offline'
               AND disconnected_at < clock_timestamp() - make_interval(secs => %s)
               AND NOT (p.pushes AND {ANSWERS})""",
            [settings.RECONNECT_GRACE_S],
        )
        return [row[0] for row in cursor.fetchall()]
