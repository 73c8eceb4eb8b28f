"""Where news from applications arrives."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from agents.onboarding import tasks
from agents.onboarding.signals import letter_written


@receiver(letter_written)
def on_letter_written(sender: Any, **_: Any) -> None:
    """Send it once it is committed."""
    transaction.on_commit(tasks.wake)
