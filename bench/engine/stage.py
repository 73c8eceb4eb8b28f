"""Where the engine is measured: a database of its own for each measure, and the production worker."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.product import process
from ops import env, processes
from ops.errors import Trouble

READY_S = 60.0


@dataclass(frozen=True)
class Ground:
    """Servers to measure on: the environment, a migrated database to copy, a folder for logs."""

    environ: Mapping[str, str]
    blank: str
    logs: Path

    @contextlib.contextmanager
    def measure(self) -> Iterator[Measure]:
        """A copy of the blank database with a worker at work on it, both gone afterwards."""
        name = f"engine_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.blank}"')
        try:
            # An agent's heartbeat is not what is measured.
            environ = {
                **self.environ, "DATABASE_URL": self._url(name), "PRESENCE_TTL_S": "3600",
                "PORT": str(uuid.uuid4().int % 50_000 + 10_000),
            }  # fmt: skip
            argv = processes.commands(environ)["worker"]
            with process("engine-worker", argv, environ, self.logs) as worker:
                measure = Measure(environ, worker.pid)
                self._wait(measure)
                yield measure
        finally:
            with psycopg.connect(self._url("postgres"), autocommit=True) as server:
                server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _url(self, database: str) -> str:
        return re.sub(r"/[^/?]*\?", f"/{database}?", self.environ["DATABASE_URL"], count=1)

    def _wait(self, measure: Measure) -> None:
        """A tick has run: the worker takes tasks, and its code is loaded."""
        argv = [
            sys.executable,
            "-c",
            "from config.celery import app; app.send_task('dispatch.tick')",
        ]
        subprocess.run(argv, cwd=env.REPOSITORY, env=dict(measure.environ), check=True)
        deadline = time.monotonic() + READY_S
        with psycopg.connect(measure.environ["DATABASE_URL"], autocommit=True) as connection:
            while not connection.execute("SELECT 1 FROM dispatch_canary").fetchone():
                if time.monotonic() > deadline:
                    log = (self.logs / "engine-worker.log").read_text(errors="replace")
                    raise Trouble(f"The worker does not work after {READY_S:.0f} s.\n{log[-800:]}")
                time.sleep(0.05)


@dataclass(frozen=True)
class Measure:
    """One measure's environment, and its worker."""

    environ: Mapping[str, str]
    worker: int

    def run(self, verb: str, **plan: Any) -> dict[str, Any]:
        """`bench.engine.inside VERB` here; its answer. Raises `Trouble`."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.engine.inside", verb, json.dumps(plan)],
            cwd=env.REPOSITORY, env=dict(self.environ), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode:
            raise Trouble(f"The measure {verb!r} failed; its reason stands above.")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer
