"""Tariffs as a supervisor sets them in the admin."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from agents.models import User
from core import clock
from pay.models import Tariff
from tests.factories import enter
from tests.office import Office
from tests.pay.test_settling import resolve
from tests.pay.worlds import make_tariff, took

ADD = "/admin/pay/tariff/add/"


@pytest.fixture
def supervisor(client: Client, db: None, static_files: None) -> Client:
    enter(client, User.objects.create_superuser("sam@example.com", None))
    return client


def form(office: Office, **more: Any) -> dict[str, Any]:
    """A form that would do."""
    later = clock.now() + timedelta(days=1)
    return {
        "desk": str(office.desk.pk), "queue": "", "language": "", "level": "0", "currency": "EUR",
        "starts_at_0": later.strftime("%Y-%m-%d"), "starts_at_1": "10:00:00",
        "ends_at_0": "", "ends_at_1": "", "base": "1.20", "minute": "0.25", "minimum": "1.50",
        "waiting": "0", "floor": "12", "time_zone": "Europe/Berlin", "note": "",
        "bonuses-TOTAL_FORMS": "0", "bonuses-INITIAL_FORMS": "0", **more,
    }  # fmt: skip


def test_a_tariff_to_come_is_saved_and_tried_on_what_happened(
    office: Office, supervisor: Client
) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    took(kim.ticket, 10)
    resolve(kim, alice)
    answer = supervisor.post(ADD, form(office, minute="0.50"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    tariff = Tariff.objects.latest("id")
    page = supervisor.get(f"/admin/pay/tariff/{tariff.pk}/change/").content.decode()
    assert "3.70 EUR" in page  # what was paid: 1.20 and ten minutes at 0.25
    assert "6.20 EUR" in page  # what it would pay


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"currency": "XYZ"}, "currency", "is no currency"),
        ({"minute": "-1"}, "minute", "greater than or equal to 0"),
        ({"minute": "700"}, "minute", "taken for a slip"),
        ({"base": "1.205"}, "base", "2 digits"),
        ({"time_zone": "Mars"}, "time_zone", "no time zone"),
        ({"starts_at_0": "2020-01-01"}, "starts_at", "begin in the past"),
        ({"ends_at_0": "2020-01-01", "ends_at_1": "10:00:00"}, "ends_at", "end after it begins"),
    ],
)
def test_what_can_t_hold_is_refused_by_field(
    office: Office, supervisor: Client, change: dict[str, str], field: str, words: str
) -> None:
    answer = supervisor.post(ADD, form(office, **change))
    assert words in str(answer.context["adminform"].form.errors[field])
    assert not Tariff.objects.exists()


def test_dates_of_one_scope_may_not_overlap(office: Office, supervisor: Client) -> None:
    now = clock.now()
    make_tariff(desk=office.desk, starts_at=now, ends_at=now + timedelta(days=9))
    answer = supervisor.post(ADD, form(office))
    assert "Begin when it has ended" in str(answer.context["adminform"].form.errors["starts_at"])
    assert supervisor.post(ADD, form(office, language="de")).status_code == 302


def test_once_begun_it_is_only_shown(office: Office, supervisor: Client) -> None:
    tariff = make_tariff(desk=office.desk)
    answer = supervisor.post(f"/admin/pay/tariff/{tariff.pk}/change/", form(office, base="9"))
    assert answer.status_code == 403
    assert Tariff.objects.get().base == Decimal("1.20")
    assert (
        'name="base"'
        not in supervisor.get(f"/admin/pay/tariff/{tariff.pk}/change/").content.decode()
    )


def test_a_bonus_that_could_never_hold_is_refused(office: Office, supervisor: Client) -> None:
    bonus = {
        "bonuses-TOTAL_FORMS": "1", "bonuses-0-kind": "night", "bonuses-0-percent": "25",
        "bonuses-0-begins": "22:00", "bonuses-0-ends": "", "bonuses-0-weekdays": "",
        "bonuses-0-languages": "", "bonuses-0-amount": "0", "bonuses-0-within_s": "0",
    }  # fmt: skip
    answer = supervisor.post(ADD, form(office, **bonus))
    (inline,) = answer.context["inline_admin_formsets"]
    assert "until when" in str(inline.formset.errors)
    saved = supervisor.post(ADD, form(office, **{**bonus, "bonuses-0-ends": "06:00"}))
    assert saved.status_code == 302
    assert Tariff.objects.get().bonuses.get().percent == Decimal(25)
