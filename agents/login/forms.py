"""allauth's forms, with codes that count once and for whatever is sent as a passkey."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.forms import CharField

from agents.login import factors

logger = logging.getLogger(__name__)


class _Code:
    """Mix-in: a code of the app, or a recovery code, taken once."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """Counted before it is looked at, so that nobody guesses for long."""
        clear = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        factor = factors.accept(self.user, code)
        if factor is None:
            raise get_adapter().validation_error("incorrect_code")
        factor.refresh_from_db()
        factor.user = self.user
        self.authenticator = factor
        clear()
        return code


class AuthenticateForm(_Code, base.AuthenticateForm):
    """While logging in."""


class ReauthenticateForm(_Code, base.ReauthenticateForm):
    """Before something that matters."""


class ActivateTOTPForm(totp.ActivateTOTPForm):
    """The first code of a new app; it is used up as any other (agents.receivers)."""

    def clean_code(self) -> str:
        """Remember which moment's it was."""
        code: str = super().clean_code()
        self.user.taken_counter = factors.counter_of(self.secret, code)
        return code


class _Ceremony:
    """Mix-in: what a browser sends as a credential is parsed by a library that expects browsers.

    Whatever it stumbles over is no credential. Only the database's troubles are ours.
    """

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        """Logging in with it, or showing it."""
        return self._tried(super().clean_credential)  # type: ignore[misc]

    def _tried(self, look: Callable[[], Any]) -> Any:
        try:
            return look()
        except (ValidationError, DatabaseError):
            raise
        except Exception as stumbled:
            logger.info("no credential: %r", stumbled)
            raise get_adapter().validation_error("no_passkey") from None


class LoginWebAuthnForm(_Ceremony, webauthn.LoginWebAuthnForm):
    """A passkey instead of everything else."""


class AuthenticateWebAuthnForm(_Ceremony, webauthn.AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class ReauthenticateWebAuthnForm(_Ceremony, webauthn.ReauthenticateWebAuthnForm):
    """A passkey before something that matters."""


class AddWebAuthnForm(_Ceremony, webauthn.AddWebAuthnForm):
    """A new passkey. It alone has to be enough: a key that knows nobody is none."""

    name = CharField(required=False, max_length=60)

    def clean_credential(self) -> Any:
        """Looked at as a whole, in `clean`."""
        return self.cleaned_data["credential"]

    def clean(self) -> dict[str, Any]:
        """See the class."""
        self.cleaned_data["passwordless"] = True
        cleaned: dict[str, Any] = self._tried(super().clean)
        return cleaned
