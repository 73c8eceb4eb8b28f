"""allauth's hooks for second factors: secrets are sealed, and passkeys belong to our address."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from agents.login import devices
from core import sealing


class MFAAdapter(DefaultMFAAdapter):
    """See the module."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "no_passkey": _("That was no passkey of this account. Try again, or take another way."),
        "incorrect_code": _("This code is wrong, or was used already. Wait for the next one."),
    }

    def encrypt(self, text: str) -> str:
        """What an authenticator app knows would let its reader in."""
        return sealing.fernet("login", settings.LOGIN_KEYS).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ImproperlyConfigured when none of the keys opens it."""
        try:
            return (
                sealing.fernet("login", settings.LOGIN_KEYS)
                .decrypt(encrypted_text.encode())
                .decode()
            )
        except InvalidToken:
            raise ImproperlyConfigured(
                "Authenticator secrets were encrypted with a key that is not here. Put the old key "
                "behind the new one in LOGIN_KEYS, or the old SECRET_KEY into SECRET_KEY_FALLBACKS."
            ) from None

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The domain that passkeys are bound to is ours, whatever the Host header says."""
        return {"id": settings.PASSKEY_HOST, "name": "Flagdown"}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """A passkey is called like the device that makes it."""
        return devices.describe(context.request.headers.get("User-Agent", ""))
