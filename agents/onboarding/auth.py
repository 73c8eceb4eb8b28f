"""Who calls the applicants' API: the browser's session with its CSRF token, and nothing else."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from agents.onboarding import queries
from core import csrf


@dataclass(frozen=True, slots=True)
class ApplicantPrincipal:
    """Who calls: an applicant, by her log-in."""

    user_id: int
    is_authenticated = True

    @property
    def throttle_key(self) -> str:
        """Rate limits count by person."""
        return f"applicant:{self.user_id}"


class ApplicantAuthentication(BaseAuthentication):
    """The session of somebody who has applied. Writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[ApplicantPrincipal, Any] | None:
        """The applicant, or None for nobody. Raises Problem 403 without the CSRF token."""
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated or queries.of_user(user.pk) is None:
            return None
        csrf.require(request)
        return ApplicantPrincipal(user.pk), None

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated call a 401."""
        return "Session"


class IsApplicant(BasePermission):
    """Applicants only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether an applicant calls."""
        return isinstance(request.user, ApplicantPrincipal)


class ApplicantScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document names it."""

    target_class = "agents.onboarding.auth.ApplicantAuthentication"
    name = "applicant"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "flagdown_session",
            "description": "The browser's session of an applicant; writes need X-CSRFToken.",
        }
