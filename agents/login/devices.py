"""Devices: what they are called, and which of them a person has logged in on before."""

import re
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from agents.models import User

COOKIE = "flagdown_device"
SALT = "flagdown.device"
YEAR_S = 365 * 24 * 3600
# People who share a device; more than so many are forgotten again.
MOST = 8

# The first that matches counts: most browsers also name those whose pages they want to be shown.
BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "Chrome OS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "Mac"),
    (r"Linux|X11", "Linux"),
)


def describe(user_agent: str) -> str:
    """In words: “Chrome on Android”."""
    browser = next((name for like, name in BROWSERS if re.search(like, user_agent)), "")
    system = next((name for like, name in SYSTEMS if re.search(like, user_agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    if browser or system:
        return browser or system
    # A native client says its own name first: python-httpx/0.28.
    name = re.match(r"[A-Za-z][\w.-]{1,40}", user_agent)
    return name[0] if name else _("Unknown device")


def is_hand_held(user_agent: str) -> bool:
    """Whether it is a phone or a tablet."""
    return bool(re.search(r"iPhone|iPad|Android|Mobile", user_agent))


def known(request: HttpRequest, user: User) -> bool:
    """Whether this person has logged in on this device within a year."""
    return any(constant_time_compare(mark, _mark(user)) for mark in _marks(request))


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """From now on it is known. The cookie opens nothing: it only saves a mail."""
    marks = [mark for mark in _marks(request) if mark != _mark(user)]
    response.set_cookie(
        COOKIE,
        signing.dumps([_mark(user), *marks][:MOST], salt=SALT),
        max_age=YEAR_S,
        path="/accounts/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _mark(user: User) -> str:
    return salted_hmac(SALT, str(user.pk), algorithm="sha256").hexdigest()[:32]


def _marks(request: HttpRequest) -> list[str]:
    try:
        marks: Any = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT)
    except signing.BadSignature:
        return []
    return [mark for mark in marks if isinstance(mark, str)] if isinstance(marks, list) else []
