"""Tips: what a customer promises on top, once, after she has rated."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from core.states import Stale
from pay import money
from pay.actions.posting import Explained, Leg, post
from pay.models import Tipping, Transaction
from pay.models.ledger import AGENT, TIP, TIPS
from realtime.events import Json
from tickets import queries, states
from tickets.models import Rating

# Stars: nobody is asked to pay more for what was not good.
CONTENT = 3


@dataclass(frozen=True)
class Tipped:
    """A tip, and whether this call made it."""

    amount: int
    currency: str
    is_new: bool


def offered(ticket_id: UUID, customer_id: UUID) -> Json:
    """What the customer may tip now: `amounts` (none: nothing), and the `tip` she gave.

    Who rated with one or two stars is not asked for a tip; she may still give one.

    Raises Http404 for a foreign ticket.
    """
    ticket = queries.of_customer(ticket_id, customer_id)
    given = _given(ticket_id)
    tipping = Tipping.objects.filter(desk=ticket.desk_id, is_on=True).first()
    open_ = (
        tipping is not None
        and given is None
        and ticket.state == states.RESOLVED
        and ticket.agent_id is not None
        and Rating.objects.filter(ticket=ticket_id, score__gte=CONTENT).exists()
    )
    amounts = (
        [
            dict(money.as_json(money.minor(amount, tipping.currency), tipping.currency))
            for amount in tipping.amounts
        ]
        if open_ and tipping
        else []
    )
    return {"amounts": amounts, "tip": given}


def _given(ticket_id: UUID) -> Json | None:
    found = Transaction.objects.filter(key=f"tip:{ticket_id}").first()
    if found is None:
        return None
    entry = found.entries.get(account__kind=AGENT)
    return dict(money.as_json(entry.amount, found.currency))


def tip(ticket_id: UUID, customer_id: UUID, *, amount: str) -> Tipped:
    """The customer promises this to the agent who ended her conversation. The same again is the same.

    Raises Http404 for a foreign ticket, Stale before the rating, after another tip, or where the
    desk takes no tips, ValidationError for an amount that the desk does not offer.
    """
    with transaction.atomic():
        ticket = queries.of_customer(ticket_id, customer_id)
        tipping = Tipping.objects.filter(desk=ticket.desk_id, is_on=True).first()
        if tipping is None:
            raise Stale(ticket.state, _("Tips can't be given here. Thank you all the same."))
        rated = Rating.objects.filter(ticket=ticket_id).exists()
        if not rated or ticket.state != states.RESOLVED or ticket.agent_id is None:
            raise Stale(ticket.state, _("A tip can be given once you have rated a conversation."))
        units = money.parse(amount, tipping.currency)
        known = [money.minor(each, tipping.currency) for each in tipping.amounts]
        given = _given(ticket_id)
        if given is not None:
            if given != money.as_json(units, tipping.currency):
                raise Stale(ticket.state, _("You have already given a tip. Thank you."))
            return Tipped(units, tipping.currency, False)
        if units not in known:
            raise ValidationError(
                {
                    "amount": [
                        _("Choose one of these: %s.")
                        % ", ".join(money.text(each, tipping.currency) for each in known)
                    ]
                }
            )
        made = post(
            TIP,
            f"tip:{ticket_id}",
            tipping.currency,
            (Leg(AGENT, units, ticket.agent_id), Leg(TIPS, -units)),
            ticket=ticket_id,
            agent=ticket.agent_id,
            lines=(Explained("tip", units),),
        )
        return Tipped(units, tipping.currency, made.is_new)
