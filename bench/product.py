"""The product under load: a throw-away stack of its own, or one that runs already (BENCH_URL)."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops import env, processes, servers
from ops.errors import Trouble
from ops.tether import Tethered

READY_S = 90.0


@dataclass
class Product:
    """Where it answers, its environment, and (of our own stack) its processes by name."""

    url: str
    environ: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict)
    var_dir: Path | None = None

    @property
    def own(self) -> bool:
        """Whether we started it, and so may look into its stores."""
        return self.var_dir is not None

    def inside(self, *arguments: str, stdin: str = "") -> subprocess.Popen[str]:
        """`python -m bench.inside …` in the product's environment."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.inside", *arguments],
            cwd=env.REPOSITORY, env=self.environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
        return process

    def world(self, agents: int, capacity: int) -> dict[str, Any]:
        """The demo world with at least `agents` agents who take `capacity` each.

        Ours come with tokens; a foreign stack's agents have to log in.
        """
        if self.own:
            printed = finished(self.inside("world", str(agents), str(capacity)))
        else:
            argv = [sys.executable, "manage.py", "demo", "--json"]
            argv += ["--agents", str(agents), "--capacity", str(capacity)]
            done = subprocess.run(
                argv, cwd=env.REPOSITORY, env=self.environ, text=True, capture_output=True
            )
            if done.returncode:
                raise Trouble(
                    "`manage.py demo` failed: with BENCH_URL, set DATABASE_URL, REDIS_URL and "
                    f"SECRET_KEY as the product has them.\n{done.stderr[-500:]}"
                )
            printed = done.stdout
        made: dict[str, Any] = json.loads(printed[printed.index("{") :])
        return made


def finished(process: subprocess.Popen[str]) -> str:
    """What it printed. Raises `Trouble` when it failed."""
    printed, _ = process.communicate()
    if process.returncode:
        raise Trouble("A helper of the benchmark failed; its reason stands above.")
    return printed


def running(environ: Mapping[str, str]) -> contextlib.AbstractContextManager[Product]:
    """The product at BENCH_URL, or else a stack of our own. Raises `Trouble`."""
    if url := environ.get("BENCH_URL", "").rstrip("/"):
        return _foreign(url, environ)
    return _ours(environ)


@contextlib.contextmanager
def _foreign(url: str, environ: Mapping[str, str]) -> Iterator[Product]:
    if not _answers(f"{url}/readyz"):
        raise Trouble(
            f"No Flagdown is ready at BENCH_URL={url}: start it (`make run`), or unset BENCH_URL "
            "and the benchmark starts one for itself."
        )
    yield Product(url, dict(environ))


@contextlib.contextmanager
def _ours(environ: Mapping[str, str]) -> Iterator[Product]:
    """A stack of our own: the four processes on `grounds`."""
    with contextlib.ExitStack() as stack:
        place, children = stack.enter_context(grounds(environ))
        # No page is asked for, so no static files are collected.
        for folder in ("beat", "static"):
            (place.var_dir / folder).mkdir()
        pids = {}
        for name, argv in processes.commands(children).items():
            pids[name] = stack.enter_context(process(name, argv, children, place.logs)).pid
        _wait(f"{place.address}/readyz", f"{place.socket_address}/healthz", logs=place.logs)
        yield Product(place.address, children, pids, place.var_dir)


@contextlib.contextmanager
def grounds(environ: Mapping[str, str]) -> Iterator[tuple[env.Place, dict[str, str]]]:
    """Postgres with fsync, migrated, and Redis, below one temporary folder: what processes run on.

    Yields where it is and the environment for them. Raises `Trouble`.
    """
    var_dir = Path(tempfile.mkdtemp(prefix="flagdown-bench-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, var_dir, ignore_errors=True)
        stack.callback(servers.remove_postgres, var_dir)
        database_url = stack.enter_context(servers.postgres(var_dir, keep=True))
        redis_url = stack.enter_context(servers.redis(var_dir))
        web, sockets = free_ports(2)
        place = env.Place(var_dir, "127.0.0.1", web, sockets)
        kept = {
            name: value for name, value in environ.items()
            if name not in {"PUBLIC_URL", "SOCKET_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS"}
        }  # fmt: skip
        children = env.child(
            place, database_url=database_url, redis_url=redis_url,
            secret_key="only-for-this-benchmark-0123456789-abcdefghijklmnopqrstuvwxyz",
            vapid_key="",
            environ={**kept, "RATE_LIMITS": "off", "LOG_LEVEL": "WARNING"},
        )  # fmt: skip
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "-v0"], cwd=env.REPOSITORY,
            env=children, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise Trouble(f"`manage.py migrate` failed:\n{done.stderr[-1000:]}")
        yield place, children


@contextlib.contextmanager
def process(
    name: str, argv: list[str], environ: dict[str, str], logs: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the product; it does not outlive us, whatever becomes of us."""
    logs.mkdir(exist_ok=True)
    with (logs / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(
            Tethered(argv, cwd=str(env.REPOSITORY)).command, env=environ,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextlib.contextmanager
def bare(redis_url: str) -> Iterator[tuple[str, int]]:
    """The bare push server: (its address, its pid)."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare", str(port), redis_url], cwd=env.REPOSITORY
    )
    try:
        deadline = time.monotonic() + 20
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Trouble("The bare push server did not start; its reason stands above.")
            time.sleep(0.05)
        yield f"ws://127.0.0.1:{port}/", process.pid
    finally:
        process.terminate()
        process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback device that nobody listens on now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _wait(*urls: str, logs: Path) -> None:
    deadline = time.monotonic() + READY_S
    for url in urls:
        while not _answers(url):
            if time.monotonic() > deadline:
                ends = "\n".join(
                    f"--- {path.name}\n{path.read_text(errors='replace')[-800:]}"
                    for path in sorted(logs.glob("*.log"))
                )
                raise Trouble(f"{url} is not green after {READY_S:.0f} s.\n{ends}")
            time.sleep(0.1)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
