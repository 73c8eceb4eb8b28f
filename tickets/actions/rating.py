"""What the customer thought of it."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from core.states import Stale
from tickets import queries, states
from tickets.models import Rating


@dataclass(frozen=True)
class Rated:
    """A rating, and whether this call made it."""

    rating: Rating
    is_new: bool


def rate(ticket_id: UUID, customer_id: UUID, *, score: int, comment: str = "") -> Rated:
    """The customer's rating of an ended conversation that a person took part in.

    The first one counts; the same again is answered with it. Raises Http404 for a foreign ticket,
    Stale while it is open or when it was rated differently.
    """
    ticket = queries.of_customer(ticket_id, customer_id)
    if ticket.state != states.RESOLVED or ticket.agent_id is None:
        raise Stale(ticket.state, _("A conversation with a person can be rated once it has ended."))
    rating, new = Rating.objects.get_or_create(
        ticket_id=ticket_id, defaults={"score": score, "comment": comment}
    )
    if not new and (rating.score, rating.comment) != (score, comment):
        raise Stale(ticket.state, _("You have already rated this conversation. Thank you."))
    return Rated(rating, new)
