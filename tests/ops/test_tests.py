"""`make test` runs every test file once, and hides no failure of either of its processes."""

import sys

import pytest

from ops import tests
from ops.env import REPOSITORY


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_runs_beside_is_there_and_left_out_of_the_rest() -> None:
    first, beside = tests.commands()
    places = [f"tests/{name}" for name in tests.BESIDE]
    assert [one.removeprefix("--ignore=") for one in first if one.startswith("--ignore=")] == places
    assert beside[-len(places) :] == places
    for place in places:
        assert (REPOSITORY / place).exists(), place


@pytest.mark.parametrize(("first", "beside", "code"), [(0, 0, 0), (1, 0, 1), (0, 2, 2), (1, 2, 1)])
def test_a_failure_of_either_is_a_failure(
    first: int, beside: int, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    call = "print('{}', flush=True); raise SystemExit({})"
    assert tests.both(python(call.format("A", first)), python(call.format("B", beside))) == code
    printed = capfd.readouterr().out.split()
    assert (printed[0], printed[-1]) == ("A", "B")
