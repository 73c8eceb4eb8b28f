"""Run one command that must not outlive whoever started it.

A runner that dies by `kill -9` cannot stop its children. On Linux the kernel can: a process may
ask for a signal at its parent's death. This wrapper asks for it and then becomes the command, so
it costs a few milliseconds at start and nothing afterwards. It also drops root where a server
refuses to run as root; the order matters, since a change of user clears the request.

It is run as a file (`python -I -S ops/tether.py …`), so it imports nothing of ours. What to run is
given on the command line, or by the name of an entry in a JSON file (`--entry FILE NAME`), for
process runners whose configuration language cannot hold every path.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Tethered:
    """A command, the signal (without SIG) that asks it to stop, and as whom and where it runs."""

    argv: list[str]
    stop_signal: str = "TERM"
    user: str | None = None
    cwd: str | None = None

    @property
    def command(self) -> list[str]:
        """The argv that runs it tethered to its parent."""
        return [sys.executable, "-I", "-S", os.path.abspath(__file__), self.dump()]

    def dump(self) -> str:
        """This as JSON, for an entry file."""
        return json.dumps(asdict(self))


def become_user(name: str) -> None:
    """Give up root for good in favour of the account `name`."""
    import pwd

    entry = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ.update(HOME="/", USER=name, LOGNAME=name)


def parent_death_signal() -> Callable[[str], object]:
    """Return what asks the kernel to send SIGNAME when the parent dies; a no-op where that does
    not exist.

    In two steps, because after `become_user` the standard library itself may be out of reach.
    """
    if not sys.platform.startswith("linux"):
        return lambda name: None
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    return lambda name: libc.prctl(PR_SET_PDEATHSIG, int(getattr(signal, f"SIG{name}")), 0, 0, 0)


def main(arguments: list[str]) -> None:
    if arguments[0] == "--entry":
        with open(arguments[1]) as file:
            fields = json.load(file)[arguments[2]]
    else:
        fields = json.loads(arguments[0])
    task = Tethered(**fields)
    die_with_parent = parent_death_signal()
    if task.user:
        become_user(task.user)
    if task.cwd:
        os.chdir(task.cwd)
    die_with_parent(task.stop_signal)
    os.execvp(task.argv[0], task.argv)


if __name__ == "__main__":
    main(sys.argv[1:])
