"""The life of a payout: asked for, approved by a second person, sent, paid; or held, or back.

Each move is a compare-and-swap, and what it books stands in the same transaction. The amount is
reserved with the request: it leaves the agent's account for the one of payouts on their way.
"""

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from core import clock
from core.problems import Problem
from core.states import NOW, Stale, move
from pay import money, states
from pay.actions.posting import Leg, Overdrawn, Posting, post_all
from pay.models import ledger
from pay.models.payouts import STRIPE, Destination, Payout
from pay.queries import balances


def minimum(currency: str) -> int:
    """The least that is paid out, in minor units. Raises ValidationError for an unknown currency."""
    return money.parse(settings.PAYOUT_MINIMUMS.get(currency, "0"), currency)


def request(
    agent: UUID,
    *,
    client_id: UUID,
    currency: str,
    amount: int | None = None,
    requested_by: int | None = None,
    weekly: bool = False,
    last: bool = False,
) -> tuple[Payout, bool]:
    """Ask for `amount` minor units, or for all there is; and whether this call made it.

    The `last` one, of who leaves, may be as small as it is. A repeat of `client_id` answers with the
    first. Raises ValidationError for a currency or an
    amount that can't be, Problem (409) without a destination or with too little on the account.
    """
    money.known(currency)
    if first := Payout.objects.filter(agent=agent, client_id=client_id).first():
        return first, False
    there = balances.of_agent(agent).get(currency, 0)
    wanted = there if amount is None else amount
    least = 1 if last else minimum(currency)
    if amount is not None and amount <= 0:
        raise ValidationError({"amount": [_("Ask for more than nothing.")]})
    if wanted < max(1, least):
        raise _too_little(
            _("Payouts begin at %(least)s. You have %(there)s.")
            % {"least": money.shown(least, currency), "there": money.shown(there, currency)},
        )
    destination = Destination.objects.filter(agent=agent, replaced_at=None).first()
    if destination is None:
        raise Problem(
            409, "no-destination", _("Say first where the money is to go."), state="no-destination"
        )
    made = uuid.uuid4()
    try:
        with transaction.atomic():
            payout, is_new = Payout.objects.get_or_create(
                agent_id=agent,
                client_id=client_id,
                defaults={
                    "id": made, "destination": destination, "currency": currency, "amount": wanted,
                    "requested_by_id": requested_by, "weekly": weekly,
                },
            )  # fmt: skip
            if is_new:
                legs = [Leg(ledger.AGENT, -wanted, agent), Leg(ledger.CLEARING, wanted)]
                post_all([_posting(payout, ledger.PAYOUT, f"payout:{made}", legs)], not_below=0)
    except Overdrawn:
        there = balances.of_agent(agent).get(currency, 0)
        raise _too_little(
            _("You have %s. Ask for that or less.") % money.shown(there, currency)
        ) from None
    return payout, is_new


def approve(payout: UUID, by: User) -> Payout:
    """Say that it may leave. Raises Problem (403) for who asked for it or gets it, Stale, DoesNotExist."""
    found = Payout.objects.select_related("agent").get(pk=payout)
    if by.pk in (found.requested_by_id, found.agent.user_id):
        raise Problem(
            403,
            "own-payout",
            _("Nobody approves her own payout. Ask a colleague."),
            errors={"approved_by": [_("Nobody approves her own payout. Ask a colleague.")]},
        )
    return _move(payout, states.APPROVED, by, values={"approved_by_id": by.pk})


def hold(payout: UUID, by: User, reason: str) -> Payout:
    """Keep it from leaving until somebody releases it. Raises ValidationError without a reason, Stale."""
    return _move(
        payout, states.HELD, by, _said(reason), {"note": _said(reason), "approved_by_id": None}
    )


def release(payout: UUID, by: User) -> Payout:
    """End a hold; it waits for its approval then. Raises Stale."""
    return _move(payout, states.REQUESTED, by, values={"note": ""}, sources=[states.HELD])


def cancel(payout: UUID, by: User, reason: str) -> Payout:
    """Take it back before it left: the amount is the agent's again. Raises ValidationError, Stale."""
    return _move(
        payout,
        states.CANCELLED,
        by,
        _said(reason),
        {"note": _said(reason)},
        back_from=ledger.CLEARING,
    )


def cancel_own(payout: UUID, agent: UUID) -> Payout:
    """The agent takes it back while nobody has approved it. Raises DoesNotExist for another's, Stale."""
    found = Payout.objects.select_related("agent__user").get(pk=payout, agent=agent)
    return _move(
        payout, states.CANCELLED, found.agent.user, "by the agent",
        sources=[states.REQUESTED, states.HELD], back_from=ledger.CLEARING,
    )  # fmt: skip


def settle(payout: UUID, by: User | None, *, external_id: str = "") -> Payout:
    """The bank has booked it, or Stripe taken it: it is paid. Raises Stale."""
    values: dict[str, Any] = {"settled_at": NOW}
    if external_id:
        values["external_id"] = external_id
    with transaction.atomic():
        found = _move(payout, states.PAID, by, values=values)
        legs = [Leg(ledger.CLEARING, -found.amount), Leg(ledger.BANK, found.amount)]
        post_all([_posting(found, ledger.PAID, f"paid:{found.id}", legs, by)])
    return found


def take_back(payout: UUID, by: User | None, reason: str) -> Payout:
    """The bank or Stripe returned it: the amount is the agent's again.

    Raises ValidationError, Problem (403) for who gets it: she could have it paid twice; Stale.
    """
    said = _said(reason)
    if by and Payout.objects.filter(pk=payout, agent__user=by).exists():
        detail = _("Nobody takes her own payout back. Ask a colleague.")
        raise Problem(403, "own-payout", detail, errors={"payout": [detail]})
    with transaction.atomic():
        # Where the amount stands depends on how far it had come, which the move itself tells.
        found = (
            Payout.objects.select_for_update(of=("self",), no_key=True)
            .select_related("destination")
            .get(pk=payout)
        )
        if by and found.state == states.SENT and found.destination.kind == STRIPE:
            raise ValidationError(
                {
                    "payout": [
                        _("Stripe has not answered yet. Once it is paid, it can be taken back.")
                    ]
                }
            )
        source = ledger.BANK if found.state == states.PAID else ledger.CLEARING
        return _move(payout, states.RETURNED, by, said, {"note": said}, back_from=source)


def _move(
    payout: UUID,
    to: str,
    by: User | None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    *,
    sources: list[str] | None = None,
    back_from: str = "",
) -> Payout:
    """Move it, and book the amount back from an account of the house if one is named."""
    who = f"staff:{by.pk}:{by.email}" if by else "system"
    with transaction.atomic():
        moved = move(
            Payout,
            states.PAYOUT,
            [payout],
            to,
            by=who,
            reason=reason,
            values=values,
            sources=sources,
        )
        found = Payout.objects.select_related("agent").get(pk=payout)
        if not moved:
            raise Stale(found.state)
        if back_from:
            legs = [Leg(back_from, -found.amount), Leg(ledger.AGENT, found.amount, found.agent_id)]
            post_all([_posting(found, ledger.PAYOUT_BACK, f"back:{found.id}", legs, by, reason)])
    return found


def _posting(
    payout: Payout, kind: str, key: str, legs: list[Leg], by: User | None = None, reason: str = ""
) -> Posting:
    author = by.pk if by else payout.requested_by_id
    return Posting(kind, key, payout.currency, legs, None, payout.agent_id, author, reason)


def _said(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": [_("Say why, for the agent and those who look later.")]})
    return reason.strip()[:400]


def _too_little(detail: str) -> Problem:
    return Problem(
        409,
        "above-balance",
        detail,
        state="above-balance",
        errors={"amount": [detail]},
    )


def weekly() -> int:
    """Ask for all there is, for everybody who has enough and a destination; once an ISO week.

    To be called at any time: on other days than settings.PAYOUT_WEEKDAY (1 is Monday) it does
    nothing. Returns how many payouts it made. A redelivery makes none.
    """
    today = clock.now().isocalendar()
    if today.weekday != settings.PAYOUT_WEEKDAY:
        return 0
    made = 0
    ready = Agent.objects.filter(destinations__replaced_at=None, destinations__isnull=False)
    for agent in ready.values_list("id", flat=True).distinct():
        for currency, there in balances.of_agent(agent).items():
            if there < max(1, minimum(currency)):
                continue
            name = uuid.uuid5(agent, f"weekly:{today.year}-W{today.week}:{currency}")
            try:
                made += request(agent, client_id=name, currency=currency, weekly=True)[1]
            except Problem:
                # Spent in the meantime; next week is another.
                continue
    return made
