"""The baton: what whoever takes a conversation over is told, so that nobody starts over.

An agent writes it down at any time (`tickets.actions.draft_baton`). What she has not written is
composed from the conversation, by rules and without chance, as it stood when the next agent got it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core import sql
from core.api import iso
from realtime.events import Json
from tickets import states
from tickets.models import Assignment, Ticket

FIELDS = ("said", "promised", "next_step")
# A quoted message is cut to so many characters.
QUOTE = 240
# So many of the last messages are looked at.
LOOK_BACK = 30


@dataclass(frozen=True, slots=True)
class Former:
    """One agent's time with the conversation, and what she wrote down. `spoke`: she said something."""

    name: str
    ended_at: datetime
    reason: str
    said: str
    promised: str
    next_step: str
    spoke: bool

    @property
    def left_a_trace(self) -> bool:
        """Whether there is anything of hers to hand over."""
        return self.spoke or bool(self.said or self.promised or self.next_step)


@dataclass(frozen=True, slots=True)
class Line:
    """A message, as the baton quotes it. `name` is its agent's."""

    seq: int
    sender: str
    name: str
    text: str


def own(assignment: Assignment | None) -> Json:
    """What the agent who has the conversation wrote down so far."""
    return {field: getattr(assignment, field, "") for field in FIELDS}


def handed(ticket: Ticket, assignment: Assignment | None) -> Json | None:
    """The baton that the ticket's agent was handed, or None when nobody had it before her.

    `assignment` is hers. What she says herself later changes nothing in it.
    """
    if ticket.state != states.ACTIVE or assignment is None:
        return None
    if not getattr(ticket, "was_handed_over", True):
        return None
    formers = _formers(ticket)
    return compose(formers, _lines(ticket, assignment.started_at)) if formers else None


def _formers(ticket: Ticket) -> list[Former]:
    """Who had it before, the last one first."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT g.name, a.ended_at, a.reason, a.said, a.promised, a.next_step, EXISTS (
                   SELECT 1 FROM tickets_message m
                   WHERE m.ticket_id = a.ticket_id AND m.agent_id = a.agent_id
                     AND m.at BETWEEN a.started_at AND a.ended_at)
               FROM tickets_assignment a JOIN agents_agent g ON g.id = a.agent_id
               WHERE a.ticket_id = %s AND a.ended_at IS NOT NULL
               ORDER BY a.started_at DESC, a.id DESC""",
            [ticket.pk],
        )
        return [Former(*row) for row in cursor.fetchall()]


def _lines(ticket: Ticket, until: datetime) -> list[Line]:
    """The conversation's first message and its last ones up to a moment, in their order."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT seq, sender, coalesce(g.name, ''), left(text, %(long)s) FROM (
                   (SELECT seq, sender, agent_id, text FROM tickets_message
                    WHERE ticket_id = %(ticket)s AND at <= %(until)s ORDER BY seq LIMIT 1)
                   UNION
                   (SELECT seq, sender, agent_id, text FROM tickets_message
                    WHERE ticket_id = %(ticket)s AND at <= %(until)s ORDER BY seq DESC
                    LIMIT %(back)s)
               ) m LEFT JOIN agents_agent g ON g.id = m.agent_id ORDER BY seq""",
            {"ticket": ticket.pk, "until": until, "long": 2 * QUOTE, "back": LOOK_BACK},
        )
        return [Line(*row) for row in cursor.fetchall()]


def compose(formers: Sequence[Former], lines: Sequence[Line]) -> Json:
    """The baton from who had the conversation (the last one first) and what was said in it.

    Whoever neither said nor wrote anything passes on what she was handed. A promise that was
    written down stands until a newer one is written.
    """
    last = formers[0]
    source = next((former for former in formers if former.left_a_trace), last)
    promise = next((former.promised for former in formers if former.promised), "")
    return {
        "from": last.name,
        "at": iso(last.ended_at),
        "reason": last.reason,
        "said": source.said or _said(lines),
        "promised": promise or _last_words(lines),
        "next_step": source.next_step or _next_step(lines),
    }


def _said(lines: Sequence[Line]) -> str:
    """The first question and the latest exchange: the last answer, and what the customer said to
    it; else what she said that it answers."""
    spoken = [line for line in lines if line.sender != "system"]
    if not spoken:
        return ""
    answer = _last_answer(spoken)
    if answer is None:
        exchange = spoken[-1:]
    else:
        after = [line for line in spoken if line.seq > answer.seq]
        before = [line for line in spoken if line.seq < answer.seq and line.sender == "customer"]
        exchange = [answer, after[-1]] if after else [*before[-1:], answer]
    first = spoken[0]
    chosen = [first, *(line for line in exchange if line.seq != first.seq)]
    quoted: list[str] = []
    for position, line in enumerate(chosen):
        if position and line.seq > chosen[position - 1].seq + 1:
            quoted.append("…")
        quoted.append(_quoted(line))
    return "\n".join(quoted)


def _last_words(lines: Sequence[Line]) -> str:
    """What an agent said last; nothing when none did."""
    words = [line for line in lines if line.sender == "agent"]
    return _quoted(words[-1]) if words else ""


def _next_step(lines: Sequence[Line]) -> str:
    """What the customer waits for an answer to; else to wait for her."""
    answer = _last_answer(lines, by="agent")
    open_ = [
        line.text
        for line in lines
        if line.sender == "customer" and (answer is None or line.seq > answer.seq)
    ]
    if not open_:
        return _("Say who you are, then wait for the customer.")
    return _("Answer: “%s”") % trimmed(" ".join(open_ if answer else open_[-1:]))


def _last_answer(lines: Sequence[Line], by: str = "") -> Line | None:
    answers = [line for line in lines if line.sender in ([by] if by else ["agent", "assistant"])]
    return answers[-1] if answers else None


def _quoted(line: Line) -> str:
    who = {"customer": _("Customer"), "assistant": _("Assistant")}.get(line.sender, line.name)
    return f"{who}: “{trimmed(line.text)}”"


def trimmed(text: str, length: int = QUOTE) -> str:
    """The text in one line, cut at a word where it is too long."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    cut = flat[: length - 1]
    words = cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut
    return words.rstrip(" ,;:.") + "…"
