"""The running product: web, sockets, worker and beat as real processes, on a database of the tests."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx

from ops.processes import commands

T = TypeVar("T")


def until(check: Callable[[], T], *, within: float = 10.0, every: float = 0.01) -> T:
    """The first truthy answer of `check`. Fails with its last answer when the time is over."""
    deadline = time.monotonic() + within
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {check} last said {answer!r}")
        time.sleep(every)  # the poll's pace, not a wait for luck


class Stack:
    """Starts, stops and hurts the four processes."""

    def __init__(self, environ: dict[str, str], logs: Path) -> None:
        self.environ = {**os.environ, **environ}
        self.logs = logs
        self.url = f"http://127.0.0.1:{self.environ['PORT']}"
        self.socket_url = f"ws://127.0.0.1:{self.environ['SOCKET_PORT']}"
        # One pool of connections for all the people of all tests; closed with the stack.
        self.http = httpx.Client(base_url=self.url, timeout=10)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start the named processes (all by default)."""
        argv = commands(self.environ)
        (Path(self.environ["VAR_DIR"]) / "beat").mkdir(exist_ok=True, parents=True)
        for name in names or argv:
            with (self.logs / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    argv[name],
                    env=self.environ,
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )

    def stop(self, *names: str, with_signal: int = signal.SIGTERM) -> None:
        """Stop the named processes (all by default), and what they started."""
        chosen = {name: self.processes.pop(name) for name in names or list(self.processes)}
        for process in chosen.values():
            with contextlib.suppress(ProcessLookupError):
                if with_signal == signal.SIGKILL:
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.send_signal(with_signal)
        for process in chosen.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)

    def restart(self, *names: str, with_signal: int = signal.SIGTERM) -> None:
        """Stop and start again."""
        self.stop(*names, with_signal=with_signal)
        self.start(*names)

    def is_ready(self) -> bool:
        """Whether /readyz is green and the sockets answer."""
        try:
            return (
                httpx.get(f"{self.url}/readyz", timeout=3).status_code == 200
                and httpx.get(
                    f"{self.socket_url.replace('ws', 'http', 1)}/healthz", timeout=3
                ).is_success
            )
        except httpx.HTTPError:
            return False

    def wait_ready(self, within: float = 45) -> None:
        """Wait until everything works. Fails with the logs' ends."""
        try:
            until(self.is_ready, within=within, every=0.1)
        except AssertionError:
            raise AssertionError(
                "\n".join(self.log(name)[-3000:] for name in commands(self.environ))
            ) from None

    def mails_to(self, address: str) -> list[str]:
        """What was mailed to this address, the last one last."""
        folder = Path(self.environ["EMAIL_FILE_PATH"])
        files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime)
        mails = (file.read_text(errors="replace") for file in files)
        return [mail for mail in mails if f"To: {address}" in mail]

    def log(self, name: str) -> str:
        """What a process has printed."""
        path = self.logs / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextlib.contextmanager
def running(environ: dict[str, str], logs: Path, *names: str) -> Iterator[Stack]:
    """A ready stack, stopped afterwards."""
    stack = Stack(environ, logs)
    try:
        stack.start(*names)
        if not names:
            stack.wait_ready()
        yield stack
    finally:
        stack.http.close()
        stack.stop()


def environ_for(database: dict[str, Any], **more: str) -> dict[str, str]:
    """Environment that points at the tests' database (`settings.DATABASES["default"]`)."""
    from urllib.parse import quote

    url = (
        f"postgresql://{database['USER']}@/{quote(database['NAME'])}?host={quote(database['HOST'])}"
    )
    return {"DATABASE_URL": url, **more}
