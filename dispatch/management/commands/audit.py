"""Recount what the database promises: load, assignments, message numbers, logs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch import queries


class Command(BaseCommand):
    """Print every broken promise; none means all is well."""

    help = __doc__ or ""

    def handle(self, **_options: Any) -> None:
        """Exit 1 when one is broken."""
        broken = queries.audit()
        for sentence in broken:
            self.stderr.write(sentence)
        if broken:
            raise CommandError(f"{len(broken)} promises are broken.")
        self.stdout.write("All promises hold.")
