"""The OpenAPI document: every call also answers with problems."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

Direction = Literal["request", "response"]


class ProblemDocument(serializers.Serializer[Any]):
    """RFC 9457: what happened, and what to do."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    state = serializers.CharField(required=False, help_text="409: the true state")
    errors: Any = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="400: sentences per field",
    )


class Schema(AutoSchema):
    """drf-spectacular's, plus the problems that a call may answer with."""

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "429", "503"]
        component = self.resolve_serializer(ProblemDocument(), "response")
        for code in codes:
            bodies.setdefault(
                code,
                {
                    "description": "Problem",
                    "content": {"application/problem+json": {"schema": component.ref}},
                },
            )
        return bodies


class BearerScheme(OpenApiAuthenticationExtension):
    """Base of the two bearer schemes; each app names its own class."""

    target_class: Any = None
    name = "bearer"
    subject = ""

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """As OpenAPI wants it."""
        return {"type": "http", "scheme": "bearer", "description": self.subject}
