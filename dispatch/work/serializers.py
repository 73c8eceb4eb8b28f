"""Shapes of an agent's work, for the OpenAPI document; `figures` builds them."""

import re
from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import ClientId, Strict


class WorkOffers(serializers.Serializer[Any]):
    """What she was asked, and what became of it."""

    accepted = serializers.IntegerField()
    declined = serializers.IntegerField()
    missed = serializers.IntegerField(help_text="Ran out after her phone had drawn them")
    not_counted = serializers.IntegerField(help_text="Withdrawn, or never on her screen")


class WorkSums(serializers.Serializer[Any]):
    """A day, or several."""

    conversations = serializers.IntegerField(help_text="That came to her in this time")
    online_s = serializers.IntegerField()
    waited_s = serializers.IntegerField(help_text="Online without a conversation")
    offers = WorkOffers()
    acceptance = serializers.FloatField(allow_null=True, help_text="0 to 1, of those that count")
    rating = serializers.FloatField(allow_null=True, help_text="Mean of 1 to 5")
    ratings = serializers.IntegerField()
    handle_s = serializers.IntegerField(allow_null=True, help_text="Mean, of those that have ended")
    first_reply_s = serializers.IntegerField(
        allow_null=True, help_text="Mean, from when she had it"
    )
    in_time = serializers.FloatField(
        allow_null=True, help_text="Share first answered within the queue's service level"
    )


class WorkDay(WorkSums):
    """One day."""

    date = serializers.DateField()


class WorkSpan(WorkSums):
    """Several days, and each of them."""

    first = serializers.DateField()
    last = serializers.DateField()
    days = WorkDay(many=True)


class WorkComment(serializers.Serializer[Any]):
    """What a customer wrote, without who and without when exactly."""

    date = serializers.DateField()
    score = serializers.IntegerField()
    comment = serializers.CharField()


class Work(serializers.Serializer[Any]):
    """An agent's work."""

    zone = serializers.CharField()
    today = WorkDay()
    week = WorkSpan()
    range = WorkSpan()
    comments = WorkComment(many=True)
    as_of = serializers.DateTimeField()


class NewWorkRecord(Strict):
    """A wish for a work record."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header")


class NewExport(Strict):
    """A wish for a copy of everything."""

    client_id = ClientId(required=False, help_text="Or an Idempotency-Key header")


class ExportOut(serializers.Serializer[Any]):
    """A copy of everything that is kept about an agent."""

    id = serializers.UUIDField()
    client_id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True, help_text="null: it is being made")
    expires_at = serializers.DateTimeField(allow_null=True)


class Exports(serializers.Serializer[Any]):
    """Those that have not run out."""

    exports = ExportOut(many=True)


class WorkRecordOut(serializers.Serializer[Any]):
    """A signed work record."""

    id = serializers.UUIDField()
    client_id = serializers.UUIDField()
    issued_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    token = serializers.CharField(help_text="A JWS, by a key of /.well-known/jwks.json")
    link = serializers.URLField(help_text="Where anybody can check it")


class WorkRecords(serializers.Serializer[Any]):
    """All of an agent's."""

    records = WorkRecordOut(many=True)


MOST_DATES = 60


WALL = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


@extend_schema_field({"type": "string", "pattern": rf"^{WALL.pattern}$"})
class WallTime(serializers.CharField):
    """What a clock on the wall says: 18:00."""

    def to_internal_value(self, data: Any) -> Any:
        """The time. Raises ValidationError."""
        if not isinstance(data, str) or not WALL.fullmatch(data):
            raise serializers.ValidationError(_("Write a time like 18:00."))
        return time.fromisoformat(data)


class Times(Strict):
    """From when until when; an end before the beginning is on the next day."""

    begins = WallTime()
    ends = WallTime()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both or none, and not the same. Raises ValidationError."""
        begins, ends = attrs.get("begins"), attrs.get("ends")
        if (begins is None) != (ends is None) or (begins is not None and begins == ends):
            raise serializers.ValidationError({"ends": [_("Say from when until when.")]})
        return attrs


class WeeklyShift(Times):
    """On a weekday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday")


class DatedShift(Times):
    """On a date, instead of what the week says; without times: not then."""

    date = serializers.DateField()
    begins = WallTime(allow_null=True)
    ends = WallTime(allow_null=True)


class NewPlan(Strict):
    """When an agent plans to work."""

    weekly = WeeklyShift(many=True)
    exceptions = DatedShift(many=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each day once, and not without end. Raises ValidationError."""
        for name, key in (("weekly", "weekday"), ("exceptions", "date")):
            days = [each[key] for each in attrs[name]]
            if len(days) != len(set(days)):
                raise serializers.ValidationError({name: [_("Name each day once.")]})
        if len(attrs["exceptions"]) > MOST_DATES:
            raise serializers.ValidationError(
                {"exceptions": [_("At most %d dates at a time.") % MOST_DATES]}
            )
        return attrs


class ShiftDay(serializers.Serializer[Any]):
    """A day as it comes out of the week and its exceptions."""

    date = serializers.DateField()
    begins = WallTime(allow_null=True)
    ends = WallTime(allow_null=True)


class PlannedWeekday(serializers.Serializer[Any]):
    """A weekday of hers."""

    weekday = serializers.IntegerField()
    begins = WallTime()
    ends = WallTime()


class Plan(serializers.Serializer[Any]):
    """When an agent plans to work."""

    zone = serializers.CharField()
    weekly = PlannedWeekday(many=True)
    exceptions = ShiftDay(many=True)
    days = ShiftDay(many=True, help_text="The next two weeks")
