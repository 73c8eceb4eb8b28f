"""The agent app's page, its manifest, and what the page must know before its first call."""

from datetime import timedelta
from math import ceil
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_safe

from agents.models import Agent
from agents.onboarding.queries import lands_at_status
from agents.tokens import AgentPrincipal, working
from core import clock, throttles
from core.api import socket_url
from core.languages import language_name
from dispatch import why
from tickets.models import Queue


@require_safe
@never_cache
@gzip_page
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
            "config": {
                "agent": str(agent.pk),
                "earnings": reverse("agent-earnings"),
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
@gzip_page
@login_required
def earnings(request: HttpRequest) -> HttpResponse:
    """What is inside of the app's earnings, without the figures: the app asks once it is opened.

    On a slow network nobody waits for it who only came to answer customers.
    """
    return render(request, "web/agent/earnings.html")


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
