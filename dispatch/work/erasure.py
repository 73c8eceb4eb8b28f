"""An agent leaves: after two weeks everything that says who she was is gone.

What stays says nothing of her: conversations ("an agent"), figures, the ledger. What the law wants kept
about money (where it went, on payouts and statements) stays as it is; docs/operations.md names it.
"""

import logging
import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents import mails, presence, tokens
from agents import states as agents
from agents.models import Agent, User
from agents.onboarding.actions import erasing as application
from core import clock, sql
from core.problems import Problem
from dispatch.models import Erasure
from pay.actions import payouts
from pay.models import Payout
from pay.queries import balances
from tickets.models import Ticket

logger = logging.getLogger(__name__)
# Long enough to come back from a bad day, and to notice that somebody else asked for it.
GRACE = timedelta(days=14)
# What customers saw her name as, and see now; and what stands where something was written.
ANON = "Agent"
GONE = "Erased, because the account was deleted."
SUBJECTS = {
    "asked": gettext_lazy("Your account will be deleted"),
    "kept": gettext_lazy("Your account stays"),
    "done": gettext_lazy("Your account is deleted"),
}
UNDER_WAY = ("requested", "held", "approved", "sent")

# In this order; each statement takes the agent's and her user's id. `anon` is what her name becomes.
ERASED = (
    "DELETE FROM tickets_cannedreply WHERE agent_id = %(agent)s",
    "DELETE FROM dispatch_shift WHERE agent_id = %(agent)s",
    "DELETE FROM dispatch_dataexport WHERE agent_id = %(agent)s",
    "DELETE FROM dispatch_pushed WHERE agent_id = %(agent)s",
    # The record's text holds her name; the row stays, so that a check says that it was taken back.
    """UPDATE dispatch_workrecord SET token = '', revoked_at = coalesce(revoked_at, clock_timestamp())
       WHERE agent_id = %(agent)s""",
    "UPDATE dispatch_offer SET decline_reason = '' WHERE agent_id = %(agent)s AND decline_reason <> ''",
    "DELETE FROM agents_agentlanguage WHERE agent_id = %(agent)s",
    "DELETE FROM agents_agentskill WHERE agent_id = %(agent)s",
    "DELETE FROM agents_pushsubscription WHERE agent_id = %(agent)s",
    "UPDATE agents_presence SET reason = '', pushes = false WHERE agent_id = %(agent)s",
    "UPDATE agents_agent SET name = %(anon)s, photo = '' WHERE id = %(agent)s",
    # What was written about her, and what she wrote of it. That there was a decision stays.
    """UPDATE fairness_suspension SET reasons = %(gone)s WHERE agent_id = %(agent)s""",
    """UPDATE fairness_appeal SET text = %(gone)s, answer = CASE answer WHEN '' THEN '' ELSE %(gone)s END
       WHERE suspension_id IN (SELECT id FROM fairness_suspension WHERE agent_id = %(agent)s)""",
    "DELETE FROM account_emailaddress WHERE user_id = %(user)s",
    "DELETE FROM mfa_authenticator WHERE user_id = %(user)s",
    "DELETE FROM usersessions_usersession WHERE user_id = %(user)s",
    """UPDATE django_admin_log SET object_repr = '', change_message = ''
       WHERE object_id IN (%(agent)s::text, %(user)s::text) AND content_type_id IN (
           SELECT id FROM django_content_type WHERE app_label = 'agents' AND model IN ('user', 'agent'))""",
    """UPDATE agents_user SET email = %(email)s, first_name = '', last_name = '', password = '!',
           is_active = false, is_staff = false, is_superuser = false, language = '',
           session_epoch = session_epoch + 1
       WHERE id = %(user)s""",
)


def pending(agent_id: UUID) -> Erasure | None:
    """Her wish to leave that waits, or None."""
    return Erasure.objects.filter(agent_id=agent_id, cancelled_at=None, done_at=None).first()


def in_the_way(agent_id: UUID) -> str:
    """What has to happen before she can leave, in words; empty when nothing has."""
    if Ticket.objects.filter(agent_id=agent_id, state="active").exists():
        return _("You have open conversations. Finish them or hand them over first.")
    return ""


def ask(agent_id: UUID) -> Erasure:
    """She wants to leave: it happens after GRACE. What is on her account is paid out first.

    A repeat returns the first wish. Raises Problem 409 while she has open conversations, or money
    and no place for it to go.
    """
    if found := pending(agent_id):
        return found
    if reason := in_the_way(agent_id):
        raise Problem(409, "not-yet", reason)
    agent = Agent.objects.select_related("user").get(pk=agent_id)
    with transaction.atomic():
        for currency, there in balances.of_agent(agent_id).items():
            if there > 0:
                payouts.request(
                    agent_id,
                    client_id=uuid.uuid4(),
                    currency=currency,
                    requested_by=agent.user_id,
                    last=True,
                )
        presence.set_presence(agent_id, agents.OFFLINE, by=f"agent:{agent_id}", reason="leaving")
        wish = Erasure.objects.create(agent_id=agent_id, due_at=clock.now() + GRACE)
    _tell(agent.user, "asked", due=wish.due_at)
    return wish


def keep(agent_id: UUID) -> None:
    """She stays after all. Nothing to take back is no error."""
    taken = Erasure.objects.filter(agent_id=agent_id, cancelled_at=None, done_at=None).update(
        cancelled_at=clock.now()
    )
    if taken:
        _tell(User.objects.get(agent=agent_id), "kept")


def erase_due() -> int:
    """Erase who asked for it GRACE ago and has nothing under way; returns how many."""
    rows = Erasure.objects.filter(cancelled_at=None, done_at=None, due_at__lte=clock.now())
    done = 0
    for wish in rows.order_by("due_at")[:50]:
        try:
            done += _erase(wish.pk)
        except Exception:
            # One who can't be erased keeps nobody else.
            logger.exception("erasure %s failed", wish.pk)
    return done


def _erase(wish_id: int) -> bool:
    with transaction.atomic():
        wish = (
            Erasure.objects.select_for_update()
            .filter(pk=wish_id, cancelled_at=None, done_at=None)
            .first()
        )
        if wish is None or in_the_way(wish.agent_id):
            return False
        if Payout.objects.filter(agent_id=wish.agent_id, state__in=UNDER_WAY).exists() or any(
            there > 0 for there in balances.of_agent(wish.agent_id).values()
        ):
            return False
        user = User.objects.get(agent=wish.agent_id)
        address = user.email
        application.erase(user.pk)
        with sql.cursor() as cursor:
            for statement in ERASED:
                values: dict[str, Any] = {
                    "agent": wish.agent_id,
                    "user": user.pk,
                    "anon": ANON,
                    "gone": GONE,
                    "email": f"{uuid.uuid4().hex}@erased.invalid",
                }
                named = {
                    name: value for name, value in values.items() if f"%({name})s" in statement
                }
                cursor.execute(statement, named)
        tokens.revoke_all(user)
        wish.done_at = clock.now()
        wish.save(update_fields=["done_at"])
        _tell(user, "done", to=address)
    return True


def _tell(user: User, what: str, *, to: str = "", **about: Any) -> None:
    about["home"] = settings.PUBLIC_URL
    mails.tell(user, f"web/account/leaving_{what}.txt", SUBJECTS[what], about, to=to)
