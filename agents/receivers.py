"""A person's log-in changes: what she has open elsewhere ends with it."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from agents import push, tokens
from agents.login import factors
from agents.models import User


@receiver([password_changed, password_reset, password_set])
def on_new_password(sender: Any, user: User, **_: Any) -> None:
    """Sessions end by their hash; tokens and sockets end here."""
    tokens.revoke_tokens(user)


@receiver(user_logged_out)
def on_log_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    """The page's socket must not outlive its session; a client with a token reconnects."""
    if key := request.session.session_key:
        push.end_of_session(key)
    if user is not None:
        tokens.close_all_sockets(user)


@receiver([authenticator_added, authenticator_used])
def on_second_factor(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    """This session has seen it. The code that an app was set up with is used up by that."""
    factors.note(request.session, user)
    if counter := getattr(user, "taken_counter", None):
        factors.use_up(authenticator, counter)
