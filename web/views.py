"""Pages for customers and visitors. They read, and leave every rule to the API."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from csp.constants import NONCE, SELF
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from core.pages import compressed
from tickets.models import Desk
from web.colour import brand

DEMO_DESK = "demo"
_LOADER = Path(__file__).resolve().parent / "widget" / "loader.js"


@require_safe
@compressed
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is, and show the doors."""
    return render(request, "web/home.html", {"desk": _a_desk()})


@require_safe
@compressed
@xframe_options_exempt  # frame-ancestors below says it exactly
def chat(request: HttpRequest, desk: str) -> HttpResponse:
    """The customer's page of one desk: by itself, or inside the widget's frame (`?embed=1`)."""
    found = Desk.objects.filter(key=desk, is_active=True).first()
    if found is None:
        return render(request, "web/no_desk.html", {"key": desk}, status=404)
    embed = request.GET.get("embed") == "1"
    own = f"{request.scheme}://{request.get_host()}"
    # Whom the frame talks to: an origin that the desk allows, or nobody.
    parent = request.GET.get("origin", "")
    if not embed or parent not in {own, *found.origins}:
        parent = ""
    response = render(
        request,
        "web/chat.html",
        {
            "desk": found,
            "brand": brand(found.color),
            "topics": list(
                found.queues.filter(is_public=True)
                .order_by("is_default", "name")
                .values("slug", "name", "is_default")
            ),
            "embed": embed,
            "config": {
                "desk": found.key,
                "name": found.name,
                "color": brand(found.color).fill,
                "embed": embed,
                "parent": parent,
            },
        },
    )
    response._csp_update = {"style-src": [NONCE]}  # type: ignore[attr-defined]
    response._csp_replace = {"frame-ancestors": [SELF, *found.origins]}  # type: ignore[attr-defined]
    return response


@require_safe
@compressed
def demo(request: HttpRequest) -> HttpResponse:
    """A small shop with the widget on it, to try everything as a customer would meet it."""
    desk = _a_desk()
    if desk is None:
        return render(request, "web/no_desk.html", {"key": DEMO_DESK}, status=404)
    response = render(request, "web/demo.html", {"desk": desk, "brand": brand(desk.color)})
    response._csp_update = {"style-src": [NONCE]}  # type: ignore[attr-defined]
    return response


@require_safe
@compressed
@cache_control(public=True, max_age=300)
@vary_on_headers("Accept-Language")
def widget(request: HttpRequest) -> HttpResponse:
    """The loader that a host site includes, at an address that never changes."""
    words = {
        "open": _("Chat with us"),
        "close": _("Close chat"),
        "title": _("Chat"),
        "unread": _("Unread: {n}"),
    }
    response = HttpResponse(
        _loader().replace("__WORDS__", json.dumps(words)),
        content_type="text/javascript; charset=utf-8",
    )
    # Any site may include it: it is public and holds no data.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@lru_cache(maxsize=1)
def _loader() -> str:
    return _LOADER.read_text(encoding="utf-8")


def _a_desk() -> Desk | None:
    """Return the desk that visitors are shown: the demo's, or the first one there is."""
    desks = Desk.objects.filter(is_active=True)
    return desks.filter(key=DEMO_DESK).first() or desks.first()
