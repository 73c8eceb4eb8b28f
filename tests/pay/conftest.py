"""Alice is paid in a desk of her own; Sam and Robin are finance."""

import uuid
from typing import Any

import pytest

from agents.models import Agent, User
from pay.actions import destinations
from pay.actions.posting import Leg, Posted, post
from tests.factories import make_agent
from tests.office import Office

IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def alice(office: Office) -> Agent:
    """An agent."""
    return make_agent(office.desk)


@pytest.fixture
def sam(db: None) -> User:
    """Finance."""
    return User.objects.create_superuser("sam@example.com", None)


def earn(agent: Agent, cents: int, key: str = "", currency: str = "EUR", **more: Any) -> Posted:
    """Pay an agent for a conversation."""
    legs = [Leg("agent", cents, agent.pk), Leg("earnings", -cents)]
    return post("conversation", key or str(uuid.uuid4()), currency, legs, agent=agent.pk, **more)


def bank(agent: Agent, iban: str = IBAN) -> Any:
    """She is paid to this account."""
    return destinations.set_bank(agent.pk, holder=f"{agent.name} Łódź", iban=iban)
