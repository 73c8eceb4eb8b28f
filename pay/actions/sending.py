"""Approved payouts leave: in a file for the bank, or by Stripe."""

import logging
import uuid
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from sepaxml.validation import ValidationError as NotSepa
from stdnum import iban as ibans

from agents.models import User
from core import clock
from core.states import Stale, move
from pay import money, states
from pay.actions import payouts
from pay.carriers import sepa, sheets
from pay.carriers.stripe import Carrier, Refused, StripeConnect, Unreachable
from pay.models.payouts import BANK, STRIPE, Batch, Payout
from pay.sealing import seal, unseal

logger = logging.getLogger(__name__)
MOST_IN_A_FILE = 5000
STRIPE_AT_ONCE = 20


def make_file(kind: str, currency: str, by: User) -> Batch:
    """Put all approved payouts of a currency to bank accounts into one file; they are sent then.

    `kind` is "sepa" (EUR only) or "csv". Raises ValidationError, by field, when there is nothing to
    send or our own account is not set; a payout that moves in the meantime is not in the file.
    """
    if kind == "sepa":
        _check_payer(currency)
    batch = Batch(id=uuid.uuid4(), kind=kind, currency=currency, author=by)
    with transaction.atomic():
        found = list(
            Payout.objects.select_for_update(of=("self",), no_key=True)
            .filter(state=states.APPROVED, currency=currency, destination__kind=BANK)
            .select_related("destination")
            .order_by("id")[:MOST_IN_A_FILE]
        )
        if not found:
            raise ValidationError(
                {"currency": [_("No approved payout in %s waits for a file.") % currency]}
            )
        batch.total, batch.count = sum(p.amount for p in found), len(found)
        batch.sealed = seal(_sepa(batch.id, found) if kind == "sepa" else _csv(found))
        batch.save(force_insert=True)
        moved = move(
            Payout, states.PAYOUT, [p.id for p in found], states.SENT,
            by=f"staff:{by.pk}:{by.email}", reason=f"{kind} {batch.id}",
            values={"batch_id": batch.id},
        )  # fmt: skip
        if len(moved) != len(found):
            raise Stale(states.SENT)
    return batch


def content(batch: Batch) -> str:
    """The file as it was made."""
    return unseal(batch.sealed)


def settle_file(batch: UUID, by: User) -> int:
    """The bank has booked the file: all of it that has not come back is paid. Returns how many."""
    done = 0
    for payout in Payout.objects.filter(batch=batch, state=states.SENT).values_list(
        "id", flat=True
    ):
        try:
            payouts.settle(payout, by)
            done += 1
        except Stale:
            continue
    return done


def by_stripe(carrier: Carrier | None = None) -> int:
    """Send what is approved for Stripe accounts; returns how many were taken.

    A payout is `sent` before anybody is called, so that it can't be cancelled meanwhile; if nobody
    answers it stays so and is sent again next time, under the same idempotency key.
    """
    if not settings.STRIPE_SECRET_KEY:
        return 0
    carrier = carrier or StripeConnect()
    waiting = (
        Payout.objects.filter(
            state__in=[states.APPROVED, states.SENT], destination__kind=STRIPE, external_id=""
        )
        .select_related("destination")
        .order_by("requested_at")[:STRIPE_AT_ONCE]
    )
    taken = 0
    for payout in waiting:
        if payout.state == states.APPROVED and not move(
            Payout, states.PAYOUT, [payout.id], states.SENT, by="system", reason="Stripe"
        ):
            continue
        try:
            name = carrier.send(
                payout.id, unseal(payout.destination.sealed), payout.amount, payout.currency
            )
        except Unreachable as error:
            logger.warning("payout %s waits for Stripe: %s", payout.id, error)
            break
        except Refused as error:
            payouts.take_back(payout.id, None, str(error))
            continue
        try:
            payouts.settle(payout.id, None, external_id=name)
            taken += 1
        except Stale:
            # Another worker had the same answer.
            continue
    return taken


def _check_payer(currency: str) -> None:
    wrong: dict[str, list[str]] = {}
    if currency != "EUR":
        wrong["currency"] = [_("SEPA carries EUR only. Make a CSV file for other currencies.")]
    if not settings.PAY_BANK["name"] or not ibans.is_valid(settings.PAY_BANK["iban"]):
        wrong["payer"] = [
            _("Set PAY_BANK_NAME and PAY_BANK_IBAN: the account that the payouts are paid from.")
        ]
    if wrong:
        raise ValidationError(wrong)


def _sepa(batch: UUID, found: list[Payout]) -> str:
    bank = settings.PAY_BANK
    transfers = [
        sepa.Transfer(
            p.id,
            sepa.Party(p.destination.holder, unseal(p.destination.sealed), p.destination.bic),
            p.amount,
            f"Flagdown {p.requested_at:%Y-%m-%d} {str(p.id)[:8]}",
        )
        for p in found
    ]
    payer = sepa.Party(bank["name"], bank["iban"], bank["bic"])
    try:
        return sepa.file(batch, payer, transfers, (clock.now() + timedelta(days=1)).date())
    except NotSepa as error:
        raise ValidationError(
            {"payouts": [_("The file would not be valid: %s") % error]}
        ) from error


def _csv(found: list[Payout]) -> str:
    head = ["payout", "holder", "iban", "bic", "amount", "currency"]
    return sheets.write(
        head,
        [
            [
                str(p.id), p.destination.holder, unseal(p.destination.sealed), p.destination.bic,
                money.decimal(p.amount, p.currency), p.currency,
            ]
            for p in found
        ],
    )  # fmt: skip
