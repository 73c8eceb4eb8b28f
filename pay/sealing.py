"""What nobody may read in a copy of the database: bank details, encrypted (Fernet: AES-128-CBC, HMAC).

The keys are settings.PAY_KEYS, the first of which seals; the older ones still open. Without any a
key follows from SECRET_KEY and its fallbacks.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def _fernet() -> MultiFernet:
    derived = [
        base64.urlsafe_b64encode(
            hashlib.sha256(b"flagdown.pay:" + secret.encode()).digest()
        ).decode()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    keys: list[str] = [*settings.PAY_KEYS, *derived]
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    """Encrypted, as text."""
    return _fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises ImproperlyConfigured when none of the keys opens it."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "Bank details were encrypted with a key that is not here. Put the old key behind the "
            "new one in PAY_KEYS, or the old SECRET_KEY into SECRET_KEY_FALLBACKS."
        ) from None
