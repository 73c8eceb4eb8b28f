"""Recounting every promise that can be recounted."""

from core import sql


def audit() -> list[str]:
    """Recount every promise that can be recounted; sentences about those that are broken (none, ever)."""
    checks = {
        "agent %s has load %s (%s beyond her capacity), but her conversations and offers take %s": """
            SELECT p.agent_id, p.load, p.excess, n.n FROM agents_presence p CROSS JOIN LATERAL (
                SELECT (SELECT coalesce(sum(a.held), 0) FROM tickets_assignment a
                        WHERE a.agent_id = p.agent_id AND a.held > 0)
                     + (SELECT coalesce(sum(o.slots), 0) FROM dispatch_offer o
                        WHERE o.agent_id = p.agent_id AND o.state = 'pending') AS n
            ) n WHERE n.n <> p.load OR p.excess <> greatest(0, p.load - p.capacity)""",
        "ticket %s is %s with %s open assignments": """
            SELECT t.id, t.state, count(a.id) FROM tickets_ticket t
            LEFT JOIN tickets_assignment a ON a.ticket_id = t.id AND a.ended_at IS NULL
              AND a.agent_id IS NOT DISTINCT FROM t.agent_id
            GROUP BY t.id HAVING count(a.id) <> (t.state = 'active')::int""",
        "ticket %s rests since %s, owes since %s, is %s, and holds %s slots": """
            SELECT t.id, t.idle_since, t.owed_since, t.state, a.held FROM tickets_ticket t
            LEFT JOIN tickets_assignment a ON a.ticket_id = t.id AND a.ended_at IS NULL
            WHERE CASE WHEN t.idle_since IS NULL THEN a.held = 0
                ELSE t.state <> 'active' OR t.owed_since IS NOT NULL OR a.held > 0 END""",
        "ticket %s has last seq %s but messages up to %s, %s of them": """
            SELECT t.id, t.last_seq, max(m.seq), count(m.id) FROM tickets_ticket t
            LEFT JOIN tickets_message m ON m.ticket_id = t.id GROUP BY t.id
            HAVING coalesce(max(m.seq), 0) <> t.last_seq OR count(m.id) <> t.last_seq""",
        "offer %s is pending for ticket %s, which is %s": """
            SELECT o.id, t.id, t.state FROM dispatch_offer o JOIN tickets_ticket t ON t.id = o.ticket_id
            WHERE o.state = 'pending' AND t.state <> 'waiting'""",
        "offer %s is %s, but its log ends with %s": """
            SELECT o.id, o.state, l.now FROM dispatch_offer o JOIN LATERAL (
                SELECT now FROM dispatch_offerlog WHERE of_id = o.id ORDER BY id DESC LIMIT 1) l ON true
            WHERE l.now <> o.state""",
        "ticket %s is %s, but its log ends with %s": """
            SELECT t.id, t.state, l.now FROM tickets_ticket t JOIN LATERAL (
                SELECT now FROM tickets_ticketlog WHERE of_id = t.id ORDER BY id DESC LIMIT 1) l ON true
            WHERE l.now <> t.state""",
    }
    broken = []
    with sql.cursor() as cursor:
        for sentence, check in checks.items():
            cursor.execute(check)
            broken += [sentence % row for row in cursor.fetchall()]
    return broken
