"""Which addresses a browser may ask us to push to: those of push services, and no others.

An address that a client gives is one that our server will call: everything but the services of the
browsers themselves is refused, so that nobody can make us call something inside our network.
"""

from urllib.parse import urlsplit

from django.conf import settings

# Hosts, or whole domains where they begin with a dot.
KNOWN = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    ".notify.windows.com",
    "web.push.apple.com",
    ".push.apple.com",
)


def is_known(endpoint: str) -> bool:
    """Whether `endpoint` is an address of a push service."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}" in settings.PUSH_SERVICES:
        return True
    host = parts.hostname or ""
    return (
        parts.scheme == "https"
        and port in {None, 443}
        and "@" not in parts.netloc
        and any(host == name or (name[0] == "." and host.endswith(name)) for name in KNOWN)
    )
