"""Today, the week, or a range of days of one agent, from the logs: nothing is counted twice or kept apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core import clock, sql
from core.api import iso
from pay.queries import hours
from pay.tariff import days as pure
from pay.tariff.days import Span
from realtime.events import Json

MOST_DAYS = 92
MOST_COMMENTS = 50


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that she took: how it went, in seconds."""

    at: datetime
    handle_s: float | None
    first_reply_s: float | None
    in_time: bool | None
    score: int | None
    rated_at: datetime | None
    comment: str


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer to her. `counts`: it was hers to answer, and she had it on her screen."""

    at: datetime
    answer: str
    counts: bool


def work(agent_id: UUID, zone: str, first: date | None, last: date | None) -> Json:
    """Today, this week (from Monday) and the days from `first` to `last` (else the week).

    A conversation and an offer belong to the day on which they came to her.
    """
    now = clock.now()
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today - timedelta(days=today.weekday())
    if first is None:
        first = min(monday, last) if last else monday
    if last is None:
        last = max(first, min(today, first + timedelta(days=MOST_DAYS - 1)))
    begin = pure.bounds(min(first, monday), zone)[0]
    end = pure.bounds(max(last, today), zone)[1]
    talks, asked = _talks(agent_id, begin, end), _asked(agent_id, begin, end)
    online = hours.online(agent_id, begin, end)
    busy = hours.busy(agent_id, begin, end)

    def sums(one: date, other: date) -> Json:
        span = (pure.bounds(one, zone)[0], pure.bounds(other, zone)[1])
        return _sums(talks, asked, online, busy, span)

    def each(one: date, other: date) -> list[Json]:
        span = (other - one).days + 1
        days = [one + timedelta(days=n) for n in range(max(0, span))]
        return [{"date": day.isoformat(), **sums(day, day)} for day in days]

    span = (pure.bounds(first, zone)[0], pure.bounds(last, zone)[1])
    sunday = monday + timedelta(days=6)
    return {
        "zone": zone,
        "today": {"date": today.isoformat(), **sums(today, today)},
        "week": {
            "first": monday.isoformat(),
            "last": sunday.isoformat(),
            **sums(monday, today),
            "days": each(monday, sunday),
        },
        "range": {
            "first": first.isoformat(),
            "last": last.isoformat(),
            **sums(first, last),
            "days": each(first, last),
        },
        "comments": _comments(talks, span, zone),
        "as_of": iso(now),
    }


def _sums(
    talks: Iterable[Talk],
    asked: Iterable[Asked],
    online: list[Span],
    busy: list[Span],
    span: Span,
) -> Json:
    mine = [talk for talk in talks if span[0] <= talk.at < span[1]]
    offers = [each for each in asked if span[0] <= each.at < span[1]]
    counted = [each.answer for each in offers if each.counts]
    accepted = counted.count("accepted")
    here, at_work = pure.within(online, span), pure.within(busy, span)
    scores = [talk.score for talk in mine if talk.score is not None]
    in_time = [talk.in_time for talk in mine if talk.in_time is not None]
    return {
        "conversations": len(mine),
        "online_s": round(_length(here)),
        "waited_s": round(max(0.0, _length(here) - _overlap(here, at_work))),
        "offers": {
            "accepted": accepted,
            "declined": counted.count("declined"),
            "missed": counted.count("expired"),
            "not_counted": len(offers) - len(counted),
        },
        "acceptance": round(accepted / len(counted), 4) if counted else None,
        "rating": round(sum(scores) / len(scores), 2) if scores else None,
        "ratings": len(scores),
        "handle_s": _mean(talk.handle_s for talk in mine),
        "first_reply_s": _mean(talk.first_reply_s for talk in mine),
        "in_time": round(sum(in_time) / len(in_time), 4) if in_time else None,
    }


def _length(spans: Iterable[Span]) -> float:
    return sum((end - begin).total_seconds() for begin, end in spans)


def _overlap(ones: list[Span], others: list[Span]) -> float:
    return sum(_length(pure.within(others, one)) for one in ones)


def _mean(values: Iterable[float | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known)) if known else None


def _comments(talks: Iterable[Talk], span: Span, zone: str) -> list[Json]:
    """What customers wrote, the latest first: by the day alone, so that it names nobody."""
    rated = [
        talk for talk in talks if talk.comment and talk.rated_at and span[0] <= talk.at < span[1]
    ]
    rated.sort(key=lambda talk: talk.rated_at or talk.at, reverse=True)
    return [
        {
            "date": (talk.rated_at or talk.at).astimezone(ZoneInfo(zone)).date().isoformat(),
            "score": talk.score,
            "comment": talk.comment,
        }
        for talk in rated[:MOST_COMMENTS]
    ]


# A rating is of who ended the conversation, or had it as the customer ended it.
TALKS = """
    SELECT a.started_at, extract(epoch FROM a.ended_at - a.started_at)::float8,
        CASE WHEN own.at IS NOT NULL THEN extract(epoch FROM own.at - a.started_at)::float8 END,
        CASE WHEN own.at IS NOT NULL
             THEN own.at <= a.started_at + make_interval(secs => q.service_level_s) END,
        r.score, r.at, coalesce(r.comment, '')
    FROM tickets_assignment a
    JOIN tickets_ticket t ON t.id = a.ticket_id
    JOIN tickets_queue q ON q.id = t.queue_id
    LEFT JOIN tickets_rating r ON r.ticket_id = t.id AND t.agent_id = a.agent_id
        AND NOT EXISTS (SELECT 1 FROM tickets_assignment later
                        WHERE later.ticket_id = t.id AND later.started_at > a.started_at)
    LEFT JOIN LATERAL (
        SELECT m.at FROM tickets_message m
        WHERE m.ticket_id = a.ticket_id AND m.sender = 'agent' AND m.agent_id = a.agent_id
          AND m.at >= a.started_at AND (a.ended_at IS NULL OR m.at <= a.ended_at)
        ORDER BY m.seq LIMIT 1) own ON true
    WHERE a.agent_id = %s AND a.started_at >= %s AND a.started_at < %s"""

# What no phone drew, what was withdrawn and what still rings is not hers to answer for.
ASKED = """
    SELECT o.made_at, o.state,
        o.state IN ('accepted', 'declined') OR (o.state = 'expired' AND o.delivered_at IS NOT NULL)
    FROM dispatch_offer o
    WHERE o.agent_id = %s AND o.made_at >= %s AND o.made_at < %s AND o.state <> 'pending'"""


def _talks(agent_id: UUID, begin: datetime, end: datetime) -> list[Talk]:
    return [Talk(*row) for row in _rows(TALKS, agent_id, begin, end)]


def _asked(agent_id: UUID, begin: datetime, end: datetime) -> list[Asked]:
    return [Asked(*row) for row in _rows(ASKED, agent_id, begin, end)]


def _rows(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
