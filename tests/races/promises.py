"""What must be true in any database, however it came about: sentences about what is not."""

from django.db import connection

from agents.states import PRESENCE
from dispatch import queries
from dispatch.states import OFFER
from tickets.states import TICKET

MACHINES = (
    (TICKET, "tickets_ticketlog", "tickets_ticket", "id"),
    (OFFER, "dispatch_offerlog", "dispatch_offer", "id"),
    (PRESENCE, "agents_presencelog", "agents_presence", "agent_id"),
)

RECOUNTS = {
    "agent %s carries %s of %s": """
        SELECT agent_id, load, capacity FROM agents_presence
        WHERE load < 0 OR load > capacity + excess""",
    "agent %s has %s of queue %s, whose cap is %s": """
        SELECT n.agent_id, count(*), q.slug, q.agent_cap FROM (
            SELECT agent_id, queue_id FROM tickets_ticket WHERE state = 'active'
            UNION ALL
            SELECT o.agent_id, t.queue_id FROM dispatch_offer o
            JOIN tickets_ticket t ON t.id = o.ticket_id WHERE o.state = 'pending'
        ) n JOIN tickets_queue q ON q.id = n.queue_id
        GROUP BY n.agent_id, q.slug, q.agent_cap HAVING count(*) > q.agent_cap""",
    "ticket %s has %s pending offers": """
        SELECT ticket_id, count(*) FROM dispatch_offer WHERE state = 'pending'
        GROUP BY ticket_id HAVING count(*) > 1 AND NOT bool_and(broadcast)""",
    "ticket %s has %s agents at once": """
        SELECT ticket_id, count(*) FROM tickets_assignment WHERE ended_at IS NULL
        GROUP BY ticket_id HAVING count(*) > 1""",
    "ticket %s was accepted %s times and claimed %s times, but assigned %s times": """
        SELECT l.of_id, count(*) FILTER (WHERE l.reason = 'accepted'),
            count(*) FILTER (WHERE l.reason = 'claimed'),
            (SELECT count(*) FROM tickets_assignment a WHERE a.ticket_id = l.of_id)
        FROM tickets_ticketlog l WHERE l.now = 'active' GROUP BY l.of_id
        HAVING count(*) <> (SELECT count(*) FROM tickets_assignment a WHERE a.ticket_id = l.of_id)
            OR count(*) FILTER (WHERE l.reason = 'accepted') <> (
                SELECT count(*) FROM dispatch_offer o
                WHERE o.ticket_id = l.of_id AND o.state = 'accepted')""",
    "offer %s was accepted %s after its deadline": """
        SELECT id, decided_at - expires_at FROM dispatch_offer
        WHERE state = 'accepted' AND decided_at > expires_at + interval '100 ms'""",
    "message %s of ticket %s has the client id of another": """
        SELECT min(seq), ticket_id FROM tickets_message GROUP BY ticket_id, sender, client_id
        HAVING count(*) > 1""",
    "messages of ticket %s are not one after the other in time": """
        SELECT DISTINCT ticket_id FROM (
            SELECT ticket_id, at, lag(at) OVER (PARTITION BY ticket_id ORDER BY seq) AS before
            FROM tickets_message) m WHERE at < before""",
}


def broken_promises() -> list[str]:
    """Every sentence of the audit, of the recounts and of the logs. Empty when all is well."""
    broken = queries.audit()
    with connection.cursor() as cursor:
        for sentence, sql in RECOUNTS.items():
            cursor.execute(sql)
            broken += [sentence % row for row in cursor.fetchall()]
    return broken + broken_logs()


def broken_logs() -> list[str]:
    """Logs that jump, take an illegal turn, or end elsewhere than their row is."""
    broken = []
    with connection.cursor() as cursor:
        for machine, log, table, key in MACHINES:
            cursor.execute(
                f"""SELECT l.of_id, l.was, l.now,
                        lag(l.now) OVER (PARTITION BY l.of_id ORDER BY l.id),
                        lead(l.now) OVER (PARTITION BY l.of_id ORDER BY l.id), t.state
                    FROM {log} l JOIN {table} t ON t.{key} = l.of_id ORDER BY l.id"""
            )
            for of, was, now, before, after, state in cursor.fetchall():
                # A presence is born offline, without an entry.
                first = was in ("", *machine.initial) if before is None else was == before
                if not first:
                    broken.append(f"{machine.name} {of} was {before}, but moved from {was}")
                if was and now not in machine.transitions[was]:
                    broken.append(f"{machine.name} {of} moved from {was} to {now}: not legal")
                if after is None and now != state:
                    broken.append(f"{machine.name} {of} is {state}, but its log ends with {now}")
    return broken
