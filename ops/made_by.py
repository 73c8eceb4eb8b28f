"""Do as make does, when make started us.

A Ctrl-C in a terminal reaches make and us alike. A `kill -INT` that is sent to make alone does
not: make then waits for its child, which knows nothing and runs on. On Linux one can see it: a
make that was told to stop has put SIGINT back to its default. Likewise a make that was killed is
no longer our parent.
"""

import os
import signal
import threading
from pathlib import Path

LOOK_EVERY_S = 0.3


def follow() -> None:
    """If our parent is make, send ourselves SIGINT once it was told to stop or is gone."""
    parent = os.getppid()
    if _field(parent, "Name") in {"make", "gmake"}:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent and _catches_interrupt(parent):
        threading.Event().wait(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGINT)


def _catches_interrupt(pid: int) -> bool:
    mask = int(_field(pid, "SigCgt") or "0", 16) | int(_field(pid, "SigIgn") or "0", 16)
    return bool(mask & (1 << (signal.SIGINT - 1)))


def _field(pid: int, name: str) -> str:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return ""
    return next((line.split(":")[1].strip() for line in lines if line.startswith(f"{name}:")), "")
