"""The agent app's page, its manifest, and what the page must know before its first call."""

import json
from datetime import timedelta
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from rest_framework.exceptions import APIException

from agents.fairness import actions as fairness
from agents.fairness.queries import in_force, name_of
from agents.fairness.queries import last as last_suspension
from agents.models import Agent
from agents.onboarding.queries import lands_at_status
from agents.tokens import AgentPrincipal, working
from core import clock, throttles
from core.api import socket_url
from core.languages import language_name
from core.pages import compressed
from dispatch import why
from tickets import actions as conversations
from tickets.models import Queue
from tickets.ratings import listed as listed_ratings
from web.storage import without_comments

# Parts of the app that are fetched when they are opened, and hold nothing but words and markup.
FRAGMENTS = ("agent-earnings", "agent-reach", "agent-desk", "agent-work")
_WORKER = Path(__file__).resolve().parent / "worker" / "agent.js"


@require_safe
@never_cache
@compressed
@ensure_csrf_cookie
@login_required
def app(request: HttpRequest) -> HttpResponse:
    """The agent app for an agent; a friendly explanation for everybody else who is logged in."""
    if lands_at_status(request.user.pk or 0):
        return redirect("join-status")
    agent = Agent.objects.filter(user_id=request.user.pk or 0).select_related("presence").first()
    if agent is None:
        return render(request, "web/agent/no_agent.html", status=403)
    presence = agent.presence
    return render(
        request,
        "web/agent.html",
        {
            "agent": agent,
            "presence": presence,
            "places": range(presence.capacity),
            "suspended": in_force(agent.pk) is not None,
            "config": {
                "agent": str(agent.pk),
                "earnings": reverse("agent-earnings"),
                "reach": reverse("agent-reach"),
                "worker": reverse("agent-worker"),
                "desk": reverse("agent-desk"),
                "work": reverse("agent-work"),
                "login": f"{reverse('account_login')}?next={reverse('agent-app')}",
                "presence": presence.state,
                "capacity": presence.capacity,
                "load": presence.load,
                # Known from the start: the socket needs no answer of the API to wait for.
                "socket": socket_url(request, "/ws/agent/"),
                **destinations(agent),
            },
        },
    )


@require_safe
@never_cache
@compressed
@login_required
def earnings(request: HttpRequest) -> HttpResponse:
    """What is inside of the app's earnings, without the figures: the app asks once it is opened.

    On a slow network nobody waits for it who only came to answer customers.
    """
    return render(request, "web/agent/earnings.html")


@require_safe
@never_cache
@compressed
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """What the app needs in a conversation, and not before: its sheets, lists and words."""
    return render(request, "web/agent/desk.html")


@require_safe
@never_cache
@compressed
@login_required
def work(request: HttpRequest) -> HttpResponse:
    """What is inside of the app's view of her work, without the figures."""
    return render(request, "web/agent/work.html")


@require_safe
@never_cache
@login_required
def decisions(request: HttpRequest) -> HttpResponse:
    """Who got the last conversations of the agent's desks, and why: in plain words."""
    agent = working().filter(user_id=request.user.pk or 0).first()
    if agent is None:
        return render(request, "web/agent/no_agent.html", status=403)
    # As by the API, and counted with it.
    if wait_s := throttles.allow("decisions", AgentPrincipal(agent.pk, 0, "").throttle_key):
        page = render(request, "web/agent/decisions.html", {"wait_s": ceil(wait_s)}, status=429)
        page["Retry-After"] = str(ceil(wait_s))
        return page
    now = clock.now()
    rows = []
    for row in why.decisions(agent.pk):
        at = parse_datetime(row["at"]) or now
        rows.append(
            {
                **row,
                "at": at,
                "just_now": now - at < timedelta(minutes=1),
                "language": language_name(row["language"]),
            }
        )
    return render(request, "web/agent/decisions.html", {"decisions": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def suspension(request: HttpRequest) -> HttpResponse:
    """Who keeps the agent from working, why and until when, and her appeal: written here."""
    agent = Agent.objects.filter(user_id=request.user.pk or 0).first()
    if agent is None:
        return render(request, "web/agent/no_agent.html", status=403)
    text, wrong = request.POST.get("text", "")[:8000], ""
    if request.method == "POST":
        try:
            fairness.appeal(agent_id=agent.pk, text=text)
        except APIException as refused:
            wrong = _said(refused)
        else:
            return HttpResponseRedirect(reverse("agent-suspension"))
    found = last_suspension(agent.pk)
    current = in_force(agent.pk)
    return render(
        request,
        "web/agent/suspension.html",
        {
            "suspension": found,
            "in_force": current is not None,
            "by": name_of(found.suspended_by) if found else "",
            "appeal": getattr(found, "appeal", None),
            "decided_by": name_of(found.appeal.decided_by)
            if found and getattr(found, "appeal", None) and found.appeal.decided_by
            else "",
            "text": text,
            "wrong": wrong,
        },
        status=400 if wrong else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def ratings(request: HttpRequest) -> HttpResponse:
    """What customers thought of the agent's work; what is unfair is contested here."""
    agent = Agent.objects.filter(user_id=request.user.pk or 0).first()
    if agent is None:
        return render(request, "web/agent/no_agent.html", status=403)
    text, wrong, wrong_at = request.POST.get("text", "")[:2000], "", ""
    if request.method == "POST":
        wrong_at = request.POST.get("ticket", "")
        try:
            conversations.contest(ticket_id=UUID(wrong_at), agent_id=agent.pk, text=text)
        except ValueError:
            raise Http404 from None
        except APIException as refused:
            wrong = _said(refused)
        else:
            return HttpResponseRedirect(f"{reverse('agent-ratings')}#r{wrong_at}")
    page = listed_ratings(agent.pk)
    for row in page["ratings"]:
        row["day"] = row["at"][:10]
    return render(
        request,
        "web/agent/ratings.html",
        {**page, "text": text, "wrong": wrong, "wrong_at": wrong_at},
        status=400 if wrong else 200,
    )


def _said(refused: APIException) -> str:
    """What an action refuses, in words."""
    if isinstance(refused.detail, dict):
        return " ".join(str(said) for lines in refused.detail.values() for said in lines)
    return str(refused.detail)


@require_safe
@never_cache
@compressed
@login_required
def reach(request: HttpRequest) -> HttpResponse:
    """What is inside of the app's check of this phone; the app measures once it is opened."""
    return render(request, "web/agent/reach.html")


@require_safe
@compressed
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The app's service worker. Its scope is where it lies; browsers ask for it again each day."""
    script = _worker()
    for mark, value in {
        "__FRAGMENTS__": json.dumps([reverse(name) for name in FRAGMENTS]),
        "__ICON__": static("web/img/icon-192.png"),
        "__BADGE__": static("web/img/badge.png"),
    }.items():
        script = script.replace(mark, value)
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def _worker() -> str:
    return without_comments(_WORKER.read_text(encoding="utf-8"))


def destinations(agent: Agent) -> dict[str, list[Any]]:
    """Where a conversation can be handed to: the topics and colleagues of the agent's desks.

    `supervised` are the keys of the desks where a colleague takes what is for supervisors.
    """
    desks = agent.desks.filter(is_active=True)
    queues = (
        Queue.objects.filter(desk__in=desks).order_by("name").values("slug", "name", "desk__key")
    )
    colleagues = (
        Agent.objects.filter(desks__in=desks).exclude(pk=agent.pk).distinct().order_by("name")
    )
    supervised = desks.filter(
        Exists(Agent.objects.filter(desks=OuterRef("pk"), supervises=True).exclude(pk=agent.pk))
    )
    return {
        "supervised": list(supervised.values_list("key", flat=True)),
        "queues": [{"slug": q["slug"], "name": q["name"], "desk": q["desk__key"]} for q in queues],
        "colleagues": [
            {"id": str(pk), "name": name} for pk, name in colleagues.values_list("pk", "name")[:200]
        ],
    }


@require_GET
@cache_control(max_age=3600, public=True)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the app on its home screen."""
    icon = {"type": "image/png"}
    return JsonResponse(
        {
            "id": "/agent/",
            "name": _("Flagdown for agents"),
            "short_name": "Flagdown",
            "description": _(
                "Answer customers when you like: go online, and conversations ring here."
            ),
            "start_url": reverse("agent-app"),
            "scope": "/agent/",
            "display": "standalone",
            "orientation": "any",
            "background_color": "#f5f3ef",
            "theme_color": "#1f6f5c",
            "icons": [
                {"src": static("web/img/icon.svg"), "type": "image/svg+xml", "sizes": "any"},
                {"src": static("web/img/icon-192.png"), "sizes": "192x192", **icon},
                {"src": static("web/img/icon-512.png"), "sizes": "512x512", **icon},
                {
                    "src": static("web/img/icon-maskable.png"),
                    "sizes": "512x512",
                    "purpose": "maskable",
                    **icon,
                },
            ],
        },
        content_type="application/manifest+json",
    )
