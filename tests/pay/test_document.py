"""The worked example of docs/pay.md, worked out."""

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pay.tariff import days, quoting
from pay.tariff.types import Terms

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "pay.md").read_text()


def rows() -> list[tuple[str, ...]]:
    """Of the table: minutes, share, night %, ladder, what it pays."""
    return re.findall(
        r"^\| [a-z][^|]+\| (\d+) \| ([\d/]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", TEXT, re.M
    )


def test_the_shift_of_the_document_adds_up_to_the_cent() -> None:
    assert len(rows()) == 5
    total = 0
    for minutes, share, night, ladder, pays in rows():
        terms = Terms(
            tariff=1, currency="EUR", base=120, minute=Fraction(25), minimum=150,
            bonuses=(("night", Decimal(night)),) if night != "0" else (),
            multiplier=Decimal(ladder),
        )  # fmt: skip
        lines = quoting.settle(terms, engaged_s=int(minutes) * 60, share=Fraction(share))
        due = sum(line.amount for line in lines)
        assert due == Decimal(pays) * 100, (minutes, share, night, ladder)
        assert due >= terms.guaranteed
        total += due
    missing = days.top_up(Fraction(1200), Fraction(7200), total)
    assert f"Together {total / 100:.2f}" in TEXT
    assert f"{missing / 100:.2f} are added" in TEXT
    assert f"is {(total + missing + 200) / 100:.2f}." in TEXT
