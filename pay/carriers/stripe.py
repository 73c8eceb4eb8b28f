"""Payouts by Stripe Connect: a transfer to the agent's connected account.

Only what we use of its HTTP API (`POST /v1/transfers`, form-encoded, bearer key): three fields and
an idempotency key do not need a client library. https://docs.stripe.com/api/transfers/create
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

TIMEOUT_S = 10
# Stripe counts these in units of ten of the ISO exponent: https://docs.stripe.com/currencies
NOT_BY_STRIPE = {"UGX", "ISK", "CLF", "UYW"}


class Refused(Exception):
    """It will never be taken like this. The text says why."""


class Unreachable(Exception):
    """Nobody knows whether it arrived. Send it again, under the same name."""


class Carrier(Protocol):
    """Somebody who takes money to an agent."""

    def send(self, payout: UUID, to: str, amount: int, currency: str) -> str:
        """Take minor units to an account, once per payout; the carrier's own id of it.

        Raises Refused or Unreachable.
        """


class StripeConnect:
    """The real one, at settings.STRIPE_API_URL."""

    def send(self, payout: UUID, to: str, amount: int, currency: str) -> str:
        """See Carrier. The payout's id is Stripe's idempotency key: a repeat is the same transfer."""
        if currency in NOT_BY_STRIPE:
            raise Refused(f"Stripe does not count {currency} as ISO 4217 does.")
        fields = {
            "amount": str(amount),
            "currency": currency.lower(),
            "destination": to,
            "transfer_group": str(payout),
            "metadata[payout]": str(payout),
        }
        key = base64.b64encode(f"{settings.STRIPE_SECRET_KEY}:".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own setting
            f"{settings.STRIPE_API_URL}/v1/transfers",
            data=urllib.parse.urlencode(fields).encode(),
            headers={
                "Authorization": f"Basic {key}",
                "Idempotency-Key": f"payout-{payout}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return _id_of(answer.read())
        except urllib.error.HTTPError as error:
            # 409 and 429 ask to come again; so does what is broken at their end.
            if error.code in {409, 429} or error.code >= 500:
                raise Unreachable(f"Stripe answered {error.code}.") from error
            if error.code in {401, 403}:
                # Our key, not this payout: once it is put right, the payout goes.
                raise Unreachable("Stripe refuses STRIPE_SECRET_KEY.") from error
            raise Refused(_reason(error.read())) from error
        except (OSError, ValueError) as error:
            raise Unreachable(f"Stripe could not be reached: {error}") from error


def _id_of(body: bytes) -> str:
    found: Any = json.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise ValueError("no transfer in the answer")
    return str(found["id"])


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])[:400]
    except (ValueError, KeyError, TypeError):
        return "Stripe refused it without a reason."
