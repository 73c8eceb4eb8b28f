"""What the earnings API takes and gives. `pay.queries.earnings` builds these shapes."""

from typing import Any

from rest_framework import serializers

from core.api import Strict, Text
from pay.serializers import Money


class Zone(Strict):
    """Where her days begin and end."""

    zone = Text(max_length=64, help_text="A time zone of IANA, such as Europe/Berlin")


class Sums(serializers.Serializer[Any]):
    """What a stretch of time brought. One amount for each currency, the largest first."""

    earned = Money(many=True)
    tips = Money(many=True, help_text="Part of what was earned")
    conversations = serializers.IntegerField()
    online_s = serializers.IntegerField()
    hourly = Money(many=True, help_text="Per hour online, tips aside; empty under a minute")


class Day(Sums):
    """A day in her time zone."""

    date = serializers.DateField()


class Stretch(Sums):
    """Several days."""

    first = serializers.DateField()
    last = serializers.DateField()
    days = Day(many=True)


class EarningLine(serializers.Serializer[Any]):
    """A part of a booking, in words."""

    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()
    amount = Money()


class Earning(serializers.Serializer[Any]):
    """Something that was booked for her, and why it is so much."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    title = serializers.CharField()
    amount = Money()
    ticket = serializers.UUIDField(allow_null=True)
    lines = EarningLine(many=True)


class FloorRule(serializers.Serializer[Any]):
    """What an hour online brings at least."""

    per_hour = Money()
    waiting_per_hour = Money()
    words = serializers.CharField()


class QuestOut(serializers.Serializer[Any]):
    """So many conversations within these dates bring a reward, for those who join."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    topic_name = serializers.CharField(allow_null=True, help_text="Null: every topic")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    target = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Since she joined")
    reward = Money()
    joined = serializers.BooleanField()
    reached_at = serializers.DateTimeField(allow_null=True)
    is_over = serializers.BooleanField()


class Earnings(serializers.Serializer[Any]):
    """What an agent has earned, and why."""

    zone = serializers.CharField()
    balance = Money(many=True, help_text="Earned and not yet paid out")
    today = Day()
    week = Stretch()
    range = Stretch()
    lines = Earning(many=True, help_text="Of the range, the newest first, 300 at most")
    floor = FloorRule(allow_null=True)
    quests = QuestOut(many=True)
    as_of = serializers.DateTimeField()


class Quests(serializers.Serializer[Any]):
    """Quests of her desks."""

    quests = QuestOut(many=True)


class NewTip(Strict):
    """What the customer promises; one of the amounts that the desk offers."""

    amount = Text(max_length=20, help_text="As in 2.00")


class Tips(serializers.Serializer[Any]):
    """What may be tipped now, and what was."""

    amounts = Money(many=True, help_text="Empty when no tip can be given (any more)")
    tip = Money(allow_null=True)
