"""Errors as RFC 9457 problem+json: what happened, and what to do about it."""

import logging
import math
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.db.utils import InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found, permission_denied, server_error
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.states import Stale

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"


class Problem(exceptions.APIException):
    """An error with a name of its own. `code` becomes the problem's type, `more` its extra members."""

    def __init__(self, status_code: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail, code)
        self.status_code = status_code
        self.code = code
        self.more = more


def body(status_code: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The members of a problem document."""
    return {
        "type": f"urn:flagdown:problem:{code}",
        "title": title(status_code),
        "status": status_code,
        "detail": detail,
        **more,
    }


def title(status_code: int) -> str:
    """The short name of a status, the same for every problem of that status."""
    return {
        400: _("The request is not valid"),
        401: _("Not logged in"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Method not allowed"),
        406: _("Not acceptable"),
        409: _("Someone was faster"),
        413: _("Too large"),
        415: _("Unsupported media type"),
        429: _("Too many requests"),
        503: _("Not available right now"),
    }.get(status_code, _("Something went wrong"))


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error of the API leaves through here."""
    headers: dict[str, str] = {}
    match exc:
        case Stale():
            detail = (
                exc.detail
                or _("This has changed in the meantime. Its state is now “%s”.") % exc.state
            )
            content = body(409, "stale", detail, state=exc.state)
        case Problem():
            content = body(exc.status_code, exc.code, str(exc.detail), **exc.more)
        case exceptions.ValidationError():
            content = body(
                400,
                "invalid",
                _("Correct what `errors` names and send it again."),
                errors=_errors(exc.detail),
            )
        case exceptions.Throttled():
            wait = max(1, math.ceil(getattr(exc, "wait", None) or 1))
            headers["Retry-After"] = str(wait)
            content = body(429, "throttled", _("Try again in %d s.") % wait)
        case Http404():
            content = body(
                404, "not-found", _("There is nothing here that you may see. Check the id.")
            )
        case RequestDataTooBig():
            content = body(
                413,
                "too-large",
                _("The body may have %d bytes at most. Send less at once.")
                % settings.MAX_BODY_BYTES,
            )
        case PermissionDenied():
            content = body(403, "forbidden", _("You may not do this."))
        case exceptions.NotAuthenticated():
            headers["WWW-Authenticate"] = "Bearer"
            content = body(
                401,
                "not-authenticated",
                _("Send a token: Authorization: Bearer …. /api/docs/ says where it comes from."),
            )
        case exceptions.UnsupportedMediaType():
            content = body(
                415, "unsupported-media-type", _("Send JSON, with Content-Type: application/json.")
            )
        case exceptions.NotAcceptable():
            content = body(
                406, "not-acceptable", _("Answers are JSON only. Accept application/json.")
            )
        case exceptions.MethodNotAllowed():
            view = context["view"]
            headers["Allow"] = ", ".join(view.allowed_methods)
            content = body(
                405, "method-not-allowed", _("This address takes %s.") % headers["Allow"]
            )
        case exceptions.APIException():
            content = body(exc.status_code, exc.default_code.replace("_", "-"), str(exc.detail))
            if header := getattr(exc, "auth_header", None):
                headers["WWW-Authenticate"] = header
        case OperationalError() | InterfaceError():
            logger.warning("database unavailable: %s", exc)
            headers["Retry-After"] = "2"
            content = body(
                503,
                "unavailable",
                _("The service is restarting. Nothing was saved; try again in 2 s."),
            )
        case _:
            return None
    set_rollback()
    return Response(content, status=content["status"], headers=headers, content_type=CONTENT_TYPE)


def _errors(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested error structure as `{"path.to.field": [sentence, …]}`."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for key, value in detail.items():
            flat.update(_errors(value, f"{prefix}.{key}" if prefix else str(key)))
        return flat
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        flat = {}
        for index, item in enumerate(detail):
            if item:
                flat.update(_errors(item, f"{prefix}.{index}" if prefix else str(index)))
        return flat
    items = detail if isinstance(detail, list) else [detail]
    return {prefix or "body": [str(item) for item in items]}


def wants_problem(request: HttpRequest) -> bool:
    """True for the API's addresses; a browser's pages get pages."""
    return request.path.startswith("/api/")


def respond(status_code: int, code: str, detail: str) -> HttpResponse:
    """A problem outside of DRF's views."""
    return JsonResponse(
        body(status_code, code, detail), status=status_code, content_type=CONTENT_TYPE
    )


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address."""
    if wants_problem(request):
        return respond(
            404, "not-found", _("There is nothing at this address. Check it against /api/docs/.")
        )
    return page_not_found(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not allowed."""
    if wants_problem(request):
        return respond(403, "forbidden", _("You may not do this."))
    return permission_denied(request, exception)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django itself refuses (a bad Host header, a suspicious operation)."""
    from django.views.defaults import bad_request

    if isinstance(exception, RequestDataTooBig) and not wants_problem(request):
        megabytes = settings.MAX_FILE_BYTES // 1024 // 1024
        return render(request, "413.html", {"megabytes": megabytes}, status=413)
    if wants_problem(request):
        return respond(400, "invalid", _("The request could not be read."))
    return bad_request(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    """Our fault. The traceback is in the log, never in the answer."""
    if wants_problem(request):
        return respond(
            status.HTTP_500_INTERNAL_SERVER_ERROR,
            "internal",
            _("This is our fault, and we have been told. Try again in a moment."),
        )
    return server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form or a call without the page's CSRF token."""
    if settings.DEBUG:
        logger.warning("CSRF failure: %s", reason)
    if wants_problem(request):
        return respond(
            403, "csrf", _("Reload the page and try again: its security token is out of date.")
        )
    return permission_denied(request, PermissionDenied())
