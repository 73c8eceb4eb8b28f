"""allauth's hooks: agents come in by application, not by a sign-up form."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from agents.login import devices, languages
from agents.onboarding import queries

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Log-in only; where people land depends on who they are."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed: people apply (agents.onboarding), or supervisors make their log-in."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under our public address: the request's Host header must not choose where a mail leads."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.PUBLIC_URL}{path.replace('UID-KEY', key)}"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Agents to their app, applicants to where they stand; supervisors to the admin, also those who
        take conversations."""
        user = request.user
        agent = getattr(user, "agent", None)
        if user.is_authenticated and user.is_staff and (agent is None or agent.supervises):
            return "/admin/"
        if user.is_authenticated and queries.lands_at_status(user.pk):
            return reverse("join-status")
        return "/agent/"

    def login(self, request: HttpRequest, user: Any) -> None:
        """Remember whether it is the first time: then every device is new, and no news."""
        user.is_new_here = user.last_login is None
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Any, **about: Any) -> HttpResponse:
        """Tell a person by mail of a log-in on a device that she has not used before."""
        response: HttpResponse = super().post_login(request, user, **about)
        if not user.is_new_here and not devices.known(request, user):
            agent = request.headers.get("User-Agent", "")
            self.send_notification_mail(
                "account/email/new_device", user, {"device": devices.describe(agent)}
            )
        devices.remember(request, response, user)
        languages.at_login(response, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Under our own address, and a mail server that fails keeps nobody from logging in."""
        try:
            super().send_mail(template_prefix, email, {"home": settings.PUBLIC_URL, **context})
        except (OSError, SMTPException) as error:
            logger.warning("mail %s was not sent: %s", template_prefix, error)
