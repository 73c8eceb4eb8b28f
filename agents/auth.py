"""Who calls the agent API: a bearer token, or the browser's session with its CSRF token."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from agents.login import factors
from agents.tokens import AgentPrincipal, principal_of_token, principal_of_user
from core import csrf
from core.problems import Problem
from core.schema import BearerScheme


def bearer(request: Request) -> str | None:
    """The token of an `Authorization: Bearer …` header, or None without one."""
    parts = get_authorization_header(request).split()
    if not parts or parts[0].lower() != b"bearer":
        return None
    return parts[1].decode("latin-1") if len(parts) == 2 else ""


class AgentAuthentication(BaseAuthentication):
    """Bearer first; without one, the session. A session's writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[AgentPrincipal, Any] | None:
        """The agent, or None for nobody. Raises AuthenticationFailed for a bad token."""
        token = bearer(request)
        if token is not None:
            principal = principal_of_token(token)
            if principal is None:
                raise AuthenticationFailed(
                    _("The token is wrong or has expired. Log in again for a new one.")
                )
            return principal, token
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        csrf.require(request)
        principal = principal_of_user(user.pk)
        if principal and factors.missing(user, request._request.session):
            raise Problem(
                403,
                "second-factor-needed",
                _("Supervisors need a second factor. Set it up or show it at /account/."),
            )
        return (principal, None) if principal else None

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated call a 401."""
        return "Bearer"


def caller(request: Request) -> AgentPrincipal:
    """The agent who calls a view that lets in agents only."""
    principal: object = request.user
    assert isinstance(principal, AgentPrincipal)
    return principal


class IsAgent(BasePermission):
    """Agents only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether an agent calls."""
        return isinstance(request.user, AgentPrincipal)


class AgentScheme(BearerScheme):
    """How the OpenAPI document names it."""

    target_class = "agents.auth.AgentAuthentication"
    name = "agent"
    subject = "A token from POST /api/v1/agent/token, or the browser's session with its CSRF token."
