"""Tags that join templates to the browser's half: import map, preloads, translated strings."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from web.strings import catalogue

register = template.Library()

JS_ROOT = Path(__file__).resolve().parent.parent / "static" / "web" / "js"
# Modules that are imported only when they are needed, or never: types alone.
LAZY = {
    "flagdown/poll",
    "flagdown/chat/frame",
    "flagdown/chat/tip",
    "flagdown/agent/shapes",
    "flagdown/agent/callins",
    "flagdown/agent/earnings",
    "flagdown/agent/payouts",
    "flagdown/agent/worker",
    "flagdown/agent/push",
    "flagdown/agent/reach",
    "flagdown/agent/inside",
    "flagdown/agent/work",
    "flagdown/agent/shifts",
    "flagdown/agent/copies",
    "flagdown/agent/records",
    "flagdown/agent/desk/about",
    "flagdown/agent/desk/actions",
    "flagdown/agent/desk/canned",
    "flagdown/agent/desk/desk",
    "flagdown/agent/desk/leaving",
    "flagdown/agent/desk/notes",
    "flagdown/agent/desk/replies",
}
# json_script's escapes: the map holds our own paths, yet nothing may ever close the script element.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def _scan(folders: tuple[str, ...]) -> dict[str, str]:
    """Return bare module name → static path.

    `lib/api.js` is `flagdown/api`, `chat/main.js` is `flagdown/chat/main`.
    """
    found: dict[str, str] = {}
    for folder in folders:
        for file in sorted((JS_ROOT / folder).rglob("*.js")):
            path = file.relative_to(JS_ROOT)
            name = path.relative_to("lib") if folder == "lib" else path
            found[f"flagdown/{name.with_suffix('').as_posix()}"] = f"web/js/{path.as_posix()}"
    return found


_scan_once = lru_cache(maxsize=32)(_scan)


def module_map(*folders: str) -> dict[str, str]:
    """Return bare module name → URL (hashed, where the storage hashes) of these folders."""
    scan = _scan if settings.DEBUG else _scan_once
    return {name: static(path) for name, path in scan(folders).items()}


@register.simple_tag(takes_context=True)
def importmap(context: dict[str, Any], *folders: str, early: str = "") -> SafeString:
    """Write the import map of these folders and their preloads: `{% importmap "lib" "chat" %}`.

    Hashed file names make relative imports impossible, so modules import each other by bare name.
    The preloads spare slow networks one round trip per level of imports. Must stand before the
    first module script.
    """
    # A page that needs a few of a folder's modules names them in `early`; only those are preloaded.
    wanted = set(early.split())
    # Template literals are SafeStrings, which pathlib refuses.
    modules = module_map(*("".join(folder) for folder in folders))
    nonce = _nonce(context)
    body = mark_safe(json.dumps({"imports": modules}).translate(_ESCAPES))  # noqa: S308
    # What a page may never need is not fetched ahead.
    ahead = (
        url for name, url in modules.items() if name not in LAZY and (not wanted or name in wanted)
    )
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>\n{}',
        nonce,
        body,
        format_html_join("\n", '<link rel="modulepreload" href="{}">', ((url,) for url in ahead)),
    )


@register.simple_tag(takes_context=True)
def module(context: dict[str, Any], name: str) -> SafeString:
    """Start a module by its bare name: `{% module "flagdown/chat/main" %}`."""
    folder = name.split("/")[1] if name.count("/") > 1 else "lib"
    url = module_map("".join(folder))[name]
    return format_html('<script type="module" nonce="{}" src="{}"></script>', _nonce(context), url)


@register.simple_tag
def strings(*names: str, element: str = "fd-strings") -> SafeString:
    """Write the words of these catalogues in the reader's language, for `flagdown/i18n`.

    The page's own are found by it; those of a part that comes later are told to its `learn`.
    """
    return json_script(catalogue(get_language() or settings.LANGUAGE_CODE, *names), element)


@register.simple_tag(takes_context=True)
def passkey_elsewhere(context: dict[str, Any]) -> str:
    """This page's address where passkeys work, or nothing when they work here."""
    request = context["request"]
    if request.get_host().partition(":")[0] == settings.PASSKEY_HOST:
        return ""
    return f"{settings.PASSKEY_URL}{request.path}"


def _nonce(context: dict[str, Any]) -> str:
    request = context.get("request")
    return str(getattr(request, "csp_nonce", "")) if request else ""
