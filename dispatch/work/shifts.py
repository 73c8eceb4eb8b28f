"""When an agent plans to work: said by her, seen by supervisors, and binding nobody."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from agents.models import Agent
from core import clock
from dispatch.models import Shift
from pay.queries import earnings
from realtime.events import Json

AHEAD_DAYS = 14


def plan(agent_id: UUID) -> Json:
    """Her week, the dates on which it is another, and the next two weeks as they come out of both."""
    zone = earnings.zone_of(agent_id)
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    rows = list(Shift.objects.filter(agent_id=agent_id))
    weekly = {row.weekday: row for row in rows if row.weekday is not None}
    dates = {row.date: row for row in rows if row.date is not None and row.date >= today}
    days = [today + timedelta(days=n) for n in range(AHEAD_DAYS)]
    return {
        "zone": zone,
        "weekly": [{"weekday": day, **_times(weekly[day])} for day in sorted(weekly)],
        "exceptions": [{"date": day.isoformat(), **_times(dates[day])} for day in sorted(dates)],
        "days": [
            {"date": day.isoformat(), **_times(dates.get(day) or weekly.get(day.weekday()))}
            for day in days
        ],
    }


def _times(row: Shift | None) -> Json:
    if row is None or row.begins is None or row.ends is None:
        return {"begins": None, "ends": None}
    return {"begins": f"{row.begins:%H:%M}", "ends": f"{row.ends:%H:%M}"}


def say(
    agent_id: UUID,
    *,
    weekly: Sequence[Mapping[str, Any]],
    exceptions: Sequence[Mapping[str, Any]],
) -> Json:
    """Her plan from now on, in place of what she planned before. Again changes nothing."""
    with transaction.atomic():
        # One after the other: two phones at once leave one plan, not half of each.
        Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
        Shift.objects.filter(agent_id=agent_id).delete()
        Shift.objects.bulk_create(
            Shift(agent_id=agent_id, **each) for each in (*weekly, *exceptions)
        )
        return plan(agent_id)
