"""What a person decides: an amount for an agent, or from her."""

from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import Agent
from pay.actions.posting import Explained, Leg, Posted, post
from pay.models.ledger import ADJUSTMENT, ADJUSTMENTS, AGENT


def adjust(
    agent: UUID, amount: int, currency: str, *, author: int, reason: str, key: UUID
) -> Posted:
    """Book `amount` minor units for an agent (negative: from her), once per `key`.

    Raises ValidationError, by field, without a reason, for nothing, and when the author is the
    agent herself.
    """
    wrong: dict[str, list[str]] = {}
    if not reason.strip():
        wrong["reason"] = [_("Say why, for the agent and those who look later.")]
    if amount == 0:
        wrong["amount"] = [_("An adjustment of nothing changes nothing.")]
    if Agent.objects.filter(pk=agent, user=author).exists():
        wrong["agent"] = [_("Nobody adjusts her own pay. Ask a colleague.")]
    if wrong:
        raise ValidationError(wrong)
    return post(
        ADJUSTMENT,
        f"adjustment:{key}",
        currency,
        [Leg(AGENT, amount, agent), Leg(ADJUSTMENTS, -amount)],
        agent=agent,
        author=author,
        reason=reason.strip(),
        lines=[Explained("Adjustment", amount)],
    )
