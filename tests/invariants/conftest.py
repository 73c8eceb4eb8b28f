"""These decide by themselves when a wave runs, so they too have a database of their own."""

from tests.races.conftest import world

__all__ = ["world"]
