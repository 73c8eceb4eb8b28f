"""Figures from samples, and the console's table."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence

import psutil


def percentile(samples: Sequence[float], share: float) -> float:
    """The value that `share` (0..1) of the samples don't exceed (nearest rank). Empty: NaN."""
    if not samples:
        return float("nan")
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def latency(samples: Sequence[float]) -> dict[str, float]:
    """`{p50, p99, n}` in milliseconds, from seconds."""
    return {
        "p50": round(percentile(samples, 0.5) * 1000, 2),
        "p99": round(percentile(samples, 0.99) * 1000, 2),
        "n": len(samples),
    }


class Progress:
    """One line that says what is being measured; plain lines where there is no terminal."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._began = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def say(self, what: str) -> None:
        """Show `what` and the time since the start."""
        if self._quiet:
            return
        line = f"{time.monotonic() - self._began:5.0f} s  {what}"
        end = "" if self._terminal else "\n"
        print(f"\r\x1b[K{line}" if self._terminal else line, end=end, file=sys.stderr, flush=True)

    def done(self) -> None:
        """Leave the line."""
        if self._terminal and not self._quiet:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class Neighbours:
    """How much of the machine somebody else used while we measured: noise has a number."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._busy = _busy()
        self._own: dict[tuple[int, float], float] = {}
        self._base: dict[tuple[int, float], float] = {}
        self.note()
        self._base = dict(self._own)

    def note(self, roots: Sequence[int] = ()) -> None:
        """Write down what our own processes (and those below `roots`) have used so far."""
        for root in {os.getpid(), *roots}:
            try:
                family = [psutil.Process(root)]
                family += family[0].children(recursive=True)
            except psutil.Error:
                continue
            for process in family:
                try:
                    times = process.cpu_times()
                    self._own[(process.pid, process.create_time())] = times.user + times.system
                except psutil.Error:
                    continue

    def share(self) -> float:
        """0..1 of all cores' time, at least; processes that ended unseen count as others'."""
        own = sum(used - self._base.get(key, 0.0) for key, used in self._own.items())
        passed = (time.monotonic() - self._at) * (psutil.cpu_count() or 1)
        return round(max(0.0, (_busy() - self._busy - own) / passed), 2)


class Others:
    """As `Neighbours`, exactly, for a run that ends every process it starts before it asks."""

    def __init__(self) -> None:
        self._at, self._busy, self._own = time.monotonic(), _busy(), sum(os.times()[:4])

    def share(self) -> float:
        """0..1 of all cores' time since the start. Children count once they were waited for."""
        passed = (time.monotonic() - self._at) * (psutil.cpu_count() or 1)
        own = sum(os.times()[:4]) - self._own
        return round(max(0.0, (_busy() - self._busy - own) / passed), 2)


class Meter:
    """Processor time by kind of process: what a conversation costs, however busy the machine is.

    Wall-clock figures shrink with what else runs; this one hardly does. A kind is one of the
    product's processes with its children, `postgres`, `redis`, or `load`, which is ourselves.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._before = self._read()

    def milliseconds(self, count: float) -> dict[str, float]:
        """Used since the meter was made, divided by `count`."""
        now = self._read()
        spent = {
            kind: round((used - self._before.get(kind, 0.0)) * 1000 / max(count, 1), 2)
            for kind, used in now.items()
        }
        return {**spent, "all_but_load": round(sum(spent.values()) - spent["load"], 2)}

    def _read(self) -> dict[str, float]:
        used = {"load": sum(os.times()[:2])}
        family: dict[int, str] = {}
        for kind, pid in self._pids.items():
            family |= dict.fromkeys(_tree(pid), kind)
        for pid in _tree(os.getpid()) - set(family) - {os.getpid()}:
            try:
                name = psutil.Process(pid).name()
            except psutil.Error:
                continue
            if name in ("postgres", "redis-server"):
                family[pid] = name.removesuffix("-server")
        for pid, kind in family.items():
            try:
                times = psutil.Process(pid).cpu_times()
            except psutil.Error:
                continue
            used[kind] = used.get(kind, 0.0) + times.user + times.system
        return used


def _tree(pid: int) -> set[int]:
    try:
        return {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
    except psutil.Error:
        return set()


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))
