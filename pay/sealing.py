"""What nobody may read in a copy of the database: bank details, encrypted (Fernet: AES-128-CBC, HMAC).

The keys are settings.PAY_KEYS, the first of which seals; the older ones still open. Without any a
key follows from SECRET_KEY and its fallbacks.
"""

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core import sealing


def _fernet() -> MultiFernet:
    return sealing.fernet("pay", settings.PAY_KEYS)


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
