"""allauth's hooks: agents come in by application, not by a sign-up form."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from agents.onboarding import queries


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
