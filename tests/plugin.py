"""Starts a real Postgres and a real Redis before anything reads Django's settings.

Loaded by `-p tests.plugin` (pyproject.toml): pytest-django reads the settings before any conftest.
"""

import os
import shutil
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops import servers

_running = ExitStack()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _start() -> None:
    var_dir = Path(tempfile.mkdtemp(prefix="flagdown-test-"))
    _running.callback(shutil.rmtree, var_dir, ignore_errors=True)
    # Filled by the `static_files` fixture for those who show pages.
    (var_dir / "static").mkdir()
    web, sockets, push = free_ports(3)
    os.environ.update(
        {
            "DATABASE_URL": _running.enter_context(servers.postgres(var_dir, fast=True)),
            "REDIS_URL": _running.enter_context(servers.redis(var_dir)),
            "SECRET_KEY": "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789",
            "VAR_DIR": str(var_dir),
            "HOST": "127.0.0.1",
            "PORT": str(web),
            "SOCKET_PORT": str(sockets),
            "RATE_LIMITS": "on",
            "VAPID_PRIVATE_KEY": "0" * 42 + "E",
            "PUSH_SERVICES": f"http://127.0.0.1:{push}",
            "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
            "LOG_LEVEL": "INFO",
        }
    )
    for name in ("PUBLIC_URL", "SOCKET_URL", "DEBUG", "ALLOWED_HOSTS", "NUM_PROXIES"):
        os.environ.pop(name, None)


_start()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Translations as they are served: Django reads them once, at the first text."""
    from web.translating import files

    files.compile_all()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop them."""
    _running.close()
