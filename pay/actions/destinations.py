"""Where an agent is paid to."""

import re
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as Wrong

from agents.models import Agent
from core import clock
from pay.models.payouts import BANK, STRIPE, Destination
from pay.sealing import seal

STRIPE_ACCOUNT = re.compile(r"^acct_[A-Za-z0-9]{8,32}$")


def set_bank(agent: UUID, *, holder: str, iban: str, bic: str = "") -> Destination:
    """She is paid to this account from now on; payouts under way keep the one they have.

    Raises ValidationError, by field, for a holder, IBAN or BIC that can't be right.
    """
    wrong: dict[str, list[str]] = {}
    number = ibans.compact(iban)
    try:
        ibans.validate(number)
    except InvalidChecksum:
        wrong["iban"] = [
            _("This is no IBAN: its checksum does not fit. A digit is missing or wrong.")
        ]
    except Wrong:
        wrong["iban"] = [_("This is no IBAN. It begins like DE89 3704 …; copy it from your bank.")]
    code = bics.compact(bic) if bic.strip() else ""
    if code and not bics.is_valid(code):
        wrong["bic"] = [_("This is no BIC. Leave it empty if you are not sure.")]
    if not holder.strip():
        wrong["holder"] = [_("Write the name the account is in.")]
    if wrong:
        raise ValidationError(wrong)
    return _replace(agent, BANK, holder.strip()[:70], number, code)


def set_stripe(agent: UUID, *, holder: str, account: str) -> Destination:
    """She is paid to her Stripe account from now on. Raises ValidationError, by field."""
    if not settings.STRIPE_SECRET_KEY:
        raise ValidationError(
            {"stripe_account": [_("Payouts by Stripe are not switched on here.")]}
        )
    if not STRIPE_ACCOUNT.match(account):
        raise ValidationError({"stripe_account": [_("This is no Stripe account: acct_….")]})
    return _replace(agent, STRIPE, holder.strip()[:70], account, "")


def _replace(agent: UUID, kind: str, holder: str, number: str, bic: str) -> Destination:
    with transaction.atomic():
        # Two changes at once: the second comes after the first.
        Agent.objects.select_for_update(no_key=True).get(pk=agent)
        Destination.objects.filter(agent=agent, replaced_at=None).update(replaced_at=clock.now())
        return Destination.objects.create(
            agent_id=agent, kind=kind, holder=holder, sealed=seal(number), bic=bic, tail=number[-4:]
        )
