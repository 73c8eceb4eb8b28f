"""Everything that is kept about an agent, as one file for her: JSON in a zip, made by the worker.

What customers said is theirs and stays out: of conversations she gets when and what about, and her
own words.
"""

import io
import json
import logging
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from agents.models import Agent
from core import clock, sql
from core.api import iso
from core.problems import Problem
from core.states import Stale
from dispatch.models import DataExport
from realtime.events import Json

logger = logging.getLogger(__name__)
TASK = "dispatch.exports"
KEPT = timedelta(days=3)
# So often a day at most: each reads all there is.
MOST_A_DAY = 3
# One run of the task makes so many at most.
AT_ONCE = 20

# {file: what is in it}. Each statement takes the agent's id as %(agent)s.
PARTS = {
    "profile": """SELECT a.id, a.name, a.photo, u.email, u.first_name, u.last_name, u.last_login,
            u.date_joined, a.supervises, a.created_at, p.capacity, p.auto_accept,
            (SELECT time_zone FROM pay_earner e WHERE e.agent_id = a.id) AS time_zone
        FROM agents_agent a JOIN agents_user u ON u.id = a.user_id
        LEFT JOIN agents_presence p ON p.agent_id = a.id WHERE a.id = %(agent)s""",
    "desks": """SELECT d.name FROM tickets_desk_agents m JOIN tickets_desk d ON d.id = m.desk_id
        WHERE m.agent_id = %(agent)s ORDER BY d.name""",
    "languages": """SELECT code, level FROM agents_agentlanguage WHERE agent_id = %(agent)s
        ORDER BY code""",
    "skills": """SELECT s.slug, s.name, k.level FROM agents_agentskill k
        JOIN agents_skill s ON s.id = k.skill_id WHERE k.agent_id = %(agent)s ORDER BY s.slug""",
    "presence_log": """SELECT at, was, now, reason FROM agents_presencelog WHERE of_id = %(agent)s
        ORDER BY at, id""",
    "offers": """SELECT id, ticket_id, state, made_at, delivered_at, decided_at, decline_reason,
            waited_s, slots, pay_multiplier, receipt
        FROM dispatch_offer WHERE agent_id = %(agent)s ORDER BY made_at, id""",
    "conversations": """SELECT a.ticket_id, d.name AS desk, q.name AS topic, t.language,
            a.started_at, a.ended_at, a.reason, t.disposition, a.said, a.promised, a.next_step
        FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
        JOIN tickets_queue q ON q.id = t.queue_id JOIN tickets_desk d ON d.id = t.desk_id
        WHERE a.agent_id = %(agent)s ORDER BY a.started_at, a.id""",
    "own_messages": """SELECT m.ticket_id, m.seq, m.at, m.text
        FROM (SELECT DISTINCT ticket_id FROM tickets_assignment WHERE agent_id = %(agent)s) a
        JOIN tickets_message m ON m.ticket_id = a.ticket_id AND m.sender = 'agent'
            AND m.agent_id = %(agent)s ORDER BY m.at, m.ticket_id, m.seq""",
    "own_notes": """SELECT n.ticket_id, n.at, n.text
        FROM (SELECT DISTINCT ticket_id FROM tickets_assignment WHERE agent_id = %(agent)s) a
        JOIN tickets_note n ON n.ticket_id = a.ticket_id AND n.agent_id = %(agent)s
        ORDER BY n.at, n.id""",
    "own_replies": """SELECT shortcut, title, language, text FROM tickets_cannedreply
        WHERE agent_id = %(agent)s ORDER BY shortcut""",
    # By the day alone: with the minute one could tell whose it is.
    "ratings": """SELECT r.at::date AS day, r.score, r.comment
        FROM (SELECT DISTINCT ticket_id FROM tickets_assignment WHERE agent_id = %(agent)s) a
        JOIN tickets_ticket t ON t.id = a.ticket_id AND t.agent_id = %(agent)s
        JOIN tickets_rating r ON r.ticket_id = t.id ORDER BY r.at""",
    "ledger": """SELECT x.id, x.kind, x.currency, e.amount AS minor_units, x.at, x.ticket_id, x.reason,
            (SELECT json_agg(json_build_object('label', l.label, 'quantity', l.quantity,
                    'rate', l.rate, 'minor_units', l.amount) ORDER BY l.id)
             FROM pay_line l WHERE l.transaction_id = x.id) AS lines
        FROM pay_account c JOIN pay_entry e ON e.account_id = c.id
        JOIN pay_transaction x ON x.id = e.transaction_id
        WHERE c.agent_id = %(agent)s ORDER BY e.at, e.id""",
    "payouts": """SELECT p.id, p.currency, p.amount AS minor_units, p.state, p.weekly, p.note,
            p.requested_at, p.settled_at, d.kind AS destination, d.tail AS last4
        FROM pay_payout p JOIN pay_destination d ON d.id = p.destination_id
        WHERE p.agent_id = %(agent)s ORDER BY p.requested_at, p.id""",
    # The account's number stays sealed: it is hers already, and a file travels.
    "destinations": """SELECT kind, holder, bic, tail AS last4, created_at, replaced_at
        FROM pay_destination WHERE agent_id = %(agent)s ORDER BY created_at""",
    "shifts": """SELECT weekday, date, begins, ends FROM dispatch_shift WHERE agent_id = %(agent)s
        ORDER BY date, weekday""",
    "call_ins": """SELECT ticket_id, at, answered_at FROM dispatch_callin WHERE agent_id = %(agent)s
        ORDER BY at""",
    "log_ins": """SELECT user_agent, ip, created_at, last_seen_at FROM usersessions_usersession
        WHERE user_id = (SELECT user_id FROM agents_agent WHERE id = %(agent)s) ORDER BY created_at""",
    "tokens": """SELECT created_at, expires_at, last_used_at FROM agents_agenttoken
        WHERE user_id = (SELECT user_id FROM agents_agent WHERE id = %(agent)s) ORDER BY created_at""",
    "phones_that_ring": """SELECT device, created_at, confirmed_at FROM agents_pushsubscription
        WHERE agent_id = %(agent)s ORDER BY created_at""",
    "application": """SELECT name, email, country, time_zone, hours, times, state, note
        FROM onboarding_application
        WHERE user_id = (SELECT user_id FROM agents_agent WHERE id = %(agent)s)""",
    "suspensions": """SELECT s.at, s.until, s.category, s.reasons, s.state, p.text AS appeal, p.answer
        FROM fairness_suspension s LEFT JOIN fairness_appeal p ON p.suspension_id = s.id
        WHERE s.agent_id = %(agent)s ORDER BY s.at""",
    "work_records": """SELECT id, issued_at, revoked_at, token FROM dispatch_workrecord
        WHERE agent_id = %(agent)s ORDER BY issued_at""",
}


def of_agent(agent_id: UUID) -> list[Json]:
    """Her exports that have not run out, the latest first."""
    hers = DataExport.objects.filter(agent_id=agent_id).defer("content")
    now = clock.now()
    rows = hers.order_by("-asked_at")
    return [view(row) for row in rows if row.expires_at is None or row.expires_at > now]


def view(row: DataExport) -> Json:
    """An export as its agent gets it."""
    return {
        "id": str(row.pk),
        "client_id": str(row.client_id),
        "asked_at": iso(row.asked_at),
        "ready_at": iso(row.ready_at),
        "expires_at": iso(row.expires_at),
    }


def ask(agent_id: UUID, client_id: UUID) -> tuple[Json, bool]:
    """The worker puts it together: (export, whether it is new). A repeat, or a second wish while one
    waits, returns the first. Raises Problem 409 for more than a few a day."""
    with transaction.atomic():
        Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
        hers = DataExport.objects.filter(agent_id=agent_id).defer("content")
        first = hers.filter(client_id=client_id).first() or hers.filter(ready_at=None).first()
        if first:
            return view(first), False
        if hers.filter(asked_at__gt=clock.now() - timedelta(days=1)).count() >= MOST_A_DAY:
            raise Problem(
                409, "too-many", _("That is enough for a day. Take the one that is there.")
            )
        row = DataExport.objects.create(agent_id=agent_id, client_id=client_id)
        row.refresh_from_db(fields=["asked_at"])
        transaction.on_commit(_hint)
        return view(row), True


def _hint() -> None:
    try:
        current_app.send_task(TASK, retry=False)
    except OperationalError as exc:
        logger.warning("no hint to the worker (%s): it looks every minute", exc)


def content(agent_id: UUID, export_id: UUID) -> bytes:
    """The file. Raises Http404 for a foreign one and one that has run out, Stale while it is made."""
    row = DataExport.objects.filter(agent_id=agent_id, pk=export_id).first()
    if row is None or (row.expires_at and row.expires_at <= clock.now()):
        raise Http404
    if row.content is None:
        raise Stale("waiting", _("It is being put together. Look again in a minute."))
    return bytes(row.content)


def make_waiting() -> int:
    """Put together what was asked for; returns how many. Each once, and none holds up the others."""
    waiting = DataExport.objects.filter(ready_at=None).order_by("asked_at")
    return sum(_make(id) for id in waiting.values_list("id", flat=True)[:AT_ONCE])


def _make(id: UUID) -> bool:
    try:
        with transaction.atomic():
            row = (
                DataExport.objects.select_for_update(skip_locked=True)
                .filter(pk=id, ready_at=None)
                .first()
            )
            if row is None:
                return False
            now = clock.now()
            row.content, row.ready_at, row.expires_at = build(row.agent_id), now, now + KEPT
            row.save(update_fields=["content", "ready_at", "expires_at"])
            return True
    except Exception:
        logger.exception("export %s could not be made; it is tried again", id)
        return False


def build(agent_id: UUID) -> bytes:
    """The zip: one JSON file for each kind of thing, and one that says what each is."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        counts = {}
        for name, statement in PARTS.items():
            rows = _rows(statement, agent_id)
            counts[name] = len(rows)
            archive.writestr(f"{name}.json", json.dumps(rows, default=_plain, indent=1))
        about = {"format": 1, "made_at": iso(clock.now()), "rows": counts}
        archive.writestr("about.json", json.dumps(about, indent=1))
    return file.getvalue()


def _rows(statement: str, agent_id: UUID) -> list[dict[str, Any]]:
    with sql.cursor() as cursor:
        cursor.execute(statement, {"agent": agent_id})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> str:
    """Times, ids and exact numbers as text."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
