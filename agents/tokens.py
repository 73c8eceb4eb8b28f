"""Bearer tokens of agents: random, kept as digests, revocable."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled

from agents import push
from agents.login import factors
from agents.models import Agent, AgentToken, User
from core import clock, sql
from core.problems import Problem
from core.throttles import allow, exhausted
from realtime import groups
from realtime.publish import close_sockets

LIFETIME = timedelta(days=14)
PREFIX = "fda_"


@dataclass(frozen=True, slots=True)
class AgentPrincipal:
    """Who calls: an agent, by her id. `user_id` is her log-in."""

    id: UUID
    user_id: int
    name: str
    is_authenticated = True

    @property
    def throttle_key(self) -> str:
        """Rate limits count by agent, wherever she calls from."""
        return f"agent:{self.id}"


def digest(token: str) -> str:
    """What is stored of a token: SHA-256 suffices for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(
    email: str, password: str, request: HttpRequest | None = None, *, otp: str = ""
) -> tuple[str, datetime, Agent]:
    """A new token for an agent's e-mail and password: (token, expires_at, agent).

    Raises Problem 401 for wrong credentials (the same words whether the e-mail exists or not), and
    for an account with a second factor without its code; 403 for a person who is no agent, or staff
    without a second factor; 429 after too many tries for one e-mail.
    """
    email = email.strip().lower()
    # Only failures count, so that nobody who knows her password is kept out by her own log-ins.
    if (wait := exhausted("login-key", email)) is not None:
        raise Throttled(wait)
    user = authenticate(request, email=email, password=password)
    if user is None:
        allow("login-key", email)
        raise Problem(
            401, "bad-credentials", _("E-mail or password is wrong. Check both and try again.")
        )
    agent = working().filter(user_id=user.pk).first()
    if agent is None:
        raise Problem(
            403, "not-an-agent", _("This account is not an agent's. Supervisors log in at /admin/.")
        )
    _second_step(agent.user, otp)
    token = PREFIX + secrets.token_urlsafe(32)
    expires_at = clock.now() + LIFETIME
    client = request.headers.get("User-Agent", "")[:200] if request else ""
    AgentToken.objects.create(
        user_id=user.pk, digest=digest(token), expires_at=expires_at, user_agent=client
    )
    return token, expires_at, agent


def _second_step(user: User, otp: str) -> None:
    """The code of a person who has a second factor. Raises Problem, or Throttled."""
    if not factors.of(user).exists():
        if settings.STAFF_SECOND_FACTOR and user.is_staff:
            raise Problem(
                403,
                "second-factor-needed",
                _("Supervisors need a second factor. Set it up at /account/, then try again."),
            )
        return
    if not otp:
        raise Problem(
            401,
            "otp-needed",
            _("This account has a second factor. Send the code of your app as `otp`, too."),
        )
    # Before the code is looked at: guesses that arrive together count one by one.
    if (wait := allow("login-otp", str(user.pk))) is not None:
        raise Throttled(wait)
    if factors.accept(user, otp) is None:
        raise Problem(
            401,
            "bad-otp",
            _("The code is wrong, or was used already. Wait for the next one and send that."),
        )


def principal_of_token(token: str) -> AgentPrincipal | None:
    """The agent who holds `token`, or None when it is wrong, expired, its user inactive, or her
    application was declined."""
    if not token.startswith(PREFIX):
        return None
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, a.user_id, a.name,
                      t.last_used_at < clock_timestamp() - interval '10 minutes'
               FROM agents_agenttoken t
               JOIN agents_user u ON u.id = t.user_id JOIN agents_agent a ON a.user_id = u.id
               WHERE t.digest = %s AND t.expires_at > clock_timestamp() AND u.is_active
                 AND NOT EXISTS (SELECT FROM onboarding_application o
                                 WHERE o.agent_id = a.id AND o.state NOT IN ('probation', 'certified'))""",
            [digest(token)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    *who, unused = row
    if unused:
        AgentToken.objects.filter(digest=digest(token)).update(last_used_at=Now())
    return AgentPrincipal(*who)


def principal_of_user(user_id: int) -> AgentPrincipal | None:
    """The agent who is this user, or None."""
    row = working().filter(user_id=user_id).values_list("id", "name").first()
    return AgentPrincipal(row[0], user_id, row[1]) if row else None


def working() -> QuerySet[Agent]:
    """Agents who may work: their log-in is active, and nobody has declined their application."""
    return Agent.objects.filter(
        Q(application__isnull=True) | Q(application__state__in=["probation", "certified"]),
        user__is_active=True,
    )


def revoke_tokens(user: User) -> None:
    """End every bearer token and socket of a person: a password that changed may have been stolen."""
    AgentToken.objects.filter(user=user).delete()
    push.end_of_user(user.pk)
    close_all_sockets(user)


def revoke_all(user: User) -> None:
    """End every token, browser session and socket of a person, at once."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    revoke_tokens(user)


def close_all_sockets(user: User, *, but: str = "") -> None:
    """Close a person's sockets; those who may still read come back by themselves.

    `but` is the digest of the session that stays.
    """
    for agent_id in Agent.objects.filter(user=user).values_list("id", flat=True):
        close_sockets(groups.agent(agent_id), 4401, but=but)


def close_sockets_of(user: User, opener: str) -> None:
    """Close those of a person's sockets that one session or token opened, by its digest."""
    for agent_id in Agent.objects.filter(user=user).values_list("id", flat=True):
        close_sockets(groups.agent(agent_id), 4401, only=opener)
