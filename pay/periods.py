"""Periods of statements: a month (2026-11), an ISO week (2026-W48) or a year (2026), in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError


@dataclass(frozen=True)
class Period:
    """From `start` on, until before `end`."""

    name: str
    start: datetime
    end: datetime


def period(name: str) -> Period:
    """The period of this name. Raises ValidationError, by the field `period`."""
    try:
        if found := re.fullmatch(r"(\d{4})-(\d{2})", name, re.ASCII):
            return month(int(found[1]), int(found[2]))
        if found := re.fullmatch(r"(\d{4})-W(\d{2})", name, re.ASCII):
            first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Period(name, _midnight(first), _midnight(first + timedelta(days=7)))
        if re.fullmatch(r"\d{4}", name, re.ASCII):
            year = int(name)
            return Period(name, _midnight(date(year, 1, 1)), _midnight(date(year + 1, 1, 1)))
    except (ValueError, OverflowError):
        pass
    raise ValidationError(
        {"period": [_("Write a month (2026-11), a week (2026-W48) or a year (2026).")]}
    )


def month(year: int, number: int) -> Period:
    """A month. Raises ValueError for one that is none."""
    after = date(year + number // 12, number % 12 + 1, 1)
    return Period(f"{year:04d}-{number:02d}", _midnight(date(year, number, 1)), _midnight(after))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
