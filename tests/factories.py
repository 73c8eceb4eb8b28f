"""Worlds for tests: functions that use real actions. Alice, Bob and Charlie are agents; Kim asks."""

import time
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import make_password

from agents import presence, tokens
from agents.login import factors
from agents.models import Agent, AgentLanguage, AgentSkill, Presence, Skill, User
from dispatch import waves
from dispatch.models import Offer
from tickets import actions
from tickets.models import Customer, Desk, Queue, QueueSkill, Ticket

PASSWORD = "correct horse battery"
NAMES = ("Alice", "Bob", "Charlie", "Dana", "Eve", "Frank", "Grace", "Heidi")


def make_agent(
    desk: Desk,
    name: str = "Alice",
    *,
    languages: dict[str, int] | None = None,
    skills: dict[str, int] | None = None,
    capacity: int = 3,
    online: bool = False,
) -> Agent:
    """An agent who serves `desk`. English at level 4 unless told otherwise."""
    user = User.objects.create(
        email=f"{name.lower()}-{uuid.uuid4().hex[:8]}@example.com", password=password_hash()
    )
    agent = Agent.objects.create(user=user, name=name)
    Presence.objects.create(agent=agent, capacity=capacity)
    AgentLanguage.objects.bulk_create(
        AgentLanguage(agent=agent, code=code, level=level)
        for code, level in (languages or {"en": 4}).items()
    )
    AgentSkill.objects.bulk_create(
        AgentSkill(agent=agent, skill=make_skill(slug), level=level)
        for slug, level in (skills or {}).items()
    )
    desk.agents.add(agent)
    if online:
        go_online(agent)
    return agent


@lru_cache(maxsize=1)
def password_hash() -> str:
    """PASSWORD, hashed once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def make_app(user: User) -> str:
    """An authenticator app of the user; the secret that it holds."""
    secret: str = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def app_code(secret: str, ahead: int = 0) -> str:
    """What the app shows now, or so many half minutes later: the next one counts already."""
    moment = int(time.time()) // 30 + ahead
    return str(totp.format_hotp_value(totp.hotp_value(secret, moment)))


def enter(client: Any, user: User) -> None:
    """A session of the user, without the slow password; of staff with a second factor shown."""
    client.force_login(user)
    if user.is_staff:
        if not factors.of(user).exists():
            make_app(user)
        session = client.session
        factors.note(session, user)
        session.save()


def make_skill(slug: str) -> Skill:
    """The skill of this name."""
    return Skill.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]


def go_online(agent: Agent) -> None:
    """The agent's socket is open and she has gone online."""
    presence.connect(agent.pk)
    presence.set_presence(agent.pk, "online", by=f"agent:{agent.pk}")


def make_desk(**fields: Any) -> Desk:
    """A desk with a default queue `general`, under a key of its own."""
    desk = Desk.objects.create(
        key=f"desk-{uuid.uuid4().hex[:10]}", **{"name": "Test desk", **fields}
    )
    make_queue(desk, "general", is_default=True)
    return desk


def make_queue(
    desk: Desk, slug: str, *, skills: dict[str, int] | None = None, **fields: Any
) -> Queue:
    """A queue of the desk."""
    queue = Queue.objects.create(desk=desk, slug=slug, **{"name": slug.title(), **fields})
    QueueSkill.objects.bulk_create(
        QueueSkill(queue=queue, skill=make_skill(name), level=level)
        for name, level in (skills or {}).items()
    )
    return queue


def make_customer(desk: Desk, name: str = "Kim") -> Customer:
    """A guest at the desk."""
    return Customer.objects.create(desk=desk, name=name)


def make_ticket(desk: Desk, *, human: bool = True, text: str = "Hello", **wishes: Any) -> Ticket:
    """A new customer's conversation, waiting for a person unless `human` is False."""
    customer = wishes.pop("customer", None) or make_customer(desk)
    ticket, _new = actions.open_ticket(
        customer=customer, client_id=uuid.uuid4(), text=text, human=human, **wishes
    )
    return ticket


def make_offer(ticket: Ticket) -> Offer:
    """The offer that a wave makes for this waiting ticket."""
    waves.run()
    return Offer.objects.get(ticket=ticket, state="pending")


def bearer(agent: Agent) -> dict[str, str]:
    """Headers of a logged-in agent."""
    token, _expires, _agent = tokens.log_in(agent.user.email, PASSWORD)
    return {"Authorization": f"Bearer {token}"}


def customer_bearer(customer: Customer) -> dict[str, str]:
    """Headers of a customer's session."""
    from tickets.sessions import token_for

    return {"Authorization": f"Bearer {token_for(customer)}"}


@dataclass
class World:
    """One desk with its agents, in rows that no other test touches."""

    desk: Desk
    agents: list[Agent] = field(default_factory=list)

    def agent(self, name: str = "", **wishes: Any) -> Agent:
        """One more agent, with the next free name."""
        made = make_agent(self.desk, name or NAMES[len(self.agents) % len(NAMES)], **wishes)
        self.agents.append(made)
        return made

    def ticket(self, **wishes: Any) -> Ticket:
        """One more conversation."""
        return make_ticket(self.desk, **wishes)

    def close(self) -> None:
        """End what is open and send everybody home, so that later tests' waves see nothing of this."""
        for customer, ticket in Ticket.objects.filter(
            desk=self.desk, state__in=("assistant", "waiting", "active")
        ).values_list("customer_id", "id"):
            actions.close(ticket, customer)
        for agent in self.agents:
            if Presence.objects.get(pk=agent.pk).state != "offline":
                presence.set_presence(agent.pk, "offline", by="test")
