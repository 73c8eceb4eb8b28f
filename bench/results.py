"""Where benchmarks leave their figures: `bench/results/NAME.json`, one shape for all."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def write(
    name: str,
    figures: Mapping[str, Any],
    baseline: Mapping[str, Any],
    ratios: Mapping[str, float],
) -> Path:
    """Replace `bench/results/NAME.json` as a whole, so that a reader never sees half of it.

    `baseline` holds what the same run measured for comparison, `ratios` what follows from both, by
    the name of the promise they show. Raises OSError if the folder can't be written.
    """
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / f"{name}.json"
    result = {
        "name": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "figures": figures,
        "baseline": baseline,
        "ratios": ratios,
    }
    draft = target.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    draft.replace(target)
    return target


def machine() -> dict[str, float]:
    """Cores this process may use and the machine's memory in GiB."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": len(os.sched_getaffinity(0)), "memory_gb": round(pages / 2**30, 1)}


def _commit() -> str | None:
    """Short hash of the checked out commit, marked if files differ; None outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude", "*"],
            cwd=FOLDER.parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
