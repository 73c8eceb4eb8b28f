"""What a session says of its customer besides her name: bounded, and no more than an agent needs."""

import re
from typing import Any
from urllib.parse import urlsplit

MAX_ATTRIBUTES = 20
NAME = re.compile(r"^\w{1,40}\Z")
VALUE = 200

BROWSERS = (
    # The first that is named is the one: the others are named out of politeness.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def attributes(claim: object) -> dict[str, Any]:
    """The host site's claims as a small flat map of texts and numbers; what does not fit is left out.

    A customer must not stay outside because of a detail that somebody signed too generously.
    """
    if not isinstance(claim, dict):
        return {}
    kept: dict[str, Any] = {}
    for name, value in claim.items():
        if len(kept) == MAX_ATTRIBUTES:
            break
        if not NAME.match(str(name)) or isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            if abs(value) < 1e15:
                kept[name] = value
        elif isinstance(value, str) and (text := storable(value, VALUE)):
            kept[name] = text
    return kept


def page(address: str) -> str:
    """The page without what stands after it: a query may hold what nobody meant to show."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return storable(f"{parts.scheme}://{parts.hostname}{port}{parts.path}", 300)


def device(agent: str) -> str:
    """Browser and system, as people name them; empty for what names neither."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(filter(None, (browser, system)))


def storable(claim: object, size: int) -> str:
    """A claim as Postgres can hold it: no NUL, no half characters, stripped, cut to `size`."""
    return str(claim).encode("utf-8", "ignore").decode().replace("\0", "").strip()[:size]
