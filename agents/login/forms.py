"""allauth's forms for codes, with codes that count once."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp import forms as totp

from agents.login import factors


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
