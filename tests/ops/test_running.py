"""manage.py finds the run beside it."""

import os
import stat
from pathlib import Path

from ops import running


def test_a_command_takes_the_environment_of_the_run_beside_it(tmp_path: Path) -> None:
    run = {"DATABASE_URL": "postgresql://run", "REDIS_URL": "redis://run", "PATH": "/bin"}
    running.announce(tmp_path, run)
    mine = {"VAR_DIR": str(tmp_path), "REDIS_URL": "redis://mine"}
    running.adopt(mine, Path("/nowhere"))
    assert mine["DATABASE_URL"] == "postgresql://run"
    assert mine["REDIS_URL"] == "redis://mine"
    assert "PATH" not in mine


def test_a_command_with_a_database_of_its_own_is_left_alone(tmp_path: Path) -> None:
    running.announce(tmp_path, {"DATABASE_URL": "postgresql://run", "SECRET_KEY": "theirs"})
    mine = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://mine"}
    running.adopt(mine, Path("/nowhere"))
    assert mine == {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://mine"}


def test_what_is_written_down_is_for_our_account_alone_and_goes_with_the_run(
    tmp_path: Path,
) -> None:
    running.announce(tmp_path, {"SECRET_KEY": "one"})
    running.announce(tmp_path, {"SECRET_KEY": "two"})
    path = tmp_path / running.NAME
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    running.withdraw(tmp_path)
    assert not path.exists()
