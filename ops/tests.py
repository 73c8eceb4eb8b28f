"""`make test`: pytest, as told; told nothing, all tests, in three processes beside each other.

    python -m ops.tests [pytest's arguments]

Tests of the running product wait a lot: for a browser, for a process to start, for a second to pass.
So journeys in the browser run beside the others, each with a product of its own. Those that need no
running product are quick and never wait: they run meanwhile, with a priority so low that tests which
look at the clock are hardly disturbed.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from ops.env import REPOSITORY

# Below tests/: what never starts or waits for a process of the product.
BESIDE = (
    "admin", "agents", "core", "invariants", "join", "matching", "pay", "replay", "simulation", "tickets",
    "test_architecture.py",
)  # fmt: skip
LOW_PRIORITY = 10
JOURNEYS = "tests/journeys"


def commands() -> tuple[list[str], list[str], list[str]]:
    """The calls of pytest: of the product, of journeys, and of what runs beside. Each test file
    belongs to one of them."""
    beside = [f"tests/{name}" for name in BESIDE]
    pytest = [sys.executable, "-m", "pytest"]
    # Two would write the same cache.
    apart = [*pytest, "-p", "no:cacheprovider"]
    return (
        [*pytest, *(f"--ignore={place}" for place in [JOURNEYS, *beside])],
        [*apart, JOURNEYS],
        [*apart, *beside],
    )


def together(first: Sequence[str], *others: tuple[str, Sequence[str], int]) -> int:
    """Run all, show what the first prints and then what the others printed; the worst exit code.

    The others are (what it is, the command, how much lower its priority is).
    """
    with ExitStack() as stack:
        running = []
        for name, command, niceness in others:
            printed = stack.enter_context(
                tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
            )
            process = subprocess.Popen(
                command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
                preexec_fn=partial(os.nice, niceness),
            )  # fmt: skip
            stack.callback(_end, process)
            running.append((name, process, printed))
        try:
            codes = [subprocess.run(first, cwd=REPOSITORY, check=False).returncode]
            codes += [process.wait() for _name, process, _printed in running]
        except KeyboardInterrupt:
            # All have heard it too; they stop their servers.
            for _name, process, _printed in running:
                process.wait()
            return 130
        for name, _process, printed in running:
            printed.seek(0)
            print(f"\n{name}:\n", flush=True)
            for line in printed:
                print(line, end="")
        sys.stdout.flush()
    return max(codes, key=abs)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        process.wait()


def main(arguments: Sequence[str]) -> int:
    """As described above; the exit code is pytest's."""
    if arguments:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], cwd=REPOSITORY, check=False
        ).returncode
    product, journeys, beside = commands()
    return together(
        product,
        ("Journeys in the browser", journeys, 0),
        ("What needs no running product", beside, LOW_PRIORITY),
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
