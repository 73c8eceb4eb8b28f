"""Figures that a test measures by the way: shown by `pytest -rP`, or as they come by
`pytest -o log_cli=true -o log_cli_level=INFO`."""

import logging

logger = logging.getLogger("figures")


def figure(name: str, value: object) -> None:
    """Say one."""
    logger.info("FIGURE %s = %s", name, value)
