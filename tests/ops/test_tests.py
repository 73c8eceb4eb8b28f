"""`make test` runs every test file once, and hides no failure of any of its processes."""

import sys

import pytest

from ops import tests
from ops.env import REPOSITORY


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_each_test_is_in_one_of_the_three() -> None:
    product, journeys, beside = tests.commands()
    places = [tests.JOURNEYS, *(f"tests/{name}" for name in tests.BESIDE)]
    ignored = [one.removeprefix("--ignore=") for one in product if one.startswith("--ignore=")]
    assert ignored == places
    assert [journeys[-1], *beside[-len(places) + 1 :]] == places
    for place in places:
        assert (REPOSITORY / place).exists(), place


@pytest.mark.parametrize(
    ("codes", "code"),
    [((0, 0, 0), 0), ((1, 0, 0), 1), ((0, 2, 0), 2), ((0, 0, 1), 1), ((1, 2, 1), 2)],
)
def test_a_failure_of_any_is_a_failure(
    codes: tuple[int, int, int], code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    call = "print('{}', flush=True); raise SystemExit({})"
    first, second, third = (
        python(call.format(name, each)) for name, each in zip("ABC", codes, strict=True)
    )
    assert tests.together(first, ("second", second, 0), ("third", third, 10)) == code
    printed = capfd.readouterr().out.split()
    assert [each for each in printed if each in "ABC"] == ["A", "B", "C"]
