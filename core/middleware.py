"""Middleware of our own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

ADMIN = "/admin/"
Handler = Callable[[HttpRequest], HttpResponseBase]


def admin_language(get_response: Handler) -> Handler:
    """Supervisors' words are not translated: half of a page in another language would be worse."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(ADMIN):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
        return get_response(request)

    return middleware


def admin_policy(get_response: Handler) -> Handler:
    """The admin's theme needs a wider content policy than our own pages: it gets it there alone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith(ADMIN):
            response._csp_config = settings.ADMIN_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return response

    return middleware
