"""What the tests of the tests share: taking the database's own promises away, and trying again."""

from collections.abc import Callable

from django.db import connection

from tests.factories import World
from tests.figures import figure


def drop(index: str) -> None:
    """Take a unique index away, whichever way it is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", [index]
        )
        row = cursor.fetchone()
        if row:
            cursor.execute(f"ALTER TABLE {row[0]} DROP CONSTRAINT {index}")
        else:
            cursor.execute(f"DROP INDEX {index}")


def caught(contest: Callable[[World, int], list[str]], world: World, rounds: int) -> bool:
    """Whether the contest notices. Two threads need not meet in so few rounds: it gets ten tries."""
    for attempt in range(1, 11):
        if wrong := contest(world, rounds):
            figure(f"{contest.__name__} says, at try {attempt}", wrong[0][:200])
            return True
    return False
