"""The landing page, the application, the link in the mail, and where an applicant stands."""

import contextlib
from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ValidationError

from agents.models import Agent
from agents.onboarding import queries
from agents.onboarding.actions import applying
from agents.onboarding.models import Application
from core import clock
from core.pages import compressed
from core.problems import Problem
from core.states import Stale
from core.throttles import allow, client_ip
from pay.models import Tariff
from web.join.forms import Apply

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
View = Callable[..., HttpResponse]


def said(request: HttpRequest, title: str, text: str, status: int, **more: Any) -> HttpResponse:
    """A page with one sentence, and where to go on."""
    return render(
        request, "web/join/said.html", {"title": title, "text": text, **more}, status=status
    )


def throttled(request: HttpRequest, scope: str, who: str) -> HttpResponse | None:
    """The page for one try too many, or None."""
    wait_s = allow(scope, who)
    if wait_s is None:
        return None
    minutes = ceil(wait_s / 60)
    page = said(
        request,
        _("Too many tries"),
        _("Please wait %d min, then go back and send it again. Nothing is lost.") % minutes,
        429,
    )
    page["Retry-After"] = str(ceil(wait_s))
    return page


def applicant(view: View) -> View:
    """For who has applied: the view gets her application. Others are led to where they belong."""

    @wraps(view)
    @never_cache
    @compressed
    @login_required
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        application = queries.of_user(request.user.pk or 0)
        if application is None:
            at_work = Agent.objects.filter(user_id=request.user.pk or 0).exists()
            return redirect("agent-app" if at_work else "join-apply")
        return view(request, application, **kwargs)

    return inner


@require_safe
@compressed
def landing(request: HttpRequest) -> HttpResponse:
    """What the work is, honestly."""
    now = clock.now()
    tariffs = (
        Tariff.objects.filter(starts_at__lte=now, desk__is_active=True)
        .select_related("desk")
        .order_by("desk_id", "-starts_at")
        .distinct("desk_id")
    )
    return render(
        request,
        "web/join/landing.html",
        {
            "tariffs": [tariff for tariff in tariffs if tariff.minimum or tariff.floor][:3],
            "supervised": settings.JOIN_SUPERVISED,
            "document_days": settings.JOIN_DOCUMENT_DAYS,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@compressed
def apply(request: HttpRequest) -> HttpResponse:
    """The application, for a stranger or for who is logged in and has not applied."""
    user: Any = request.user if request.user.is_authenticated else None
    if user is not None and (queries.of_user(user.pk) or Agent.objects.filter(user=user).exists()):
        return redirect((request.user.is_staff and "agent-app") or "join-status")
    form = Apply(request.POST or None, known_email=user.email if user else "")
    if request.method == "POST":
        if (wait := throttled(request, "join", client_ip(request))) is not None:
            return wait
        if form.is_valid():
            about = {**form.about(), "locale": get_language() or ""}
            data = form.cleaned_data
            try:
                applying.apply(
                    about=about, languages=data["languages"], skills=data["skills"], user=user
                )
            except Problem as problem:
                return said(
                    request, _("You have applied already"), str(problem.detail), problem.status_code
                )
            request.session["join_email"] = about["email"]
            return redirect("join-sent")
    return render(
        request, "web/join/apply.html", {"form": form}, status=400 if form.is_bound else 200
    )


@require_safe
@never_cache
def sent(request: HttpRequest) -> HttpResponse:
    """The same words for everybody: whether there is an account is nobody else's business."""
    email = request.session.get("join_email")
    if email is None:
        return redirect("join")
    return render(
        request, "web/join/sent.html", {"email": email, "hours": settings.JOIN_LINK_HOURS}
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail. Looking at it changes nothing: programs that read mails open links too."""
    if (wait := throttled(request, "join-link", client_ip(request))) is not None:
        return wait
    user: Any = request.user if request.user.is_authenticated else None
    errors: list[str] = []
    try:
        application = applying.by_token(token)
        foreign = user is not None and user.pk != application.user_id
        if foreign or (user is None and application.user_id is not None):
            # Says which of the two; nothing is confirmed here.
            applying.confirm(token, "", by=user)
        if request.method == "POST":
            made = applying.confirm(token, request.POST.get("password", ""), by=user)
            if user is None:
                login(request, made, backend=BACKEND)
            return redirect("join-status")
    except ValidationError as weak:
        errors = [str(each) for each in weak.detail["password"]]  # type: ignore[call-overload]
    except Problem as problem:
        return said(
            request,
            _("This link does not work"),
            str(problem.detail),
            problem.status_code,
            sign_in=problem.code in ("used", "log-in-first"),
            sign_out=problem.code == "another-account",
            again=problem.code == "gone",
        )
    return render(
        request,
        "web/join/confirm.html",
        {"application": application, "errors": errors},
        status=400 if errors else 200,
    )


@require_safe
@applicant
def status(request: HttpRequest, application: Application) -> HttpResponse:
    """Where she stands, and what is next."""
    standing = queries.standing(application)
    return render(
        request,
        "web/join/status.html",
        {
            "standing": standing,
            "application": application,
            "supervised": list(application.supervised.all()),
            "contact": settings.JOIN_CONTACT,
            "now": clock.now(),
        },
    )


@require_POST
@applicant
def hand_in(request: HttpRequest, application: Application) -> HttpResponse:
    """To the reviewers."""
    # The page says what is missing, or where it stands by now.
    with contextlib.suppress(ValidationError, Stale):
        applying.hand_in(application.pk, queries.standing(application).missing)
    return redirect(f"{reverse('join-status')}#next")
