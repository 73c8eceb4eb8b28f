"""The work record: what an agent did here, signed, hers to take anywhere. It names no customer and no desk."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from agents.models import Agent
from core import clock, sql
from core.api import iso
from core.problems import Problem
from dispatch.models import WorkRecord
from dispatch.work import keys
from pay.queries import hours
from realtime.events import Json

TYPE = "work-record+jwt"
MOST = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: `says` is what stands in it, once it is known to be ours."""

    outcome: str
    says: Json = field(default_factory=dict)


def of_agent(agent_id: UUID) -> list[Json]:
    """Her records, the latest first."""
    return [view(row) for row in WorkRecord.objects.filter(agent_id=agent_id)]


def view(row: WorkRecord) -> Json:
    """A record as its agent gets it."""
    return {
        "id": str(row.pk),
        "client_id": str(row.client_id),
        "issued_at": iso(row.issued_at),
        "revoked_at": iso(row.revoked_at),
        "token": row.token,
        # Behind the #: what stands there is sent to no server and written into no log.
        "link": f"{settings.PUBLIC_URL}/verify/#{row.token}",
    }


def issue(agent_id: UUID, client_id: UUID) -> tuple[Json, bool]:
    """A new record of all she did until now: (record, whether it is new). A repeat returns the first.

    Raises Problem 409 when she has as many as anybody may have.
    """
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
        hers = WorkRecord.objects.filter(agent=agent)
        if first := hers.filter(client_id=client_id).first():
            return view(first), False
        if hers.filter(revoked_at=None).count() >= MOST:
            raise Problem(409, "too-many", _("You have %d work records. Revoke one first.") % MOST)
        now = clock.now().replace(microsecond=0)
        row = WorkRecord(id=uuid.uuid4(), agent=agent, client_id=client_id, issued_at=now)
        name, key = keys.signing()
        row.token = jwt.encode(
            {
                "iss": settings.PUBLIC_URL,
                "jti": str(row.pk),
                "iat": int(now.timestamp()),
                **_says(agent, now),
            },
            key,
            algorithm="EdDSA",
            headers={"kid": name, "typ": TYPE},
        )
        row.save(force_insert=True)
        return view(row), True


def _says(agent: Agent, now: datetime) -> Json:
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE a.ended_at IS NOT NULL), min(a.started_at),
                   count(r.ticket_id), avg(r.score)::float8
               FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
               LEFT JOIN tickets_rating r ON r.ticket_id = t.id AND t.agent_id = a.agent_id
                   AND NOT EXISTS (SELECT 1 FROM tickets_assignment later
                       WHERE later.ticket_id = t.id AND later.started_at > a.started_at)
               WHERE a.agent_id = %s""",
            [agent.pk],
        )
        conversations, since, ratings, mean = cursor.fetchone()
    since = min(since or now, now)
    spans = hours.online(agent.pk, agent.created_at, now)
    online = sum((end - begin).total_seconds() for begin, end in spans)
    return {
        "name": agent.name,
        "languages": [
            {"code": code, "level": level}
            for code, level in agent.languages.order_by("code").values_list("code", "level")
        ],
        "conversations": conversations,
        "hours": round(online / 3600, 1),
        "rating": {"mean": round(mean, 2) if mean is not None else None, "count": ratings},
        "since": since.astimezone(UTC).date().isoformat(),
        "until": now.astimezone(UTC).date().isoformat(),
    }


def revoke(agent_id: UUID, record_id: UUID) -> Json:
    """From now on it does not count any more; again changes nothing. Raises Http404 for a foreign one."""
    hers = WorkRecord.objects.filter(agent_id=agent_id, pk=record_id)
    hers.filter(revoked_at=None).update(revoked_at=clock.now())
    row = hers.first()
    if row is None:
        raise Http404
    return view(row)


def check(token: str) -> Verdict:
    """Whether this is a record of ours, unchanged and not revoked: `valid`, `revoked` or `invalid`."""
    token = "".join(token.split())
    try:
        header: dict[str, Any] = jwt.get_unverified_header(token)
        key = keys.public(str(header.get("kid", "")))
        if key is None or header.get("typ") != TYPE:
            return Verdict("invalid")
        says = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            options={"require": ["iss", "jti", "iat"], "verify_iat": False},
        )
        record_id = UUID(says["jti"])
    except (jwt.InvalidTokenError, ValueError):
        return Verdict("invalid")
    # Whoever is no longer here has taken hers back.
    row = WorkRecord.objects.filter(pk=record_id).first()
    if row is None or row.revoked_at is not None:
        return Verdict("revoked")
    return Verdict("valid", says)
