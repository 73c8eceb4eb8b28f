"""What a run that was killed left behind: find it by the mark in its environment, and stop it."""

import contextlib
import os
from pathlib import Path

from ops import env
from ops.servers import stop_leftover_postgres, stop_leftover_redis

PATIENCE_S = 15


def find(var_dir: Path) -> list[int]:
    """The pids of what a run on `var_dir` started, without this process and its ancestors."""
    import psutil

    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in spared and process.environ().get(env.MARKER) == str(var_dir):
                found.append(process.pid)
    return found


def stop(var_dir: Path, *, patience_s: float = PATIENCE_S) -> int:
    """Stop them all and return how many there were; who is deaf for `patience_s` is killed."""
    try:
        import psutil
    except ImportError:  # nothing is installed, so nothing was started
        return 0

    processes = []
    for pid in find(var_dir):
        with contextlib.suppress(psutil.Error):
            processes.append(psutil.Process(pid))
    count = len(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=PATIENCE_S)
    # These two hide their environment behind a title; they wrote down their pids.
    count += stop_leftover_redis(var_dir / "redis")
    count += stop_leftover_postgres((var_dir / "postgres").resolve() / "data")
    return count
