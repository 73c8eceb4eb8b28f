"""The commands of the four kinds of process. `make run`, the tests and the benchmarks all take
them here.

Each kind scales alone; the numbers come from the environment:

    WEB_WORKERS (2), WEB_THREADS (8 in each), WORKER_CONCURRENCY (2)
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

NAMES = ("web", "sockets", "worker", "beat")
# Seconds that a process has from SIGTERM to its end before it is killed.
STOP_SECONDS = {"web": 10, "sockets": 8, "worker": 12, "beat": 5}


def commands(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """The argv of each process, for the environment that `ops.env.child` builds."""
    python = sys.executable
    host = environ["HOST"]
    level = environ.get("LOG_LEVEL", "INFO").lower()
    return {
        "web": [
            *(python, "-m", "granian", "config.wsgi:application", "--interface", "wsgi"),
            *("--host", host, "--port", environ["PORT"], "--http", "1", "--no-ws"),
            *("--workers", environ.get("WEB_WORKERS", "2")),
            # Below the database pool's max_size (DB_POOL_MAX), so that no thread waits for a
            # connection.
            *("--blocking-threads", environ.get("WEB_THREADS", "8")),
            # Counted in connections, idle ones included: roomy, or browsers' kept connections
            # starve others.
            *("--backlog", "2048", "--backpressure", "1024"),
            *("--http1-header-read-timeout", "10000"),
            # A worker that dies is replaced; one that does not drain in time is killed.
            *("--respawn-failed-workers", "--respawn-interval", "0.5"),
            *("--workers-kill-timeout", "8"),
            *("--log-level", level, "--no-access-log"),
        ],
        "sockets": [
            *(python, "-m", "uvicorn", "config.asgi:application"),
            *("--host", host, "--port", environ["SOCKET_PORT"], "--backlog", "2048"),
            *("--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"),
            # Frames are small hints: compressing them costs memory for each socket and gains
            # nothing.
            *("--ws-max-size", "65536", "--ws-per-message-deflate", "false"),
            *("--timeout-graceful-shutdown", "5", "--lifespan", "on"),
            *("--no-proxy-headers", "--no-server-header"),
            *("--log-level", level, "--no-access-log"),
        ],
        "worker": [
            *(python, "-m", "celery", "-A", "config", "worker"),
            *("--pool", "prefork", "-c", environ.get("WORKER_CONCURRENCY", "2")),
            # Chatter between workers that nobody listens to.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--max-memory-per-child", "500000"),
            *("-n", f"worker-{environ['PORT']}@%h", "--loglevel", level.upper()),
        ],
        "beat": [
            *(python, "-m", "celery", "-A", "config", "beat"),
            *("--schedule", str(Path(environ["VAR_DIR"]) / "beat" / "schedule")),
            *("--loglevel", level.upper()),
        ],
    }


def main() -> None:
    """Print the commands for this environment, ready for a shell."""
    defaults = {"HOST": "127.0.0.1", "PORT": "8000", "SOCKET_PORT": "8001", "VAR_DIR": "var"}
    for name, argv in commands({**defaults, **os.environ}).items():
        print(f"{name}: {shlex.join(argv)}")


if __name__ == "__main__":
    main()
