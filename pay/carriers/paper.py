"""Statements on paper (PDF) and as a table (CSV).

The PDF is drawn with reportlab's canvas: text at positions, in a font that every reader has, which
takes a tenth of the time of a table layout and is the same for the first page and the hundredth.
"""

import io
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from text_unidecode import unidecode

from pay import money
from pay.carriers import sheets
from pay.models.ledger import OF_PAYOUTS, TRANSACTION_KINDS
from pay.queries.statements import Detail, Month, Row, Statement

LEFT, RIGHT, TOP, BOTTOM = 48.0, A4[0] - 48.0, A4[1] - 60.0, 56.0
LINE, SMALL = 14.0, 11.0
_KINDS: dict[str, Any] = dict(TRANSACTION_KINDS)


def kind_name(kind: str) -> str:
    """What a kind of transaction is called."""
    return str(_KINDS.get(kind, kind))


def csv(statement: Statement) -> str:
    """Every booking with its lines; a spreadsheet computes nothing of it."""
    head = ["at", "kind", "ticket", "text", "quantity", "rate", "amount", "currency", "transaction"]
    rows: list[list[sheets.Cell]] = []
    for row in statement.rows:
        same: list[sheets.Cell] = [row.at.isoformat(timespec="seconds"), row.kind]
        ticket = str(row.ticket) if row.ticket else ""
        rows.append(
            [
                *same, ticket, row.reason, None, None,
                money.decimal(row.amount, statement.currency), statement.currency, str(row.id),
            ]
        )  # fmt: skip
        for line in row.details:
            # The lines explain the amount above them: in a column of their own they'd count twice.
            rows.append(
                [
                    *same, ticket, f"{_(line.label)}: {money.text(line.amount, statement.currency)}",
                    line.quantity, line.rate, None, statement.currency, str(row.id),
                ]
            )  # fmt: skip
    return sheets.write(head, rows)


def year_csv(months: list[Month]) -> str:
    """The year's summary: a row per month, currency and kind."""
    return sheets.write(
        ["month", "kind", "amount", "currency"],
        [
            [month.name, kind, money.decimal(amount, month.currency), month.currency]
            for month in months
            for kind, amount in month.totals.items()
        ],
    )


def pdf(statement: Statement, holder: str) -> bytes:
    """The statement to print and to keep."""
    title = _("Statement %s") % statement.period.name
    sheet = _Sheet(title, f"{holder} · {statement.currency}")
    sheet.row(_("Balance before"), money.text(statement.opening, statement.currency), bold=True)
    for row in statement.rows:
        sheet.booking(row, statement.currency)
    sheet.space()
    for kind, amount in statement.totals.items():
        sheet.row(kind_name(kind), money.text(amount, statement.currency))
    sheet.row(_("Balance after"), money.text(statement.closing, statement.currency), bold=True)
    return sheet.done()


def year_pdf(year: str, currency: str, months: list[Month], holder: str) -> bytes:
    """A year by its months, and the sums that a tax return asks for: earned, and paid out."""
    sheet = _Sheet(_("Summary of the year %s") % year, f"{holder} · {currency}")
    sums = {True: 0, False: 0}
    for month in reversed([month for month in months if month.currency == currency]):
        sheet.row(month.name, "", bold=True)
        for kind, amount in month.totals.items():
            sheet.row(f"    {kind_name(kind)}", money.text(amount, currency))
            sums[kind in OF_PAYOUTS] += amount
    sheet.space()
    sheet.row(_("Earned in the year"), money.text(sums[False], currency), bold=True)
    sheet.row(_("Paid out in the year"), money.text(-sums[True], currency), bold=True)
    return sheet.done()


@dataclass
class _Sheet:
    """Pages that fill from top to bottom."""

    title: str
    subtitle: str

    def __post_init__(self) -> None:
        self._file = io.BytesIO()
        # Invariant: the same statement is the same file, to the byte.
        self._canvas = Canvas(self._file, pagesize=A4, invariant=1, pageCompression=1)
        self._canvas.setTitle(_plain(self.title))
        self._page = 0
        self._begin()

    def row(self, text: str, amount: str, *, bold: bool = False) -> None:
        """One line: text on the left, an amount on the right."""
        self._room(LINE)
        self._canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10)
        self._canvas.drawString(LEFT, self._y, _plain(text)[:90])
        self._canvas.drawRightString(RIGHT, self._y, amount)
        self._y -= LINE

    def booking(self, row: Row, currency: str) -> None:
        """A transaction, with what explains it below."""
        self._room(LINE)
        draw = self._canvas
        draw.setFont("Helvetica", 9)
        draw.drawString(LEFT, self._y, f"{row.at:%Y-%m-%d %H:%M}")
        said = f"{kind_name(row.kind)} {str(row.ticket)[:8] if row.ticket else ''} {row.reason}"
        draw.drawString(LEFT + 100, self._y, _plain(said)[:70])
        draw.drawRightString(RIGHT, self._y, money.text(row.amount, currency))
        self._y -= LINE
        for line in row.details:
            self._room(SMALL)
            draw.setFont("Helvetica", 8)
            draw.drawString(LEFT + 116, self._y, _plain(_explained(line))[:80])
            draw.drawRightString(RIGHT - 64, self._y, money.text(line.amount, currency))
            self._y -= SMALL

    def space(self) -> None:
        """A little air."""
        self._y -= LINE / 2

    def done(self) -> bytes:
        """The file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _room(self, height: float) -> None:
        if self._y - height < BOTTOM:
            self._canvas.showPage()
            self._begin()

    def _begin(self) -> None:
        self._page += 1
        draw = self._canvas
        draw.setFont("Helvetica-Bold", 14)
        draw.drawString(LEFT, TOP, _plain(self.title))
        draw.setFont("Helvetica", 10)
        draw.drawString(LEFT, TOP - 16, _plain(self.subtitle))
        draw.drawRightString(RIGHT, TOP, "Flagdown")
        draw.drawRightString(RIGHT, BOTTOM - 24, str(self._page))
        self._y = TOP - 44


def _explained(line: Detail) -> str:
    """ "minutes: 8 × 0.25" """
    if line.quantity is None or line.rate is None:
        return _(line.label)
    return f"{_(line.label)}: {_short(line.quantity)} × {_short(line.rate)}"


def _short(value: Any) -> str:
    return f"{value.normalize():f}"


def _plain(text: str) -> str:
    """Text in the letters that the readers' own fonts have (Windows-1252); others are transliterated."""
    if text.isascii():
        return text
    return "".join(
        letter if letter.encode("cp1252", "ignore") else unidecode(letter) for letter in text
    )
