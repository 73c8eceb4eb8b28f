"""What the environment may say: a mistake is refused at the start, with its cure."""

import os
import subprocess
import sys

import pytest

from ops.env import REPOSITORY

BASE = {
    "SECRET_KEY": "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PATH": os.environ["PATH"],
}


def load(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own that reads the settings with this environment."""
    return subprocess.run(
        [sys.executable, *(argv or ("-c", "import config.settings"))],
        cwd=REPOSITORY,
        env={**BASE, **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_reachable_server_without_rate_limits_does_not_start() -> None:
    done = load("manage.py", "check", RATE_LIMITS="off", HOST="0.0.0.0")
    assert done.returncode != 0
    assert "RATE_LIMITS=off is for benchmarks on this machine" in done.stderr


@pytest.mark.parametrize(
    ("environ", "starts"),
    [
        ({"RATE_LIMITS": "off", "HOST": "127.0.0.1"}, True),
        (
            {"RATE_LIMITS": "off", "HOST": "127.0.0.1", "PUBLIC_URL": "https://desk.example.com"},
            False,
        ),
        ({"RATE_LIMITS": "on", "HOST": "0.0.0.0"}, True),
        ({"STAFF_SECOND_FACTOR": "off"}, True),
        ({"STAFF_SECOND_FACTOR": "off", "HOST": "0.0.0.0"}, False),
        ({"STAFF_SECOND_FACTOR": "off", "PUBLIC_URL": "https://desk.example.com"}, False),
        ({"RATE_LIMITS": "perhaps"}, False),
        ({"PORT": "eighty"}, False),
        ({"DATABASE_URL": "mysql://root@localhost/x"}, False),
        ({"DEBUG": "off"}, True),
        ({"EMAIL_URL": "smtp+tls://me%40x:s%2Fecret@mail.example.com:587"}, True),
        ({"EMAIL_URL": "pigeon://loft"}, False),
        ({"EMAIL_URL": "smtp://mail.example.com:none"}, False),
    ],
)
def test_the_settings_load_or_say_what_is_wrong(environ: dict[str, str], starts: bool) -> None:
    done = load(**environ)
    assert (done.returncode == 0) == starts, done.stderr
    if not starts:
        assert "ImproperlyConfigured" in done.stderr
        assert any(name in done.stderr for name in environ)


@pytest.mark.parametrize(
    ("environ", "host", "url"),
    [
        (
            {"PUBLIC_URL": "https://desk.example.com"},
            "desk.example.com",
            "https://desk.example.com",
        ),
        ({"PORT": "9000"}, "localhost", "http://localhost:9000"),
        ({"PUBLIC_URL": "http://[::1]:9000", "PORT": "9000"}, "localhost", "http://localhost:9000"),
        ({"PUBLIC_URL": "http://localhost:8000"}, "localhost", "http://localhost:8000"),
    ],
)
def test_passkeys_belong_to_our_domain_or_to_localhost(
    environ: dict[str, str], host: str, url: str
) -> None:
    done = load(
        "-c",
        "from config.settings import PASSKEY_HOST, PASSKEY_URL; print(PASSKEY_HOST, PASSKEY_URL)",
        **environ,
    )
    assert done.stdout.split() == [host, url], done.stderr


def test_a_missing_variable_says_how_to_set_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "SECRET_KEY is not set" in done.stderr
    assert "make run" in done.stderr
