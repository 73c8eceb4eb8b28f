"""Subscriptions: made by a browser, confirmed by a push that came through, ended with the log-in."""

import base64
from collections.abc import Collection
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import PushSubscription
from agents.presence import reached
from agents.push import services, words
from core import sql

# More phones than anybody has: the one that was confirmed longest ago makes room.
MOST = 10
# What fails so many times in a row is no way to reach anybody, until it comes through again.
HOPELESS = 3


def subscribe(
    agent_id: UUID, *, endpoint: str, p256dh: str, auth: str, device: str, held_by: str
) -> tuple[PushSubscription, bool]:
    """A browser can be woken at `endpoint`: (subscription, whether it is new).

    `held_by` names the log-in: `s:` and the session's key, or `t:` and the token's digest. A browser
    that somebody else used before is hers alone from now on. Raises ValidationError.
    """
    if not services.is_known(endpoint):
        raise ValidationError(
            {"endpoint": [_("This is no push service that we know. Ask your supervisor.")]}
        )
    _check_keys(p256dh, auth)
    with transaction.atomic():
        before = list(
            PushSubscription.objects.select_for_update()
            .filter(endpoint=endpoint)
            .values_list("agent_id", "id", "p256dh", "auth")
        )
        same = before == [(agent_id, *row[1:]) for row in before] and [
            row[2:] for row in before
        ] == [(p256dh, auth)]
        if before and same:
            PushSubscription.objects.filter(endpoint=endpoint).update(
                held_by=held_by, device=device[:80]
            )
            return PushSubscription.objects.get(endpoint=endpoint), False
        PushSubscription.objects.filter(endpoint=endpoint).delete()
        made = PushSubscription.objects.create(
            agent_id=agent_id,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            device=device[:80],
            held_by=held_by,
        )
        _make_room(agent_id)
        recount({agent_id, *(row[0] for row in before)})
    return made, True


def _check_keys(p256dh: str, auth: str) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
    except ValueError:
        raise ValidationError(
            {"keys": {"p256dh": [_("Send the browser's own key, as it gives it.")]}}
        ) from None
    try:
        if len(_bytes(auth)) != 16:
            raise ValueError
    except ValueError:
        raise ValidationError(
            {"keys": {"auth": [_("Send the browser's own secret, as it gives it.")]}}
        ) from None


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _make_room(agent_id: UUID) -> None:
    kept = (
        PushSubscription.objects.filter(agent_id=agent_id)
        .order_by("-created_at")
        .values_list("pk", flat=True)[:MOST]
    )
    PushSubscription.objects.filter(agent_id=agent_id).exclude(pk__in=list(kept)).delete()


def recount(agent_ids: Collection[UUID]) -> None:
    """Whether these agents can be reached by push, as their subscriptions say."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence p SET pushes = f.pushes
               FROM (SELECT p.agent_id, EXISTS (
                         SELECT 1 FROM agents_pushsubscription s
                         WHERE s.agent_id = p.agent_id AND s.confirmed_at IS NOT NULL) AS pushes
                     FROM agents_presence p WHERE p.agent_id = ANY(%s)
                     ORDER BY p.agent_id FOR UPDATE) f
               WHERE p.agent_id = f.agent_id AND p.pushes <> f.pushes""",
            [list(agent_ids)],
        )


def confirm(subscription_id: UUID) -> UUID | None:
    """A push came through to this phone; its agent, or None if there is no such subscription."""
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_pushsubscription SET confirmed_at = clock_timestamp(), failures = 0
               WHERE id = %s RETURNING agent_id""",
            [subscription_id],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        agent_id: UUID = row[0]
        recount([agent_id])
        reached(agent_id)
    return agent_id


def answerer(signed: str) -> tuple[UUID, UUID, UUID | None] | None:
    """Who holds a push's token: (agent, subscription, what the push was about), or None.

    Only while the subscription stands, the log-in it was made with is good, and the agent's account.
    """
    read = words.read(signed)
    if read is None:
        return None
    with sql.cursor() as cursor:
        cursor.execute(f"SELECT s.agent_id {HELD} AND s.id = %s", [read[0]])
        row = cursor.fetchone()
    return (row[0], *read) if row else None


# Subscriptions `s` whose log-in is still good.
HELD = """
    FROM agents_pushsubscription s JOIN agents_agent a ON a.id = s.agent_id
    JOIN agents_user u ON u.id = a.user_id AND u.is_active
    WHERE CASE left(s.held_by, 2)
        WHEN 's:' THEN EXISTS (SELECT 1 FROM django_session d
            WHERE d.session_key = substr(s.held_by, 3) AND d.expire_date > clock_timestamp())
        ELSE EXISTS (SELECT 1 FROM agents_agenttoken t
            WHERE t.digest = substr(s.held_by, 3) AND t.expires_at > clock_timestamp()) END
"""


def ways_to(agent_ids: Collection[UUID]) -> list[PushSubscription]:
    """Where these agents can be pushed to now."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"SELECT {sql.columns(PushSubscription, 's')} {HELD} AND s.agent_id = ANY(%s)",
            [list(agent_ids)],
        )
        return [sql.instance(PushSubscription, row) for row in cursor.fetchall()]


def of_agent(agent_id: UUID) -> list[PushSubscription]:
    """An agent's subscriptions, the newest first."""
    return list(PushSubscription.objects.filter(agent_id=agent_id).order_by("-created_at"))


def unsubscribe(agent_id: UUID, subscription_id: UUID) -> None:
    """This browser is no longer pushed to. Raises Http404 for one that is not hers, or gone already."""
    if not _drop(agent_id=agent_id, pk=subscription_id):
        raise Http404


def end_of_session(session_key: str) -> None:
    """A browser's log-in has ended: nothing of the agent's may show up on it any more."""
    _drop(held_by=f"s:{session_key}")


def end_of_token(digest: str) -> None:
    """The same for a bearer token."""
    _drop(held_by=f"t:{digest}")


def end_of_user(user_id: int) -> None:
    """All of a person's log-ins have ended."""
    _drop(agent__user_id=user_id)


def gone(subscription_ids: Collection[UUID]) -> None:
    """Their push services say that these no longer exist."""
    _drop(pk__in=list(subscription_ids))


def failed(subscription_ids: Collection[UUID]) -> None:
    """These could not be pushed to just now. After HOPELESS times in a row they count as no way."""
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_pushsubscription SET failures = failures + 1,
                   confirmed_at = CASE WHEN failures + 1 >= %s THEN NULL ELSE confirmed_at END
               WHERE id = ANY(%s) RETURNING agent_id""",
            [HOPELESS, list(subscription_ids)],
        )
        recount({row[0] for row in cursor.fetchall()})


def _drop(**which: object) -> int:
    with transaction.atomic():
        found = PushSubscription.objects.filter(**which)
        owners = set(found.values_list("agent_id", flat=True))
        if owners:
            found.delete()
            recount(owners)
    return len(owners)
