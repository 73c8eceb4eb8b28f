"""What the tests of set-up and process runner share. None of them needs Django."""

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import env, leftovers, servers
from ops.servers import port_is_free

# What the other tests, or the shell that runs us, may have set for themselves.
SET_BY_A_RUN = {
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HOST", "PORT", "SOCKET_PORT", "PUBLIC_URL"),
    *("RATE_LIMITS", "DEBUG", "LOG_LEVEL", "WEB_THREADS", "WEB_WORKERS", "MAKEFLAGS", env.MARKER),
}


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A VAR_DIR that every account can reach; what still runs in it afterwards is stopped."""
    with tempfile.TemporaryDirectory(prefix="ops-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
        leftovers.stop(path)
        servers.remove_postgres(path)


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two neighbouring ports that nobody listens on."""
    while True:
        port = random.randrange(20_000, 32_000)
        if port_is_free("127.0.0.1", port) and port_is_free("127.0.0.1", port + 1):
            return port, port + 1


@pytest.fixture
def settings_of_run(var_dir: Path, ports: tuple[int, int]) -> dict[str, str]:
    """The variables that give a run its own place."""
    kept = {name: value for name, value in os.environ.items() if name not in SET_BY_A_RUN}
    return {**kept, "VAR_DIR": str(var_dir), "PORT": str(ports[0]), "VENV": sys.prefix}
