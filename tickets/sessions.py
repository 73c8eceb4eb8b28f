"""Who a customer is: chat sessions, their signed tokens, and the host site's word."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core import clock, sql
from core.problems import Problem
from tickets import context, queries
from tickets.models import Customer, Desk, Queue

LIFETIME = timedelta(days=30)
AUDIENCE = "flagdown-chat"


@dataclass(frozen=True, slots=True)
class CustomerPrincipal:
    """Who calls: a customer of a desk."""

    id: UUID
    desk_id: UUID
    is_authenticated = True

    @property
    def throttle_key(self) -> str:
        """Rate limits count by customer."""
        return f"customer:{self.id}"


def _keys() -> list[bytes]:
    return [
        salted_hmac("flagdown.customer", "token", secret=key, algorithm="sha256").digest()
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ]


def token_for(customer: Customer) -> str:
    """The customer's token. The same customer always gets the same one for its LIFETIME."""
    # Renewed in steps of a day, so that a repeated request gets the same answer.
    days = max(0, (clock.near_now() - customer.created_at).days)
    issued = customer.created_at.astimezone(UTC) + timedelta(days=days)
    return jwt.encode(
        {
            "aud": AUDIENCE,
            "sub": str(customer.pk),
            "desk": str(customer.desk_id),
            "iat": int(issued.timestamp()),
            "exp": int((issued + LIFETIME).timestamp()),
        },
        _keys()[0],
        algorithm="HS256",
    )


def principal_of_token(token: str) -> CustomerPrincipal | None:
    """The customer who holds `token`, or None when it is wrong or expired. Costs no query."""
    for key in _keys():
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "sub"], "verify_iat": False},
            )
            return CustomerPrincipal(UUID(claims["sub"]), UUID(claims["desk"]))
        except (jwt.InvalidTokenError, ValueError, KeyError):
            continue
    return None


def find_desk(key: str, topic: str = "") -> tuple[Desk, Queue | None]:
    """The active desk with this public key, and its public queue of this topic (without one, its
    default queue), if there is such a queue. Raises Problem 404."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT {sql.columns(Desk, "d")}, {sql.columns(Queue, "q")}
                FROM tickets_desk d LEFT JOIN tickets_queue q ON q.desk_id = d.id
                    AND {queries.OF_TOPIC}
                WHERE d.key = %(key)s AND d.is_active""",  # noqa: S608 - the models'
            {"key": key, "topic": topic},
        )
        row = cursor.fetchone()
    if row is None:
        raise Problem(
            404,
            "unknown-desk",
            _("No desk has this key. Copy it from the desk's page in the admin."),
        )
    queue = row[len(Desk._meta.concrete_fields) :]
    return sql.instance(Desk, row), sql.instance(Queue, queue) if queue[0] else None


def check_origin(desk: Desk, origin: str, own: bool) -> None:
    """A browser's call must come from our own pages or the desk's sites. Raises Problem 403."""
    if origin and not own and origin not in desk.origins:
        raise Problem(
            403,
            "wrong-origin",
            _("This desk does not serve %s. Add the site to the desk's allowed origins.")
            % origin[:200],
        )


# A guest comes in, in a larger statement: nobody, when one is known by the same `client_id`.
ENTER = """INSERT INTO tickets_customer
        (id, desk_id, client_id, external_id, name, email, locale, page, device, created_at)
    VALUES (%(customer)s, %(desk)s, %(customer_client)s, '', %(name)s, %(email)s, %(locale)s,
        %(page)s, %(device)s, clock_timestamp())
    ON CONFLICT DO NOTHING RETURNING id, created_at"""


def start(
    desk: Desk,
    *,
    client_id: UUID | None,
    identity: str = "",
    current: CustomerPrincipal | None = None,
    **about: Any,
) -> Customer:
    """The customer of this session: the one the host site vouches for, the current one, or a new
    guest, who `is_new` and not stored yet (see `entered`).

    Guests and verified customers never merge. Raises Problem 401 for a bad identity token, 403
    when the desk requires one.
    """
    about = {name: value for name, value in about.items() if value}
    if identity:
        return _identified(desk, identity, about)
    if desk.require_identity:
        raise Problem(
            403,
            "identity-required",
            _("This desk serves signed-in visitors only. Log in at the site first."),
        )
    if current and current.desk_id == desk.pk:
        known = Customer.objects.select_related("desk").filter(pk=current.id).first()
        if known:
            return _came_again(known, {name: about.get(name, "") for name in ("page", "device")})
    guest = Customer(id=uuid.uuid4(), desk=desk, client_id=client_id, **about)
    guest.is_new = True
    return guest


def entering(guest: Customer) -> dict[str, Any]:
    """The parameters of ENTER."""
    return {
        "customer": guest.pk,
        "desk": guest.desk_id,
        "customer_client": guest.client_id,
        "name": guest.name,
        "email": guest.email,
        "locale": guest.locale,
        "page": guest.page,
        "device": guest.device,
    }


def entered(guest: Customer) -> Customer:
    """The new guest, stored; or the one who came by the same `client_id` before."""
    with sql.cursor() as cursor:
        cursor.execute(ENTER, entering(guest))
        row = cursor.fetchone()
    if row is None:
        known = Customer.objects.get(desk=guest.desk, client_id=guest.client_id)
        known.desk = guest.desk
        return known
    return stored(guest, row[1])


def stored(guest: Customer, created_at: datetime) -> Customer:
    """The guest, as the database has her by now."""
    guest.created_at = created_at
    guest._state.adding = False
    return guest


def _identified(desk: Desk, identity: str, about: dict[str, Any]) -> Customer:
    if not desk.identity_secret:
        raise Problem(
            401,
            "bad-identity",
            _("This desk has no identity secret, so identities can't be checked."),
        )
    try:
        claims = jwt.decode(
            identity,
            desk.identity_secret,
            algorithms=["HS256"],
            audience=desk.key,
            options={"require": ["exp", "aud", "sub"]},
            leeway=5,
        )
    except jwt.InvalidTokenError as exc:
        raise Problem(
            401,
            "bad-identity",
            _("The identity token was refused: %s. Let the site sign a new one.") % exc,
        ) from None
    subject = context.storable(claims["sub"], 200)
    if not subject:
        # Guests have no id: a nameless visitor must not become one of them.
        raise Problem(
            401,
            "bad-identity",
            _("The identity token names nobody. Put the visitor's id into `sub`."),
        )
    about |= {
        name: context.storable(claims[name], size)
        for name, size in (("name", 80), ("email", 254))
        if claims.get(name)
    }
    about["attributes"] = context.attributes(claims.get("attributes"))
    customer, new = Customer.objects.get_or_create(desk=desk, external_id=subject, defaults=about)
    customer.desk = desk
    if new:
        return customer
    # Her name and address stay as they were first said; what changes by its nature is the latest.
    return _came_again(
        customer, {name: about.get(name, "") for name in ("attributes", "page", "device")}
    )


def _came_again(customer: Customer, now: dict[str, Any]) -> Customer:
    """What her new session says, written down where it says another thing than the last."""
    changed = [name for name, value in now.items() if value != getattr(customer, name)]
    changed = [name for name in changed if now[name] or name == "attributes"]
    if changed:
        for name in changed:
            setattr(customer, name, now[name])
        customer.save(update_fields=changed)
    return customer


def customer_of(principal: CustomerPrincipal) -> Customer:
    """The customer who calls. Raises Problem 401 when she has been erased."""
    customer = Customer.objects.select_related("desk").filter(pk=principal.id).first()
    if customer is None:
        raise Problem(401, "gone", _("This session has ended. Start a new one."))
    return customer
