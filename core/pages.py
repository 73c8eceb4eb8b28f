"""Pages as they cross the network: compressed by the best that the browser takes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import brotli
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_header_parameters

View = Callable[..., HttpResponse]
# A page is compressed for each reader: better qualities cost milliseconds for a few bytes.
QUALITY = 6
# Shorter ones would only grow.
LEAST = 200


def compressed(view: View) -> View:
    """Decorate a view whose pages are sent as Brotli, or as gzip to who knows only that.

    What a page says of a secret beside what a stranger chose would leak by its length (BREACH): our
    pages' only secret is the CSRF token, and Django masks it anew each time.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.has_header("Content-Encoding") or len(response.content) < LEAST:
            return response
        if not _takes_brotli(request):
            squeezed = GZipMiddleware(lambda _request: response).process_response(request, response)
            assert isinstance(squeezed, HttpResponse)
            return squeezed
        patch_vary_headers(response, ("Accept-Encoding",))
        response.content = brotli.compress(response.content, mode=brotli.MODE_TEXT, quality=QUALITY)
        response["Content-Encoding"] = "br"
        response["Content-Length"] = str(len(response.content))
        return response

    return answer


def _takes_brotli(request: HttpRequest) -> bool:
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, parameters = parse_header_parameters(part.strip())
        if name == "br":
            return parameters.get("q", "1") not in {"0", "0.0", "0.00", "0.000"}
    return False
