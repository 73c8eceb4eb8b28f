"""Writing a wave's offers, in one statement."""

from __future__ import annotations

import builtins
import json
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from agents.presence import REACHABLE, RECENT_HALF_S
from core import sql
from dispatch import queries
from dispatch.matching.types import Match, Weights
from dispatch.receipts import grounds, in_words, receipt
from dispatch.waves.snapshot import Waiting
from pay.queries.tariffs import Quoter
from pay.tariff.types import Quote
from realtime import groups
from realtime.events import OfferMade, Rendered, Series
from realtime.publish import Addressed, publish
from tickets import profiles

# `still` sees the tickets by their key, whatever the statistics say of waiting ones: the condition
# on the state is written so that no index on it fits. What is wide (the receipts) is joined last,
# so that nothing sorts it.
WRITE = f"""
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at), want AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(tickets)s::uuid[], %(agents)s::uuid[],
            %(slots)s::int[]) WITH ORDINALITY AS w(id, ticket_id, agent_id, slots, place)
    ), still AS (
        SELECT t.id FROM tickets_ticket t
        WHERE t.id = ANY(%(tickets)s::uuid[]) AND t.state || '' = 'waiting'
        ORDER BY t.id FOR NO KEY UPDATE SKIP LOCKED
    ), fit AS MATERIALIZED (
        SELECT w.*, sum(w.slots) OVER (PARTITION BY w.agent_id ORDER BY w.place) AS upto
        FROM want w JOIN still s ON s.id = w.ticket_id
    ), held AS (
        SELECT p.agent_id, p.capacity - p.load AS free FROM agents_presence p
        WHERE p.agent_id = ANY(ARRAY(SELECT DISTINCT agent_id FROM fit))
          AND {REACHABLE} AND p.load < p.capacity
        ORDER BY p.agent_id FOR UPDATE OF p
    ), good AS MATERIALIZED (
        SELECT f.* FROM fit f JOIN held h ON h.agent_id = f.agent_id WHERE f.upto <= h.free
    ), taken AS (
        UPDATE agents_presence p SET load = p.load + g.slots, offered_at = g.at,
            recent = p.recent * power(0.5, extract(epoch FROM g.at - p.recent_at) / %(half)s) + g.n,
            recent_at = g.at
        FROM (SELECT agent_id, sum(slots) AS slots, count(*) AS n, max(at) AS at
              FROM good, moment GROUP BY agent_id) g
        WHERE p.agent_id = g.agent_id
    ), made AS (
        INSERT INTO dispatch_offer (id, ticket_id, agent_id, state, made_at, expires_at,
            decline_reason, waited_s, receipt, timeout_s, broadcast, slots, pay_multiplier)
        SELECT g.id, g.ticket_id, g.agent_id, 'pending', m.at,
            m.at + make_interval(secs => f.timeout_s), '', f.waited_s, f.receipt, f.timeout_s,
            f.broadcast, g.slots, f.pay_multiplier
        FROM moment m, good g JOIN ROWS FROM (
            unnest(%(timeouts)s::int[], %(waited)s::int[], %(broadcast)s::bool[],
                %(multipliers)s::numeric[]),
            jsonb_array_elements(%(receipts)s::jsonb)
        ) WITH ORDINALITY AS f(timeout_s, waited_s, broadcast, pay_multiplier, receipt, place)
            ON f.place = g.place
        RETURNING id
    ), log AS (
        INSERT INTO dispatch_offerlog (of_id, was, now, at, by, reason)
        SELECT id, '', 'pending', at, 'wave', '' FROM made, moment
    ), wave AS (
        INSERT INTO dispatch_wave (at, waiting, free_agents, offers, took_ms, weights_version)
        SELECT clock_timestamp(), %(waiting)s::int, %(free_agents)s::int, m.n,
            %(took_ms)s::float8 + extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000,
            %(version)s::int
        FROM (SELECT count(*) AS n FROM made) m
    )
    SELECT at, (SELECT array_agg(id) FROM made),
        ARRAY(SELECT DISTINCT agent_id FROM fit EXCEPT SELECT agent_id FROM held)
    FROM moment
"""


@dataclass(frozen=True, slots=True)
class Served:
    """How many offers were made, for how many tickets; `absent` agents turned out not to be there,
    or to have no slot left, and `missed` ones, these among them, lack an offer they were to get."""

    offers: int
    tickets: int
    absent: Sequence[UUID]
    missed: Collection[UUID]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a wave saw and by which weights it matched; `started` is of `time.perf_counter`."""

    waiting: int
    free_agents: int
    weights: Weights
    started: float
    quoter: Quoter


@dataclass(frozen=True, slots=True)
class Drafts:
    """Offers that are ready to be written: one of each per match, in the same order."""

    matches: Sequence[Match]
    of: Sequence[Waiting]
    quotes: Sequence[Quote | None]
    receipts: Sequence[dict[str, Any]]
    ids: Sequence[UUID]
    values: dict[str, Any]
    started: float

    def write(self) -> Served:
        """Write those that still hold, and publish them on commit."""
        took_ms = (time.perf_counter() - self.started) * 1000
        with sql.cursor() as cursor:
            cursor.execute(WRITE, {**self.values, "took_ms": took_ms})
            at, made_ids, absent = cursor.fetchone()
        made = set(made_ids or ())
        frames = _Frames(at)
        events: list[Addressed] = []
        tickets = set()
        missed = set()
        for id, match, each, kept, quote in zip(
            self.ids, self.matches, self.of, self.receipts, self.quotes, strict=True
        ):
            if id in made:
                tickets.add(match.ticket_id)
                made_offer = frames.offer_made(id, match, each, kept, quote)
                events.append((groups.agent(match.agent_id), made_offer))
            else:
                missed.add(match.agent_id)
        publish(*events)
        return Served(len(made), len(tickets), absent, missed)


def make_offers(matches: Sequence[Match], waiting: Mapping[UUID, Waiting], facts: Facts) -> Served:
    """Write the offers that still hold, and publish them on commit.

    A ticket that somebody has locked, or that waits no more, is passed over; so is an agent whose
    slots have gone since the snapshot. The next round or the next tick sees what became of them.
    Until a phone has confirmed that it drew the offer, `expires_at` bounds the delivery; from then
    on it bounds the answer (see `actions.delivered`).
    """
    return drafted(matches, waiting, facts).write()


def drafted(matches: Sequence[Match], waiting: Mapping[UUID, Waiting], facts: Facts) -> Drafts:
    """All that can be said of these offers before they are written. Asks the database nothing."""
    wave = {"waiting": facts.waiting, "free_agents": facts.free_agents}
    of = [waiting[match.ticket_id] for match in matches]
    quotes = [
        facts.quoter.of(
            each.queue,
            each.ticket.language,
            each.rung.pay_multiplier,
            profiles.seen(match.agent_id),
        )
        for match, each in zip(matches, of, strict=True)
    ]
    receipts = [
        receipt(match, facts.weights, wave, quote)
        for match, quote in zip(matches, quotes, strict=True)
    ]
    ids = [uuid.uuid4() for _ in matches]
    values = {
        "ids": _uuids(ids),
        "tickets": _uuids([match.ticket_id for match in matches]),
        "agents": _uuids([match.agent_id for match in matches]),
        "timeouts": [each.queue.offer_timeout_s for each in of],
        "waited": [int(each.ticket.waited_s) for each in of],
        # One document: an array would be quoted here and unquoted there, text by text.
        "receipts": json.dumps(receipts),
        "broadcast": [match.broadcast for match in matches],
        "slots": [each.ticket.slots for each in of],
        "multipliers": [each.rung.pay_multiplier for each in of],
        "ttl": settings.PRESENCE_TTL_S,
        "half": RECENT_HALF_S,
        **wave,
        "version": facts.weights.version,
    }
    return Drafts(matches, of, quotes, receipts, ids, values, facts.started)


def _uuids(ids: Sequence[UUID]) -> str:
    """An array as Postgres reads it: twice as quick as element by element."""
    return "{" + ",".join([id.hex for id in ids]) + "}"


class _Frames:
    """The events of one wave: what offers of one kind have in common is said once."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._series: dict[Any, Series] = {}
        self._reasons: dict[tuple[str, ...], list[str]] = {}

    def offer_made(
        self, id: UUID, match: Match, each: Waiting, kept: dict[str, Any], quote: Quote | None
    ) -> Rendered:
        """The event for one offer."""
        # Queues by the object, which lives as long as the wave; so do quotes, and those of one line
        # and level are one.
        kind = (
            builtins.id(each.queue), each.step, each.ticket.language, match.broadcast, builtins.id(quote)
        )  # fmt: skip
        series = self._series.get(kind)
        if series is None:
            series = self._series[kind] = self._common(each, match.broadcast, quote)
        names = grounds(kept["terms"], match.candidates)
        reasons = self._reasons.get(names)
        if reasons is None:
            reasons = self._reasons[names] = in_words(names)
        return series.event(
            {
                "id": str(id),
                "ticket": str(match.ticket_id),
                "waited_s": int(each.ticket.waited_s),
                "reasons": reasons,
            }
        )

    def _common(self, each: Waiting, broadcast: bool, quote: Quote | None) -> Series:
        timeout_s = each.queue.offer_timeout_s
        view = queries.offer_view(
            id=each.ticket.id,
            ticket=each.ticket.id,
            state="pending",
            topic=each.queue.slug,
            topic_name=each.queue.name,
            language=each.ticket.language,
            waited_s=0,
            expected_minutes=each.queue.expected_minutes,
            expires_at=self._at + timedelta(seconds=timeout_s),
            made_at=self._at,
            delivered_at=None,
            receipt={},
            timeout_s=timeout_s,
            broadcast=broadcast,
            slots=each.ticket.slots,
            pay_multiplier=each.rung.pay_multiplier,
            step=each.step,
            quote=quote,
        )
        own = ("id", "ticket", "waited_s", "reasons")
        return Series(OfferMade, "offer", {k: v for k, v in view.items() if k not in own})
