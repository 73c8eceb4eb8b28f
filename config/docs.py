"""The API's documentation page, with its script served by ourselves."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response


class Schema(SpectacularAPIView):
    """The OpenAPI document. It is made anew for each request, so nobody may ask all the time."""

    throttle_scope = "docs"


class ApiDocs(SpectacularSwaggerSplitView):
    """Swagger UI sets inline styles; it gets them on this page alone."""

    permission_classes = [AllowAny]
    throttle_scope = "docs"
    url_name = "schema"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page, or its script."""
        response: Response = super().get(request, *args, **kwargs)
        response._csp_update = {"style-src": [SELF, UNSAFE_INLINE]}  # type: ignore[attr-defined]
        return response
