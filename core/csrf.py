"""The CSRF token of calls that a browser's session makes: DRF checks it only in a class of its own."""

from django.utils.translation import gettext as _
from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request

from core.problems import Problem


def require(request: Request) -> None:
    """Raises Problem 403 for a write without the page's token."""
    check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type]
    check.process_request(request._request)
    if reason := check.process_view(request._request, None, (), {}):  # type: ignore[arg-type]
        raise Problem(
            403, "csrf", _("Reload the page and try again: its security token is out of date.")
        ) from (reason if isinstance(reason, Exception) else None)
