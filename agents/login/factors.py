"""Second factors: who must have one, who has shown it, and a code that counts once.

A session says whose second factor it has seen; it is written when a factor is used or added, and
staff get nowhere but to their own security page without it.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core.internal.cryptokit import compare_user_code, normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from agents.models import User

PRIMARY = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
SEEN = "second_factor"
# What staff reach only with a second factor.
BEHIND = ("/admin/", "/agent/")

Handler = Callable[[HttpRequest], HttpResponseBase]


def of(user: User) -> "QuerySet[Authenticator]":
    """A person's authenticator app and passkeys. Recovery codes alone are no factor."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk, type__in=PRIMARY)
    return found


def note(session: SessionBase, user: User) -> None:
    """This session has seen a second factor of this person."""
    session[SEEN] = user.pk


def missing(user: User, session: Mapping[str, Any] | SessionBase) -> bool:
    """Whether this session of a person is not enough for what she may do."""
    if not (settings.STAFF_SECOND_FACTOR and user.is_staff):
        return False
    return session.get(SEEN) != user.pk or not of(user).exists()


def wall(get_response: Handler) -> Handler:
    """Middleware: staff set their second factor up, or show it, before anything of theirs opens."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(BEHIND):
            user: Any = request.user
            if user.is_authenticated and missing(user, request.session):
                return HttpResponseRedirect(way_in(user, request.get_full_path()))
        return get_response(request)

    return middleware


def way_in(user: User, then: str) -> str:
    """Where a person sets up or shows a second factor, and goes on from there."""
    if not of(user).exists():
        return f"{reverse('account-security')}?{urlencode({'next': then})}"
    shown = next(
        method["url"]
        for method in get_adapter().get_reauthentication_methods(user)
        if method["url"] != reverse("account_reauthenticate")
    )
    return f"{shown}?{urlencode({'next': then})}"


def accept(user: User, code: str) -> Authenticator | None:
    """The authenticator that this code is of. The same code is never taken again."""
    code = normalize_user_code(code)
    if not code.isascii():
        return None
    for factor in Authenticator.objects.filter(user_id=user.pk, type__in=CODES):
        if factor.type == Authenticator.Type.TOTP:
            counter = counter_of(decrypt(factor.data["secret"]), code)
            if counter is not None and use_up(factor, counter):
                return factor
        elif factor.wrap().validate_code(code):
            return factor
    return None


def counter_of(secret: str, code: str) -> int | None:
    """Which moment's code of this secret it is, among those that count now."""
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if compare_user_code(actual=code, expected=expected):
            return counter
    return None


def use_up(factor: Authenticator, counter: int) -> bool:
    """Take this moment's code and all before it; False when somebody has taken it already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE mfa_authenticator
               SET data = data || jsonb_build_object('counter', %(counter)s::bigint)
               WHERE id = %(id)s AND COALESCE((data->>'counter')::bigint, 0) < %(counter)s""",
            {"id": factor.pk, "counter": counter},
        )
        return cursor.rowcount == 1
