"""The security page: how a person logs in, where she is logged in, and how that ends."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agents.login import factors, sessions
from agents.models import User
from core.pages import compressed


@require_safe
@never_cache
@compressed
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """All of it on one page."""
    user = _person(request)
    kept: dict[str, Any] = {"passkeys": []}
    for row in Authenticator.objects.filter(user_id=user.pk).order_by("created_at"):
        if row.type == Authenticator.Type.WEBAUTHN:
            kept["passkeys"].append(row)
        elif row.type == Authenticator.Type.TOTP:
            kept["app"] = row
        else:
            kept["codes"] = len(row.wrap().get_unused_codes())
    return render(
        request,
        "web/account/security.html",
        {
            **kept,
            "second": bool(kept["passkeys"] or kept.get("app")),
            "owes": factors.missing(user, request.session),
            "needs": settings.STAFF_SECOND_FACTOR and user.is_staff,
            "then": _then(request),
            "is_agent": hasattr(user, "agent"),
            "browsers": sessions.of_browsers(user, request.session.session_key or ""),
            "clients": sessions.of_clients(user),
        },
    )


@require_POST
@login_required
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Log one browser out."""
    sessions.end(_person(request), session_id)
    return _back("ended")


@require_POST
@login_required
def end_client(request: HttpRequest, token_id: int) -> HttpResponse:
    """Take a native client's token away."""
    sessions.end_client(_person(request), token_id)
    return _back("ended")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """Log everything out but this browser."""
    sessions.end_others(request, _person(request))
    return _back("alone")


def _person(request: HttpRequest) -> User:
    user: Any = request.user
    return User.objects.get(pk=user.pk)


def _back(done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('account-security')}?done={done}#sessions")


def _then(request: HttpRequest) -> str:
    """Where she was going when she was sent here; nowhere outside."""
    wanted = request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
