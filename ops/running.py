"""Where the run of a VAR_DIR has its servers, for whoever types `manage.py` beside it.

Standard library only: manage.py asks before anything else is loaded.
"""

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

NAME = "environment.json"
KEYS = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HOST", "PORT", "SOCKET_PORT", "PUBLIC_URL", "VAR_DIR",
)  # fmt: skip


def announce(var_dir: Path, environ: Mapping[str, str]) -> None:
    """Write down the environment of the run's processes. It holds secrets: for our account alone."""
    path = var_dir / NAME
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({key: environ[key] for key in KEYS if key in environ}, file)


def withdraw(var_dir: Path) -> None:
    """The run is over."""
    (var_dir / NAME).unlink(missing_ok=True)


def adopt(environ: MutableMapping[str, str], repository: Path) -> None:
    """Without a DATABASE_URL of its own, `environ` takes what the run of its VAR_DIR has."""
    if environ.get("DATABASE_URL"):
        return
    path = repository / (environ.get("VAR_DIR") or "var") / NAME
    if path.is_file():
        for key, value in json.loads(path.read_text()).items():
            environ.setdefault(key, value)
