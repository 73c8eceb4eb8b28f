"""What an agent reads of her earnings."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from agents.models import PresenceLog
from core import clock
from tests.office import Heard, Office
from tests.pay.conftest import earn
from tests.pay.worlds import make_tariff, took
from tickets.models import Ticket


def test_today_the_week_and_every_line_explain_themselves(office: Office, heard: Heard) -> None:
    make_tariff(desk=office.desk, floor=Decimal("12.00"), waiting=Decimal("3.00"))
    kim, alice = office.talk()
    came = clock.now() - timedelta(minutes=30)
    PresenceLog.objects.create(
        of=alice.agent.presence, was="offline", now="online", at=came, by="test"
    )
    took(Ticket.objects.get(pk=kim.ticket.pk), 10)
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    zone = _zone_at_noon()
    seen = alice.ok("GET", f"/agent/earnings?zone={zone}")
    assert seen["today"]["earned"] == [{"amount": "3.70", "currency": "EUR"}]
    assert seen["today"]["conversations"] == 1
    assert 1795 <= seen["today"]["online_s"] <= 1810
    (hourly,) = seen["today"]["hourly"]
    assert Decimal("7.30") <= Decimal(hourly["amount"]) <= Decimal("7.42")
    assert seen["week"]["earned"] == seen["today"]["earned"]
    assert len(seen["week"]["days"]) == 7
    assert seen["balance"] == [{"amount": "3.70", "currency": "EUR"}]
    (line,) = seen["lines"]
    assert (line["title"], line["kind"]) == ("General", "conversation")
    assert [part["text"] for part in line["lines"]] == ["Conversation", "10 min at 0.25 EUR"]
    assert "12.00 EUR for each hour online" in seen["floor"]["words"]


def test_a_day_begins_where_she_lives(office: Office) -> None:
    alice = office.works("Alice")
    earn(alice.agent, 500)
    now = clock.now()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        seen = alice.ok("GET", f"/agent/earnings?zone={zone}")
        assert seen["today"]["date"] == now.astimezone(ZoneInfo(zone)).date().isoformat()
        assert seen["today"]["earned"] == [{"amount": "5.00", "currency": "EUR"}]


def test_currencies_never_mix(office: Office) -> None:
    alice = office.works("Alice")
    earn(alice.agent, 500)
    earn(alice.agent, 90, currency="JPY")
    seen = alice.ok("GET", "/agent/earnings")
    assert seen["today"]["earned"] == [
        {"amount": "5.00", "currency": "EUR"},
        {"amount": "90", "currency": "JPY"},
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("zone=Mars/Olympus", "zone"),
        ("first=yesterday", "first"),
        ("first=2026-11-03&last=2026-11-01", "last"),
        ("first=2026-01-01&last=2026-11-01", "last"),
        ("last=9999-12-31", "last"),
    ],
)
def test_what_makes_no_range_is_refused_by_field(office: Office, query: str, field: str) -> None:
    alice = office.works("Alice")
    assert list(alice.refused(400, "GET", f"/agent/earnings?{query}")["errors"]) == [field]


def test_a_zone_is_kept_and_a_wrong_one_is_refused(office: Office) -> None:
    alice = office.works("Alice")
    alice.ok("PUT", "/agent/earnings/zone", {"zone": "Europe/Berlin"})
    assert alice.ok("GET", "/agent/earnings")["zone"] == "Europe/Berlin"
    problem = alice.refused(400, "PUT", "/agent/earnings/zone", {"zone": "../etc/passwd"})
    assert "Europe/Berlin" in problem["errors"]["zone"][0]
    assert alice.ok("GET", "/agent/earnings")["zone"] == "Europe/Berlin"


def _zone_at_noon() -> str:
    """Somewhere where half an hour ago is today, and the week's first minutes are long past."""
    for hours in range(-11, 13):
        zone = f"Etc/GMT{hours:+d}"
        if 10 <= datetime.now(ZoneInfo(zone)).hour <= 14:
            return zone.replace("+", "%2B")
    raise AssertionError


def test_the_inside_of_the_earnings_is_for_who_is_logged_in_and_never_kept(
    office: Office, client: Client, static_files: None
) -> None:
    answer = client.get("/agent/earnings/")
    assert (answer.status_code, answer["Location"][:16]) == (302, "/accounts/login/")
    client.force_login(office.works("Alice").agent.user)
    answer = client.get("/agent/earnings/")
    assert "To be paid out" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/agent/earnings/").status_code == 405
