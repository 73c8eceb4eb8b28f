"""Statements: every booking of a period, line by line, on paper and as a table that computes nothing."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from rest_framework.exceptions import ValidationError

from agents.models import Agent
from core import clock
from pay.actions.posting import Explained, Leg, post
from pay.carriers import paper, sheets
from pay.periods import period
from pay.queries import statements
from tests.pay.conftest import earn


def this_month() -> str:
    return f"{clock.now():%Y-%m}"


def test_a_statement_begins_with_what_was_there_and_ends_with_what_is(alice: Agent) -> None:
    earn(
        alice,
        240,
        lines=[Explained("minutes", 200, Decimal(8), Decimal("0.25")), Explained("night", 40)],
    )
    earn(alice, 100, reason="=1+1")
    found = statements.statement(alice.pk, "EUR", period(this_month()))
    assert (found.opening, found.closing) == (0, 340)
    assert [(row.kind, row.amount) for row in found.rows] == [
        ("conversation", 240),
        ("conversation", 100),
    ]
    assert [line.label for line in found.rows[0].details] == ["minutes", "night"]
    assert found.totals == {"conversation": 340}
    later = statements.statement(alice.pk, "EUR", period("2999-01"))
    assert (later.opening, later.rows, later.closing) == (340, [], 340)


def test_the_table_has_every_amount_once_and_no_formula(alice: Agent) -> None:
    earn(alice, 240, lines=[Explained("minutes", 240, Decimal(8), Decimal("0.30"))])
    earn(alice, 100, reason='=HYPERLINK("http://evil.example")')
    found = statements.statement(alice.pk, "EUR", period(this_month()))
    rows = list(csv.DictReader(io.StringIO(paper.csv(found))))
    assert sum(Decimal(row["amount"]) for row in rows if row["amount"]) == Decimal("3.40")
    assert rows[1]["text"] == "minutes: 2.40"
    assert Decimal(rows[1]["quantity"]) * Decimal(rows[1]["rate"]) == Decimal("2.40")
    assert rows[2]["text"].startswith("'=HYPERLINK")


@pytest.mark.parametrize(
    "risky", ["=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "\n=1"]
)
def test_no_cell_of_a_sheet_is_a_formula(risky: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(sheets.write([risky], []), newline="")))
    assert cell == f"'{risky}"
    assert sheets.safe(Decimal("-2.40")) == "-2.40"


def test_the_paper_is_a_pdf_that_is_the_same_each_time(alice: Agent) -> None:
    for number in range(120):
        earn(alice, number + 1, reason="Żółw 漢字")
    found = statements.statement(alice.pk, "EUR", period(this_month()))
    drawn = paper.pdf(found, "Zoë Łódź")
    assert drawn.startswith(b"%PDF-")
    assert drawn == paper.pdf(found, "Zoë Łódź")
    assert drawn.count(b"/Type /Page\n") == 3


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-W01", "2025-12-29", "2026-01-05"),
        ("2026", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_period_begins_and_ends_at_midnight_utc(name: str, start: str, end: str) -> None:
    found = period(name)
    assert (f"{found.start:%Y-%m-%d}", f"{found.end:%Y-%m-%d}") == (start, end)
    assert found.start.tzinfo is UTC


@pytest.mark.parametrize(
    "name", ["", "2026-13", "2026-W54", "26-01", "2026-1", "0000", "9999", "x"]
)
def test_what_is_no_period_is_refused_with_its_field(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        period(name)
    assert list(refused.value.detail) == ["period"]


def test_a_year_is_its_months(alice: Agent) -> None:
    earn(alice, 240)
    post("tip", "tip:1", "EUR", [Leg("agent", 60, alice.pk), Leg("tips", -60)], agent=alice.pk)
    year = clock.now().year
    (month,) = statements.months(alice.pk, year=year)
    assert (month.name, month.totals) == (this_month(), {"conversation": 240, "tip": 60})
    assert statements.months(alice.pk, year=year - 1) == []
    assert paper.year_pdf(str(year), "EUR", [month], "Alice").startswith(b"%PDF-")
    assert '"60","EUR"' not in paper.year_csv([month])
    assert '"0.60","EUR"' in paper.year_csv([month])


def test_bookings_before_and_after_are_in_other_periods(alice: Agent) -> None:
    earn(alice, 240)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Only the tests' own database lets the clock be turned back.
        cursor.execute("ALTER TABLE pay_entry DISABLE TRIGGER pay_entry_append_only")
        cursor.execute(
            "UPDATE pay_entry SET at = %s", [datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)]
        )
        cursor.execute("ALTER TABLE pay_entry ENABLE TRIGGER pay_entry_append_only")
    assert len(statements.statement(alice.pk, "EUR", period("2026-01")).rows) == 1
    february = statements.statement(alice.pk, "EUR", period("2026-02"))
    assert (february.opening, february.rows) == (240, [])
