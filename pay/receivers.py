"""The one place where news from the rooms below arrives: what happened becomes money.

All of it inside the transaction that made it happen, so that neither is there without the other.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from pay.actions import settling
from tickets.signals import Left, conversations_left, conversations_over


@receiver(conversations_left)
def on_conversations_left(sender: Any, left: Sequence[Left], **_: Any) -> None:
    """Agents' times with conversations ended, by whatever move: they are paid."""
    settling.settle(left)


@receiver(conversations_over)
def on_conversations_over(sender: Any, ticket_ids: Sequence[UUID], **_: Any) -> None:
    """The customer left while she waited: who had the conversation before gets her share."""
    settling.settle_shares(ticket_ids)
