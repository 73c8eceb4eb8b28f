#!/usr/bin/env python3
"""Django's command line."""

import os
import sys
from pathlib import Path

from ops import running


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Beside a `make run`, commands work on its database without being told where it is.
    running.adopt(os.environ, Path(__file__).resolve().parent)
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make setup`, then use .venv/bin/python.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
