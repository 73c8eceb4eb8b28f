"""`make test`: pytest, as told; told nothing, all tests, in two processes beside each other.

    python -m ops.tests [pytest's arguments]

Tests of the running product wait a lot: for a browser, for a process to start, for a second to pass.
Those that need no running product are quick and never wait, so they run meanwhile: with servers of
their own, and a priority so low that tests which look at the clock are hardly disturbed.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from ops.env import REPOSITORY

# Below tests/: what never starts or waits for a process of the product.
BESIDE = (
    "admin", "agents", "core", "invariants", "join", "matching", "pay", "replay", "simulation", "tickets",
    "test_architecture.py",
)  # fmt: skip
LOW_PRIORITY = 10


def commands() -> tuple[list[str], list[str]]:
    """The two calls of pytest; each test file belongs to one of them."""
    places = [f"tests/{name}" for name in BESIDE]
    pytest = [sys.executable, "-m", "pytest"]
    return (
        [*pytest, *(f"--ignore={place}" for place in places)],
        # Two would write the same cache.
        [*pytest, "-p", "no:cacheprovider", *places],
    )


def both(first: Sequence[str], beside: Sequence[str]) -> int:
    """Run both, show what the first prints and then what the other printed; the worse exit code."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        other = subprocess.Popen(
            beside, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
            preexec_fn=lambda: os.nice(LOW_PRIORITY),
        )  # fmt: skip
        try:
            code = subprocess.run(first, cwd=REPOSITORY, check=False).returncode
            other_code = other.wait()
        except KeyboardInterrupt:
            # Both have heard it too; they stop their servers.
            other.wait()
            return 130
        finally:
            if other.poll() is None:
                other.terminate()
                other.wait()
        printed.seek(0)
        print("\nBeside it, what needs no running product:\n", flush=True)
        for line in printed:
            print(line, end="")
        sys.stdout.flush()
    return code or other_code


def main(arguments: Sequence[str]) -> int:
    """As described above; the exit code is pytest's."""
    if arguments:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], cwd=REPOSITORY, check=False
        ).returncode
    return both(*commands())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
