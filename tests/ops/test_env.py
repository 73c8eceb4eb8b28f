"""What the processes of a run are told."""

from pathlib import Path

import pytest

from ops import env


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "off"),
        ({"HOST": "localhost"}, "off"),
        ({"HOST": "0.0.0.0"}, "on"),
        ({"PUBLIC_URL": "https://desk.example.com"}, "on"),
        ({"STAFF_SECOND_FACTOR": "on"}, "on"),
    ],
)
def test_a_run_asks_staff_for_a_second_factor_unless_it_is_on_this_machine_alone(
    environ: dict[str, str], told: str, tmp_path: Path
) -> None:
    place = env.read({**environ, "VAR_DIR": str(tmp_path)})
    child = env.child(
        place, database_url="d", redis_url="r", secret_key="s", vapid_key="v", environ=environ
    )
    assert child["STAFF_SECOND_FACTOR"] == told
