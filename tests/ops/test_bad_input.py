"""Whatever a person can get wrong is answered by one sentence that says what to do."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ops.env import REPOSITORY
from tests.ops.helpers import is_one_sentence, ops_run

OLD_PYTHONS = sorted(
    path
    for path in Path.home().glob(".pyenv/versions/*/bin/python")
    if path.parts[-3].startswith(("2.", "3.6", "3.7", "3.8", "3.9", "3.10"))
)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "eighty", "PORT is eighty: choose a number from 1 to 65535."),
        ("PORT", "70000", "PORT is 70000: choose a number from 1 to 65535."),
        ("PORT", "65535", "SOCKET_PORT is 65536: choose a number from 1 to 65535."),
        ("SOCKET_PORT", "-1", "SOCKET_PORT is -1: choose a number from 1 to 65535."),
        ("HOST", "no.such.host.invalid", "which is no address of this machine."),
        ("HOST", "192.0.2.77", "which is no address of this machine."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is loud: choose one of DEBUG, INFO,"),
        ("VAR_DIR", "/dev/null", "which is a file: name a folder."),
        ("VAR_DIR", "/proc/nothing", "correct its rights or name another folder."),
        ("DATABASE_URL", "postgresql://a:secret@127.0.0.1:1/x", "unset it to use the embedded"),
        ("DATABASE_URL", "mysql://a:secret@127.0.0.1:1/x", "it is no address of a Postgres"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0", "unset it to use the embedded"),
        ("REDIS_URL", "http://:secret@127.0.0.1:1/0", "it is no address of a Redis"),
    ],
)
def test_a_wrong_value_is_answered_by_one_sentence(
    settings_of_run: dict[str, str], variable: str, value: str, said: str
) -> None:
    done = ops_run("start", {**settings_of_run, variable: value})
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert said in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("which", [0, 1])
def test_a_taken_port_is_named(
    settings_of_run: dict[str, str], ports: tuple[int, int], which: int
) -> None:
    with socket.create_server(("127.0.0.1", ports[which])):
        done = ops_run("start", settings_of_run)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert f"Port {ports[which]} on 127.0.0.1 is taken" in done.stderr


def test_a_second_run_in_the_same_place_is_told_about_the_first(
    settings_of_run: dict[str, str], var_dir: Path
) -> None:
    with (var_dir / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        done = ops_run("start", settings_of_run)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert "already runs" in done.stderr
    assert "4711" in done.stderr


def test_a_socket_path_that_is_too_long_everywhere_is_named(
    settings_of_run: dict[str, str], tmp_path: Path
) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-name-for-a-folder"] * 4)
    deep.mkdir(parents=True)
    place = {"VAR_DIR": str(deep / "var"), "TMPDIR": str(deep)}
    done = ops_run("start", {**settings_of_run, **place})
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert "too long for a Unix socket: set TMPDIR" in done.stderr
    ops_run("clean", {**settings_of_run, **place})


@pytest.mark.skipif(not OLD_PYTHONS, reason="no old Python on this machine")
@pytest.mark.parametrize("python", OLD_PYTHONS, ids=lambda path: path.parts[-3])
def test_an_old_python_reaches_the_sentence(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [python, REPOSITORY / "ops" / "bootstrap.py", "ops.run", "start"],
        env={"PATH": str(tmp_path)},  # no newer Python to continue with
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert "needs Python 3.11 or newer" in done.stderr


@pytest.mark.skipif(not OLD_PYTHONS, reason="no old Python on this machine")
def test_an_old_python_continues_with_a_newer_one_from_path(tmp_path: Path) -> None:
    (tmp_path / "python3.11").symlink_to(Path(sys.executable).resolve())
    done = subprocess.run(
        [OLD_PYTHONS[0], REPOSITORY / "ops" / "bootstrap.py", "--no-install", "ops.check", "setup"],
        env={"PATH": str(tmp_path), "VENV": sys.prefix},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What of a clone the bootstrap needs, without an environment."""
    shutil.copytree(REPOSITORY / "ops", tmp_path / "clone" / "ops")
    for name in ("requirements.txt", "requirements-dev.txt", "Makefile"):
        shutil.copy(REPOSITORY / name, tmp_path / "clone")
    return tmp_path / "clone"


def bootstrap(clone: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "VENV"))}
    return subprocess.run(
        [sys.executable, clone / "ops" / "bootstrap.py", "ops.check", "setup"],
        env={**environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_which_package_to_install(clone: Path, missing: str) -> None:
    (clone / "broken").mkdir()
    (clone / "broken" / f"{missing}.py").write_text("raise ImportError('cut out by Debian')")
    done = bootstrap(clone, PYTHONPATH=str(clone / "broken"))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert "has no venv module: install it" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_unreachable_package_index_is_named(clone: Path) -> None:
    no_index = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "0"}
    done = bootstrap(clone, PIP_CONFIG_FILE=os.devnull, **no_index)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert "Could not install the requirements" in done.stderr
    assert (clone / ".venv" / "install.log").exists()
