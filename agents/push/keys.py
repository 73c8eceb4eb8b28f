"""Our key for push services (VAPID, RFC 8292)."""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid02, VapidException


@lru_cache(maxsize=2)
def _vapid(key: str) -> Vapid02:
    try:
        return Vapid02.from_string(key)
    except (VapidException, ValueError) as error:
        raise ImproperlyConfigured(
            "VAPID_PRIVATE_KEY must be a P-256 key: 32 bytes as base64url, 43 characters. "
            "`python manage.py vapid_key` makes one."
        ) from error


def vapid() -> Vapid02:
    """The key that signs what we send. Raises ImproperlyConfigured for a setting that is none."""
    return _vapid(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What a browser subscribes with, as base64url; empty where nothing can be pushed."""
    if not settings.VAPID_PRIVATE_KEY:
        return ""
    point = vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
