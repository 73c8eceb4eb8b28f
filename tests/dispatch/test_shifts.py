"""/agent/shifts: when an agent plans to work, which binds her to nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from dispatch import waves
from dispatch.models import Shift
from tests.office import Office

HERE = "/agent/shifts"


def test_a_week_and_its_exceptions_make_the_days_to_come(office: Office) -> None:
    alice = office.works("Alice", online=False)
    today = clock.now().date()
    week = [{"weekday": day, "begins": "18:00", "ends": "02:00"} for day in range(7)]
    off = (today + timedelta(days=2)).isoformat()
    early = (today + timedelta(days=3)).isoformat()
    plan = {
        "weekly": week,
        "exceptions": [
            {"date": off, "begins": None, "ends": None},
            {"date": early, "begins": "08:00", "ends": "12:30"},
        ],
    }
    first = alice.ok("PUT", HERE, plan)
    days = {each["date"]: (each["begins"], each["ends"]) for each in first["days"]}
    assert len(days) == 14
    assert days[today.isoformat()] == ("18:00", "02:00")
    assert days[off] == (None, None)
    assert days[early] == ("08:00", "12:30")
    assert alice.ok("PUT", HERE, plan) == alice.ok("GET", HERE) == first
    assert alice.ok("PUT", HERE, {"weekly": [], "exceptions": []})["weekly"] == []
    assert not Shift.objects.filter(agent=alice.agent).exists()


def test_nothing_follows_from_a_plan(office: Office) -> None:
    alice, bob = office.works("Alice", online=False), office.works("Bob")
    week = [{"weekday": day, "begins": "00:00", "ends": "23:59"} for day in range(7)]
    alice.ok("PUT", HERE, {"weekly": week, "exceptions": []})
    office.asks()
    waves.run()
    # Who planned and is not there is neither asked nor changed; who did not plan is asked as ever.
    assert bob.offer()
    assert alice.me()["presence"] == "offline"


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekly": [{"weekday": 7, "begins": "08:00", "ends": "09:00"}]},
        {"weekly": [{"weekday": 0, "begins": "08:00", "ends": "08:00"}]},
        {"weekly": [{"weekday": 0, "begins": "8", "ends": "25:00"}]},
        {"weekly": [{"weekday": 0, "begins": "08:00"}]},
        {"weekly": [{"weekday": 0, "begins": "08:00", "ends": "09:00"}] * 2},
        {"exceptions": [{"date": "2030-01-01", "begins": "08:00", "ends": None}]},
        {"exceptions": [{"date": "soon", "begins": None, "ends": None}]},
        {"minimum": 40},
    ],
)
def test_what_is_no_plan_is_refused_and_the_old_one_stays(
    office: Office, wrong: dict[str, Any]
) -> None:
    alice = office.works("Alice")
    good = {"weekly": [{"weekday": 0, "begins": "08:00", "ends": "09:00"}], "exceptions": []}
    kept = alice.ok("PUT", HERE, good)
    alice.refused(400, "PUT", HERE, {"weekly": [], "exceptions": [], **wrong})
    assert alice.ok("GET", HERE) == kept


def test_supervisors_see_who_plans_to_come(
    office: Office, admin_client: Client, static_files: None
) -> None:
    alice = office.works("Alice")
    good = {"weekly": [{"weekday": 4, "begins": "18:00", "ends": "21:00"}], "exceptions": []}
    alice.ok("PUT", HERE, good)
    page = admin_client.get(reverse("admin:dispatch_shift_changelist")).content.decode()
    assert "Alice" in page
    assert "Friday" in page
