"""CSV that is safe to open: no cell of it is a formula (OWASP, CSV injection).

A spreadsheet runs what begins with =, +, -, @, tab or carriage return. Such text gets an apostrophe
in front; numbers that we write ourselves stay numbers, the negative ones too.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Cell = str | int | Decimal | None


def safe(cell: Cell) -> str:
    """The cell as text that no spreadsheet computes."""
    if cell is None:
        return ""
    if isinstance(cell, int | Decimal):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    # Spaces in front don't hide a formula from every spreadsheet.
    return f"'{cell}" if cell.startswith(RISKY) or cell.lstrip().startswith(RISKY) else cell


def write(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table as CSV (RFC 4180), every cell safe and quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()
