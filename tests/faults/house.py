"""A whole product of the fault tests' own: stores and processes that may be hurt."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dispatch import waves
from ops import servers
from tests import databases
from tests.people import Line, Person
from tests.stack import Stack, until


def patience(seconds: float) -> float:
    """`seconds` on a machine with time for us; more where others crowd its cores.

    The promises are about the product. A machine with six times more to do than cores to do it
    takes six times as long to start a Python, and that is no news.
    """
    return seconds * min(6.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


class OwnRedis:
    """A Redis that can be stopped, killed, frozen and wiped. It keeps its address, not its data."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start (again), empty."""
        server = servers.prepare_redis(self.var_dir)
        self._process = subprocess.Popen(
            server.task.command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.url = server.url
        servers.wait_for_redis(server.url)

    def stop(self) -> None:
        """Gone at once, as by a crash."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Away for the length of the block; empty when it is back."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Accepts connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def client(self) -> "redis.Redis":
        """A client of the test's own."""
        return redis.Redis.from_url(self.url, socket_timeout=5)


class House(Stack):
    """The four processes on a Redis and a database of their own."""

    redis: OwnRedis
    _over = False

    def watch(self) -> threading.Thread:
        """Do what the runner does: start again what has died by itself.

        kombu ends the worker with an AttributeError when Redis goes away at the wrong moment of a
        reconnect. That is a matter of a second where something restarts it.
        """

        def restart_the_dead() -> None:
            while not self._over:
                for name, process in list(self.processes.items()):
                    if process.poll() is not None and self.processes.get(name) is process:
                        self.start(name)
                time.sleep(0.2)  # the runner's pace

        watcher = threading.Thread(target=restart_the_dead, daemon=True)
        watcher.start()
        return watcher

    def end(self, watcher: threading.Thread) -> None:
        """Stop everything."""
        self._over = True
        watcher.join()
        self.http.close()
        self.stop()
        self.redis.stop()

    def connection(self) -> psycopg.Connection[Any]:
        """A connection of the test's own, in autocommit."""
        return psycopg.connect(
            self.environ["DATABASE_URL"], autocommit=True, application_name="test"
        )

    @contextlib.contextmanager
    def waves_held(self) -> Iterator[Callable[[], bool]]:
        """No wave gets further than its lock. Yields whether one waits there now."""
        with self.connection() as holder, self.connection() as observer:
            key = (waves.LOCK_NAMESPACE, waves.WAVE)
            holder.execute("SELECT pg_advisory_lock(%s, %s)", key)

            def waits() -> bool:
                row = observer.execute(
                    """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                       AND classid = %s AND objid = %s""",
                    key,
                ).fetchone()
                return bool(row and row[0])

            yield waits

    def kill_connections(self) -> int:
        """Terminate every connection of the product; returns how many there were."""
        databases.leave()  # the test's own process is not what is hurt
        with self.connection() as own:
            rows = own.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'flagdown'"""
            ).fetchall()
            return len(rows)


@contextlib.contextmanager
def timed(limit: float) -> Iterator[dict[str, float]]:
    """Fails when the block takes longer than `limit` seconds; says how long it took."""
    took: dict[str, float] = {}
    started = time.perf_counter()
    yield took
    took["s"] = time.perf_counter() - started
    assert took["s"] <= limit, f"took {took['s']:.2f} s, may take {limit:.2f} s"


class Phone:
    """A client as ours are: it pings, says what it has drawn, and connects again when its
    line breaks."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.line: Line | None = None
        self.reconnects = -1
        self._open = contextlib.ExitStack()
        self.frames: list[dict[str, Any]] = []

    def _connected(self, within: float) -> Line:
        if self.line is None:
            line = Line(
                self._open.enter_context(
                    connect(
                        self.person.socket,
                        open_timeout=within,
                        ping_interval=None,
                        close_timeout=0.1,
                    )
                )
            )
            try:
                line.send(type="auth", token=self.person.token)
                line.wait("ready", within)
            except BaseException:
                self.hang_up()
                raise
            self.line = line
            self.reconnects += 1
        return self.line

    def connect(self, within: float = 5) -> "Phone":
        """Be connected."""
        self._connected(within)
        return self

    def wait(self, kind: str, within: float, **members: Any) -> dict[str, Any]:
        """The next frame of this type, whatever happens to the line meanwhile."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            try:
                line = self._connected(3)
                line.send(type="ping")
                # As often as a heartbeat here, so that "by the next heartbeat" can be seen.
                frame = line.next(1)
                while True:
                    self.frames.append(frame)
                    if frame["type"] == "offer.made":
                        line.send(type="offer.delivered", offer=frame["offer"]["id"])
                    if frame["type"] == kind and all(frame.get(k) == v for k, v in members.items()):
                        return frame
                    frame = line.next(1)
            except (ConnectionClosed, AssertionError, OSError) as error:
                if not isinstance(error, TimeoutError) or self.line is None:
                    self.hang_up()
                    time.sleep(0.1)  # a client's back-off
        raise AssertionError(f"no {kind} within {within:.1f} s; came: {self.frames[-20:]}")

    def hang_up(self) -> None:
        """Close the line."""
        self.line = None
        self._open.close()

    def cut(self) -> None:
        """The network is gone: no closing frame, no goodbye."""
        assert self.line is not None
        self.line.connection.socket.shutdown(socket.SHUT_RDWR)
        self.hang_up()


def offered(agent: Any, ticket: str, within: float) -> dict[str, Any]:
    """The agent's pending offer of this ticket, as soon as there is one."""

    def look() -> dict[str, Any] | None:
        return next((o for o in agent.me()["offers"] if o["ticket"] == ticket), None)

    found = until(look, within=within, every=0.05)
    assert found is not None
    return found
