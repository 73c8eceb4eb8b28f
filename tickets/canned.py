"""Canned replies of an agent: those that her desks share, and her own.

A phone keeps them. It says which version it has, and gets nothing when it is still the right one.
"""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as Invalid
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import Agent
from core.problems import Problem
from realtime.events import Json
from tickets.models import MAX_OWN, CannedReply

# What a desk shares is bounded by what a phone wants to hold.
MOST = 2000


def of_agent(agent_id: UUID) -> Json:
    """All that she can choose from, and their version."""
    rows = list(
        CannedReply.objects.filter(
            Q(agent_id=agent_id) | Q(desk__is_active=True, desk__agents=agent_id)
        )
        .select_related("desk", "queue")
        .order_by("shortcut", "language", "id")[:MOST]
    )
    known = "".join(f"{row.pk}{row.updated_at.timestamp()}" for row in rows)
    # An address of a desk or a queue can change too.
    places = "".join(f"{row.desk and row.desk.key}{row.queue and row.queue.slug}" for row in rows)
    version = hashlib.sha256(f"{known}{places}".encode()).hexdigest()[:32]
    return {"version": version, "replies": [view(row) for row in rows]}


def view(row: CannedReply) -> dict[str, Any]:
    """A reply as an agent's app gets it."""
    return {
        "id": str(row.pk),
        "own": row.agent_id is not None,
        "desk": row.desk.key if row.desk else None,
        "topic": row.queue.slug if row.queue else None,
        "language": row.language,
        "shortcut": row.shortcut,
        "title": row.title,
        "text": row.text,
    }


def add(agent_id: UUID, client_id: UUID, wants: Mapping[str, str]) -> tuple[Json, bool]:
    """One more of her own: (reply, whether it is new). A repeat returns the first one.

    Raises ValidationError for what is no reply or has the shortcut of another, Problem 409 when she
    has as many as anybody may have.
    """
    with transaction.atomic():
        # One after the other for each agent: neither the count nor a repeat can be raced.
        Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
        hers = CannedReply.objects.filter(agent_id=agent_id)
        if first := hers.filter(client_id=client_id).first():
            return view(first), False
        if hers.count() >= MAX_OWN:
            raise Problem(409, "too-many", _("You have %d replies. Delete one first.") % MAX_OWN)
        row = CannedReply(id=uuid.uuid4(), agent_id=agent_id, client_id=client_id)
        return _saved(row, wants), True


def change(agent_id: UUID, reply_id: UUID, wants: Mapping[str, str]) -> Json:
    """Write one of her own anew. Raises Http404 for any other, ValidationError as `add` does."""
    with transaction.atomic():
        row = CannedReply.objects.select_for_update().filter(pk=reply_id, agent_id=agent_id).first()
        if row is None:
            raise Http404
        return _saved(row, wants)


def remove(agent_id: UUID, reply_id: UUID) -> None:
    """Delete one of her own. Raises Http404 for any other."""
    if not CannedReply.objects.filter(pk=reply_id, agent_id=agent_id).delete()[0]:
        raise Http404


def _saved(row: CannedReply, wants: Mapping[str, str]) -> Json:
    for name in ("shortcut", "title", "text", "language"):
        setattr(row, name, wants.get(name, ""))
    try:
        row.full_clean(validate_unique=False, validate_constraints=False, exclude=["desk"])
        with transaction.atomic():
            row.save()
    except Invalid as wrong:
        raise ValidationError(wrong.message_dict) from None
    except IntegrityError:
        raise ValidationError(
            {"shortcut": [_("You have a reply /%s in this language already.") % row.shortcut]}
        ) from None
    return view(row)
