"""Who calls the chat API: a customer, by the token of her session."""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from agents.auth import bearer
from core.schema import BearerScheme
from tickets.sessions import CustomerPrincipal, principal_of_token


class CustomerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <customer token>`. No cookies: a widget lives on foreign pages."""

    def authenticate(self, request: Request) -> tuple[CustomerPrincipal, str] | None:
        """The customer, or None for nobody. Raises AuthenticationFailed for a bad token."""
        token = bearer(request)
        if token is None:
            return None
        principal = principal_of_token(token)
        if principal is None:
            raise AuthenticationFailed(
                _("The token is wrong or has expired. Start a new session for a new one.")
            )
        return principal, token

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated call a 401."""
        return "Bearer"


def caller(request: Request) -> CustomerPrincipal:
    """The customer who calls a view that lets in customers only."""
    principal: object = request.user
    assert isinstance(principal, CustomerPrincipal)
    return principal


class IsCustomer(BasePermission):
    """Customers only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether a customer calls."""
        return isinstance(request.user, CustomerPrincipal)


class CustomerScheme(BearerScheme):
    """How the OpenAPI document names it."""

    target_class = "tickets.auth.CustomerAuthentication"
    name = "customer"
    subject = "A token from POST /api/v1/chat/sessions."
