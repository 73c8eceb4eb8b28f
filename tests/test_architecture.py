"""The house's own rules, judged without running it: who imports whom, what is generated, what is said."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from ops.check import environment
from ops.env import REPOSITORY

FEATURES = REPOSITORY / "docs" / "features.md"


def python(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, in an environment as for a site behind https."""
    return subprocess.run(
        [sys.executable, *argv],
        cwd=REPOSITORY,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_imports_go_downward_only() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = python("-c", code)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_the_page_of_states_is_up_to_date() -> None:
    call_command("states", REPOSITORY / "docs" / "states.md", check=True)


def test_the_models_have_their_migrations(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_site_behind_https_passes_djangos_deploy_checks() -> None:
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


def test_the_api_has_a_valid_document() -> None:
    done = python("manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def names_in(path: Path) -> set[str]:
    """The names of a test file: functions, and `Class::method` for those in classes."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}::{inner.name}"
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        elif isinstance(node, ast.Assign):
            # Hypothesis' state machines: TestName = Machine.TestCase
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in names if name.split("::")[-1].lower().startswith("test")}


def features(page: str) -> list[tuple[str, str, list[str]]]:
    """The rows of the tables with the columns feature, state, tests."""
    rows = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 3 or cells[0].lower() == "feature":
            continue
        if set("".join(cells)) <= set("-: "):
            continue
        named = re.sub(r"<br\s*/?>|`", " ", cells[2]).replace(",", " ").split()
        rows.append((cells[0], cells[1], [name for name in named if name not in {"-", "–", "—"}]))
    return rows


def test_every_test_that_the_features_page_names_exists() -> None:
    rows = features(FEATURES.read_text(encoding="utf-8"))
    assert rows, "docs/features.md has no rows"
    missing = []
    for feature, _state, named in rows:
        for item in named:
            path, _, name = item.partition("::")
            file = REPOSITORY / path
            if not file.is_file() and not (file.is_dir() and not name):
                missing.append(f"{feature}: {path} is not there")
            elif name and name.split("[")[0] not in names_in(file):
                missing.append(f"{feature}: {path} has no {name}")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    ("page", "row"),
    [
        (
            "| a | done | `tests/x.py::test_y`<br>`tests/z.py::test_w` |",
            ("a", "done", ["tests/x.py::test_y", "tests/z.py::test_w"]),
        ),
        ("| b | planned | - |", ("b", "planned", [])),
    ],
)
def test_the_features_page_is_read_as_written(page: str, row: tuple[str, str, list[str]]) -> None:
    assert features(f"| feature | state | tests |\n|---|---|---|\n{page}") == [row]


def test_every_test_file_lies_where_pytest_finds_it_and_has_tests() -> None:
    for path in (REPOSITORY / "tests").rglob("test_*.py"):
        assert names_in(path), f"{path} has no test"
        assert (path.parent / "__init__.py").exists(), f"{path.parent} is no package"


def test_no_page_or_program_names_this_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        path = REPOSITORY / name
        if (
            path.suffix in {".py", ".md", ".toml", ".html", ".js", ".css", ".txt"}
            and path.is_file()
        ):
            text = path.read_text(encoding="utf-8")
            # Whose home it was written in is nobody's business.
            if len(Path.home().parts) > 1:
                assert f"{Path.home()}/" not in text, name
