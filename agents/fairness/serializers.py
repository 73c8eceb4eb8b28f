"""What the agent API takes and gives about a suspension."""

from typing import Any

from rest_framework import serializers

from agents.fairness import states
from agents.fairness.models import CATEGORIES
from core.api import Strict, Text


class AppealIn(Strict):
    """What she says to it."""

    text = Text(max_length=8000)


class AppealOut(serializers.Serializer[Any]):
    """Her appeal, and how it was answered."""

    state = serializers.ChoiceField(choices=states.APPEAL_CHOICES)
    text = serializers.CharField()
    at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Answered by then at the latest")
    answer = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_null=True, help_text="Who decided")
    decided_at = serializers.DateTimeField(allow_null=True)


class SuspensionOut(serializers.Serializer[Any]):
    """Who keeps her from working, why, and until when."""

    id = serializers.UUIDField()
    in_force = serializers.BooleanField()
    state = serializers.ChoiceField(choices=states.SUSPENSION_CHOICES)
    category = serializers.ChoiceField(choices=[key for key, _words in CATEGORIES])
    reasons = serializers.CharField()
    by = serializers.CharField(help_text="The person who decided it")
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    appeal = AppealOut(allow_null=True)


class SuspensionPage(serializers.Serializer[Any]):
    """The one in force, else the last there was, else null."""

    suspension = SuspensionOut(allow_null=True)
