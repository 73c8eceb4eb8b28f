"""The terminal shows what is worth a look, and nothing else."""

import io
from pathlib import Path

import pytest

from ops.console import Console
from tests.ops.helpers import until


@pytest.mark.parametrize(
    ("name", "line", "loud"),
    [
        ("web", "2026-01-01 10:00:00,000 ERROR django.request: no", True),
        ("web", "2026-01-01 10:00:00,000 INFO core: an ERROR of somebody", False),
        ("web", "[WARNING] Killing worker-1", True),
        ("worker", "Traceback (most recent call last):", True),
        ("postgres", "2026-01-01 [7] ERROR:  duplicate key value", False),
        ("postgres", "2026-01-01 [7] PANIC:  could not write", True),
        ("supervisord", "2026 WARN exited: web (exit status 1; not expected)", True),
        ("supervisord", "2026 INFO exited: web (exit status 0; expected)", False),
        ("redis", "# WARNING overcommit_memory is set to 0!", False),
    ],
)
def test_only_loud_lines_are_shown(tmp_path: Path, name: str, line: str, loud: bool) -> None:
    assert Console(tmp_path).is_loud(name, line) is loud


def test_a_traceback_goes_with_the_error_above_it(tmp_path: Path) -> None:
    console = Console(tmp_path)
    assert console.is_loud("web", "10:00:00 ERROR django: failed")
    assert console.is_loud("web", '  File "x.py", line 1')
    assert not console.is_loud("web", "10:00:01 INFO django: next")
    assert not console.is_loud("web", "  and its second line")


def test_it_follows_from_the_present_end_through_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("ERROR of the last run\n")
    out = io.StringIO()
    console = Console(tmp_path, out)
    console.start()
    with log.open("a") as file:
        file.write("ERROR first\n")
    until(lambda: "first" in out.getvalue())
    log.rename(tmp_path / "web.log.1")
    log.write_text("ERROR second\n")
    until(lambda: "second" in out.getvalue())
    console.close()
    assert out.getvalue() == "web      | ERROR first\nweb      | ERROR second\n"
