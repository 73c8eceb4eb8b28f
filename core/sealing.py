"""Keys for what nobody may read in a copy of the database."""

import base64
import hashlib
from collections.abc import Iterable

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def fernet(purpose: str, keys: Iterable[str]) -> MultiFernet:
    """The first of `keys` encrypts, all decrypt; behind them keys of this purpose's own that follow
    from SECRET_KEY and its fallbacks."""
    derived = [
        base64.urlsafe_b64encode(
            hashlib.sha256(f"flagdown.{purpose}:{secret}".encode()).digest()
        ).decode()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(key) for key in (*keys, *derived)])
