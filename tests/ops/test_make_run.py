"""The whole of `make run`: up, hurt, stopped, up again with its data, killed, cleared away."""

import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil
import psycopg
import pytest

from ops import leftovers
from ops.env import REPOSITORY
from ops.supervise import Runner
from tests.ops.helpers import ops_run, until

START_DEADLINE_S = 120  # a machine that runs other things beside us

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


class MakeRun:
    """`make run` in the background."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.output = Path(environ["VAR_DIR"]) / "printed"
        with self.output.open("w") as output:
            self.make = subprocess.Popen(
                ["make", "run"],
                cwd=REPOSITORY,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> None:
        until(
            lambda: "Ready after" in self.printed() or self.make.poll() is not None,
            START_DEADLINE_S,
        )
        assert "Ready after" in self.printed(), self.printed()

    def end(self, number: signal.Signals) -> None:
        self.make.send_signal(number)
        self.make.wait(60)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except OSError as error:
        return int(getattr(error, "code", 0))


def database_url(runner: Runner) -> str:
    web = runner.states()["web"]["pid"]
    return psutil.Process(web).environ()["DATABASE_URL"]


def test_a_run_survives_its_processes_ends_completely_and_finds_its_data_again(
    settings_of_run: dict[str, str], var_dir: Path
) -> None:
    base = f"http://127.0.0.1:{settings_of_run['PORT']}"
    runner = Runner(var_dir)

    run = MakeRun(settings_of_run)
    try:
        run.wait_until_up()
        addresses = re.findall(rf"{base}(/\S*)", run.printed())
        for path in ("/", "/demo/", "/agent/", "/admin/", "/api/docs/"):
            assert path in addresses
        assert any(path.startswith("/chat/") for path in addresses)
        for path in addresses:
            assert status(base + path) == 200, path

        before = {name: state["pid"] for name, state in runner.states().items()}
        assert set(before) == {"postgres", "redis", "web", "sockets", "worker", "beat"}
        for name in ("web", "sockets", "worker", "beat", "redis"):
            os.kill(before[name], signal.SIGKILL)
        for name in ("web", "sockets", "worker", "beat", "redis"):
            until(lambda name=name: runner.states()[name]["pid"] not in (0, before[name]))
        until(lambda: status(f"{base}/readyz") == 200, START_DEADLINE_S)

        with psycopg.connect(database_url(runner)) as connection:
            connection.execute("CREATE TABLE kept_by_the_test (id int)")
        run.end(signal.SIGINT)  # to make alone, as a process manager would
        assert leftovers.find(var_dir) == []
        assert "Everything is stopped." in run.printed()
        assert status(f"{base}/healthz") == 0

        run = MakeRun(settings_of_run)
        run.wait_until_up()
        with psycopg.connect(database_url(runner)) as connection:
            connection.execute("SELECT FROM kept_by_the_test")
        pid = int((var_dir / "run.lock").read_text())
        os.kill(pid, signal.SIGKILL)
        run.make.wait(60)
        done = ops_run("stop", settings_of_run)
        assert done.returncode == 0, done.stderr
        assert leftovers.find(var_dir) == []

        done = ops_run("clean", settings_of_run)
        assert done.returncode == 0, done.stderr
        assert {path.name for path in var_dir.iterdir()} == {"printed"}
    finally:
        if run.make.poll() is None:
            run.end(signal.SIGTERM)
