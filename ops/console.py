"""Shows what is worth a look in the logs of a run: warnings and errors, by process."""

import re
import sys
import threading
from pathlib import Path
from typing import BinaryIO, TextIO

LEVEL = re.compile(
    r"\b(?P<quiet>TRACE|DEBUG|INFO|NOTICE)\b|\b(?P<loud>WARN(ING)?|ERROR|CRITICAL|FATAL|PANIC|Traceback)\b"
)
# Postgres calls every refused statement an ERROR, a lost race on a unique index included: it is the
# platform's way of working, not news.
POSTGRES_LOUD = re.compile(r"\b(FATAL|PANIC):(?!.*starting up)")
# Noise of a start: Django on every "not ready yet", Granian on threads that only wait for Postgres.
KNOWN = re.compile(r"Service Unavailable: /readyz|Configuration allows spawning up to")
SUPERVISOR_LOUD = re.compile(r"not expected|gave up|unexpected")


class Console:
    """Follows `logs`/*.log from their present ends and prints the loud lines to `out`."""

    def __init__(self, logs: Path, out: TextIO = sys.stderr) -> None:
        self.logs = logs
        self.out = out
        self._files: dict[Path, BinaryIO] = {}
        self._loud: dict[str, bool] = {}
        self._closing = threading.Event()
        for path in logs.glob("*.log"):
            self._open(path, at_end=True)
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Print what is there and stop."""
        self._closing.set()
        self._thread.join(timeout=2)
        for file in self._files.values():
            file.close()

    def _open(self, path: Path, *, at_end: bool) -> None:
        file = path.open("rb")
        if at_end:
            file.seek(0, 2)
        self._files[path] = file

    def _follow(self) -> None:
        while True:
            last = self._closing.wait(0.2)
            try:
                self._look()
            except OSError as error:
                print(f"console: {error}", file=self.out, flush=True)
            if last:
                return

    def _look(self) -> None:
        for path in self.logs.glob("*.log"):
            if path not in self._files:
                self._open(path, at_end=False)
        for path, file in list(self._files.items()):
            for line in file:
                self._show(path.stem, line.decode("utf-8", "replace").rstrip())
            if not path.exists() or path.stat().st_ino != _inode(file):  # rotated away
                file.close()
                del self._files[path]

    def _show(self, name: str, line: str) -> None:
        if line and self.is_loud(name, line):
            print(f"{name:<9}| {line}", file=self.out, flush=True)

    def is_loud(self, name: str, line: str) -> bool:
        """Whether to show it. A line without a level, as in a traceback, goes with the last."""
        if name == "supervisord":
            return bool(SUPERVISOR_LOUD.search(line))
        if name == "postgres":
            return bool(POSTGRES_LOUD.search(line))
        if name in {"redis", "setup"} or KNOWN.search(line):
            return False
        if found := LEVEL.search(line[:200]):
            self._loud[name] = found["loud"] is not None
        return self._loud.get(name, False)


def _inode(file: BinaryIO) -> int:
    import os

    return os.fstat(file.fileno()).st_ino
