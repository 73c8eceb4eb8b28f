"""The process runner restarts what dies, restarts one on demand, and leaves nobody behind."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ops import leftovers
from ops.supervise import Runner
from ops.tether import Tethered
from tests.ops.helpers import until

FAMILY = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()  # a grandchild in a session of its own, as Postgres' and Granian's may be
    time.sleep(1000)
time.sleep(1000)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
LAZY = "import time; time.sleep(1000)"


def python(code: str, cwd: Path) -> Tethered:
    return Tethered([sys.executable, "-c", code], cwd=str(cwd))


@pytest.fixture
def runner(var_dir: Path) -> Iterator[Runner]:
    """A runner with one store and two apps, in a folder whose name is full of traps."""
    folder = var_dir / "a #1 ; 100%x 'dir' \"quoted\""
    folder.mkdir()
    runner = Runner(folder)
    runner.start(
        {"redis": python(LAZY, folder)},
        {"web": python(FAMILY, folder), "worker": python(DEAF, folder)},
        stop_seconds={"worker": 1},
        environ=os.environ,
    )
    for name in ("web", "worker"):
        runner.begin(name)
    until(lambda: {state["statename"] for state in runner.states().values()} == {"RUNNING"})
    yield runner
    runner.stop()
    leftovers.stop(folder, patience_s=0.5)


def test_what_is_killed_comes_back(runner: Runner) -> None:
    for name in ("web", "worker", "redis"):
        old = runner.states()[name]["pid"]
        os.kill(old, signal.SIGKILL)
        until(lambda name=name, old=old: runner.states()[name]["pid"] not in (0, old))


def test_one_is_restarted_alone(runner: Runner) -> None:
    before = {name: state["pid"] for name, state in runner.states().items()}
    runner.restart("web")
    after = {name: state["pid"] for name, state in runner.states().items()}
    assert after["web"] != before["web"]
    assert after["redis"] == before["redis"]
    assert after["worker"] == before["worker"]


def test_stopping_ends_all_of_them_the_deaf_and_the_grandchildren_too(runner: Runner) -> None:
    assert len(leftovers.find(runner.var_dir)) == 5
    runner.stop()
    leftovers.stop(runner.var_dir, patience_s=0.5)
    assert leftovers.find(runner.var_dir) == []


def test_a_killed_runner_leaves_only_what_the_next_run_can_stop(runner: Runner) -> None:
    assert runner.process
    runner.process.kill()
    runner.process.wait()
    assert leftovers.stop(runner.var_dir, patience_s=0.5) > 0  # at least the deaf one
    assert leftovers.find(runner.var_dir) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's part is Linux's")
def test_a_killed_runner_takes_its_children_along(runner: Runner) -> None:
    web = runner.states()["web"]["pid"]
    assert runner.process
    runner.process.kill()
    runner.process.wait()
    until(lambda: not psutil.pid_exists(web))


def test_processes_of_others_are_left_alone(runner: Runner, var_dir: Path) -> None:
    assert leftovers.find(var_dir / "another") == []
    assert os.getpid() not in leftovers.find(runner.var_dir)
