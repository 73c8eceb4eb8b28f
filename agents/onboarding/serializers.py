"""Shapes of the applicants' API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agents.onboarding import states
from agents.onboarding.models import KINDS
from core.api import Strict

KIND_CHOICES = [(kind, kind) for kind, _label in KINDS]
LONGEST_LIST = 26


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
)
class AnswerField(serializers.Field[Any, Any, Any, Any]):
    """A text (an option's id, or words), a list of options' ids, or null for none."""

    def to_internal_value(self, data: Any) -> Any:
        """As it came, if it can be one."""
        fits = isinstance(data, str) or (
            isinstance(data, list)
            and len(data) <= LONGEST_LIST
            and all(isinstance(each, str) for each in data)
        )
        if not fits:
            raise ValidationError(_("Send a text, a list of texts, or null."))
        return data

    def to_representation(self, value: Any) -> Any:
        """As it is kept."""
        return value


class AnswerIn(Strict):
    """One answer."""

    answer = AnswerField(allow_null=True)


class SavedOut(serializers.Serializer[Any]):
    """What was kept, and how the test stands."""

    place = serializers.IntegerField()
    answer = AnswerField(allow_null=True)
    until = serializers.CharField()
    server_time = serializers.CharField()


class OptionOut(serializers.Serializer[Any]):
    """An answer to choose."""

    id = serializers.CharField()
    text = serializers.CharField()


class ItemOut(serializers.Serializer[Any]):
    """A question, and what was answered so far. What is right is never sent."""

    place = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KIND_CHOICES)
    text = serializers.CharField()
    points = serializers.IntegerField()
    options = OptionOut(many=True)
    answer = AnswerField(allow_null=True)


class AttemptOut(serializers.Serializer[Any]):
    """A test. The result is there once it is `done`."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=states.ATTEMPT_CHOICES)
    started_at = serializers.CharField()
    until = serializers.CharField()
    server_time = serializers.CharField()
    items = ItemOut(many=True)
    level = serializers.IntegerField(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    retry_at = serializers.CharField(allow_null=True)
