"""Why this agent, and for one who asks: why not her. From the record, in plain words.

Nothing is kept for it: presences, offers, assignments and the ladder's steps are written down
anyway, and from them the house can be seen again as a wave saw it when it decided.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from agents.models import LEVELS, Skill
from core import clock, sql
from core.api import iso
from core.languages import language_name
from dispatch.matching import score
from dispatch.matching.types import Agent, Supply, Ticket
from dispatch.queries.moment import Seen, agents_at
from dispatch.queries.versions import of_version
from dispatch.receipts import reasons
from dispatch.waves.asked import asked
from realtime.events import Json
from tickets import catalogue, profiles
from tickets.catalogue import QueueRow
from tickets.ladder import SUPERVISOR

# How far back an agent may ask, and how many decisions she is shown at once.
DAYS = 7
LATELY = 20
# A term in which somebody else was better by less than this decided nothing.
WORTH_NAMING = 0.02

YOU, OTHER, OPEN = "you", "other", "waiting"


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as of its last decision: `winner` was chosen at `at`, by an offer with a `receipt` or
    by a claim; without a winner it still waits, and `at` is now."""

    ticket: Ticket
    queue: QueueRow
    at: datetime
    winner: UUID | None
    claimed: bool
    receipt: Mapping[str, Any]


def decisions(agent_id: UUID) -> list[Json]:
    """The last conversations at her desks, in her languages, that went to somebody, and why."""
    profile = profiles.get([agent_id])[agent_id]
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.ticket_id FROM tickets_assignment a
               JOIN tickets_ticket t ON t.id = a.ticket_id
               WHERE a.started_at > clock_timestamp() - interval '1 day'
                 AND t.opened_at > clock_timestamp() - make_interval(days => %s)
                 AND t.desk_id = ANY(%s) AND t.language = ANY(%s)
               ORDER BY a.started_at DESC LIMIT %s""",
            [DAYS, list(profile.desks), list(profile.languages), LATELY],
        )
        ids = list(dict.fromkeys(row[0] for row in cursor.fetchall()))
    return [why(agent_id, ticket_id) for ticket_id in ids]


def why(agent_id: UUID, ticket_id: UUID) -> Json:
    """Why this agent got the ticket, or did not, as of its last decision.

    Raises Http404 for a ticket of a desk that is not hers, that was opened more than DAYS ago, or that
    its customer gave up before anybody had it.
    """
    case = _case(ticket_id)
    hers = profiles.get([agent_id])[agent_id]
    if case is None or case.queue.desk_id not in hers.desks:
        raise Http404
    outcome, sentences = _answer(case, agent_id)
    return {
        "ticket": str(ticket_id),
        "topic_name": case.queue.name,
        "language": case.ticket.language,
        "at": iso(case.at),
        "outcome": outcome,
        "sentences": sentences,
    }


def _case(ticket_id: UUID) -> Case | None:
    with sql.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.queue_id, t.language, t.for_supervisor, t.previous_agent_id,
                t.wanted_agent_id, t.waiting_since, a.agent_id, o.id IS NULL,
                coalesce(o.made_at, a.started_at), o.receipt::text
            FROM tickets_ticket t
            LEFT JOIN LATERAL (SELECT agent_id, started_at FROM tickets_assignment
                WHERE ticket_id = t.id ORDER BY id DESC LIMIT 1) a ON t.state <> 'waiting'
            LEFT JOIN LATERAL (SELECT id, made_at, receipt FROM dispatch_offer
                WHERE ticket_id = t.id AND agent_id = a.agent_id AND state = 'accepted'
                ORDER BY made_at DESC LIMIT 1) o ON true
            WHERE t.id = %s AND t.opened_at > clock_timestamp() - make_interval(days => %s)
              AND t.waiting_since IS NOT NULL AND (t.state = 'waiting' OR a.agent_id IS NOT NULL)
            """,
            [ticket_id, DAYS],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        queue_id, language, for_supervisor, previous, wanted, since, winner, claimed, at, kept = row
        at = at or clock.now()
        cursor.execute(
            """SELECT (SELECT coalesce(max(step), 0) FROM dispatch_climb
                       WHERE ticket_id = %(ticket)s AND at <= %(at)s),
                      (SELECT count(*) FROM dispatch_offer WHERE ticket_id = %(ticket)s
                       AND state IN ('declined', 'expired') AND decided_at <= %(at)s)""",
            {"ticket": ticket_id, "at": at},
        )
        step, misses = cursor.fetchone()
    receipt = json.loads(kept) if kept else {}
    terms = receipt.get("terms", {})
    queue = catalogue.queues([queue_id])[queue_id]
    ticket = asked(
        queue,
        language,
        step,
        for_supervisor,
        id=ticket_id,
        waited_s=max(0.0, (at - since).total_seconds()),
        misses=misses,
        # Once somebody has it, these wishes are gone from the ticket; her receipt remembers them.
        previous_agent=winner if terms.get("previous_agent") else previous,
        wanted_agent=winner if terms.get("wanted_agent") else wanted,
    )
    return Case(ticket, queue, at, winner, winner is not None and claimed, receipt)


def _answer(case: Case, agent_id: UUID) -> tuple[str, list[str]]:
    if case.winner == agent_id:
        if case.claimed:
            return YOU, [_("You took it from the board.")]
        return YOU, reasons(dict(case.receipt))
    outcome = OPEN if case.winner is None else OTHER
    seen = agents_at(case.at, [agent_id]).get(agent_id)
    hindered = (_unfit(case, seen.agent) if seen else None) or _hindered(case, agent_id, seen)
    if hindered:
        return outcome, [hindered]
    if case.claimed:
        return outcome, [_("Somebody took it from the board before it was offered.")]
    if case.winner is None:
        return outcome, [_("It still waits: it may be offered to you any moment.")]
    assert seen is not None, "who was not there is hindered"
    return outcome, _outdone(case, seen.agent)


def _unfit(case: Case, agent: Agent) -> str | None:
    """What she would have to have for it, in words; None if she has it."""
    if score.meets(agent, score.own(case.ticket)) or any(
        score.meets(agent, ask) for ask in case.ticket.others
    ):
        return None
    ticket = case.ticket
    if any(SUPERVISOR in ask.skills for ask in ticket.others) and not ticket.skills.keys() - {-1}:
        return _("It was passed on to a supervisor.")
    levels = dict(LEVELS)
    spoken = agent.languages.get(ticket.language)
    if spoken is None:
        return _("It is in %s, which you do not work in.") % language_name(ticket.language)
    if spoken < ticket.level:
        return _("It needs %(language)s at “%(needed)s”; yours is “%(yours)s”.") % {
            "language": language_name(ticket.language),
            "needed": levels[ticket.level],
            "yours": levels[spoken],
        }
    names = dict(Skill.objects.filter(pk__in=ticket.skills).values_list("pk", "name"))
    for skill, level in ticket.skills.items():
        held = agent.skills.get(skill)
        if held is None:
            return _("It needs “%s”, which you have not got yet.") % names.get(skill, skill)
        if held < level:
            return _("It needs “%(skill)s” at “%(needed)s”; yours is “%(yours)s”.") % {
                "skill": names.get(skill, skill),
                "needed": levels[level],
                "yours": levels[held],
            }
    return None


def _hindered(case: Case, agent_id: UUID, seen: Seen | None) -> str | None:
    """What stood in her way at that moment, the plainest first; None if nothing did."""
    if seen is None or seen.presence == "offline":
        return _("You were offline then.")
    if seen.presence != "online":
        return {
            "paused": _("You had paused then."),
            "finishing": _("You were finishing your conversations then."),
        }[seen.presence]
    if said := _own_word(case, agent_id):
        return said
    agent, slots = seen.agent, case.ticket.slots
    if agent.load + slots > agent.capacity:
        return _("You were full then: %(load)d of %(capacity)d slots taken.") % {
            "load": agent.load,
            "capacity": agent.capacity,
        }
    queue = case.queue
    if queue.spacing_s and seen.since_offer_s is not None and seen.since_offer_s < queue.spacing_s:
        return _("You had got another offer less than %d s before.") % queue.spacing_s
    if queue.agent_cap is not None and _had(case, agent_id) >= queue.agent_cap:
        return _("You had %d conversations of this kind, which is the most at a time.") % (
            queue.agent_cap
        )
    return None


def _own_word(case: Case, agent_id: UUID) -> str | None:
    """What she said to an offer of it before, if that is still remembered at that moment."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT state FROM dispatch_offer
               WHERE ticket_id = %s AND agent_id = %s AND made_at <= %s
                 AND (decided_at IS NULL OR decided_at > %s - make_interval(secs => %s))
               ORDER BY made_at DESC LIMIT 1""",
            [case.ticket.id, agent_id, case.at, case.at, settings.COOL_DOWN_S],
        )
        row = cursor.fetchone()
    return {
        "pending": _("It is being offered to you."),
        "declined": _("It was offered to you, and you declined it."),
        "expired": _("It was offered to you, and the time to answer ran out."),
        "rescinded": _("It was offered to you, and withdrawn before you answered: no blame."),
    }.get(row[0] if row else "")


def _had(case: Case, agent_id: UUID) -> int:
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
               WHERE a.agent_id = %s AND t.queue_id = %s AND a.started_at < %s
                 AND (a.ended_at IS NULL OR a.ended_at >= %s)""",
            [agent_id, case.queue.id, case.at, case.at],
        )
        return int(cursor.fetchone()[0])


def _outdone(case: Case, agent: Agent) -> list[str]:
    """In what the one who got it was the better match, the weightiest first."""
    house = [seen.agent for seen in agents_at(case.at).values()]
    weights = of_version(int(case.receipt.get("weights", 0)))
    found = score.score(case.ticket, agent, weights, Supply.of(house))
    words = {
        "wanted_agent": _("The customer was passed on to somebody by name."),
        "previous_agent": _("Somebody had talked with this customer before."),
        "language": _("Somebody speaks the customer's language better."),
        "skill": _("Somebody knows this topic better."),
        "load": _("Somebody had fewer conversations at the time."),
        "idle": _("Somebody had waited longer for a conversation."),
        "share": _("Somebody had got fewer offers lately."),
        "newcomer": _("Somebody new got a start."),
        "scarcity": _("You were kept free for what only few can do."),
        "fallback": _("Somebody fits this kind of request more closely."),
    }
    theirs = case.receipt.get("terms", {})
    mine = found.terms if found else {}
    gaps = {name: theirs.get(name, 0.0) - mine.get(name, 0.0) for name in words}
    named = [
        words[name]
        for name, gap in sorted(gaps.items(), key=lambda item: -item[1])
        if gap > WORTH_NAMING
    ]
    return named[:3] or [_("Somebody else was as good a match, and free for longer.")]
