"""Waiting for facts, and running what `make` runs."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from ops.env import REPOSITORY

T = TypeVar("T")


def until(fact: Callable[[], T], deadline_s: float = 30) -> T:
    """Poll `fact` until it is true and return it; fail at the deadline."""
    end = time.monotonic() + deadline_s
    while not (value := fact()):
        assert time.monotonic() < end, f"still not so after {deadline_s} s"
        time.sleep(0.02)
    return value


def ops_run(verb: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`python -m ops.run VERB` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ops.run", verb],
        cwd=REPOSITORY,
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_one_sentence(text: str) -> bool:
    """One line, no traceback, ends like a sentence."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text and text.endswith(".\n")
