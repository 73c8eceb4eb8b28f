"""A posting: once per key, balanced, remembered for ever, heard by whom it is for."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from pay.actions import posting
from pay.actions.posting import Clash, Explained, Leg, Posting, post, post_all
from pay.models import Entry, Transaction
from pay.queries import balances
from tests.factories import make_agent
from tests.office import Office


@pytest.fixture
def alice(office: Office) -> Any:
    """An agent."""
    return make_agent(office.desk)


def earn(
    agent: Any, cents: int, key: str = "", currency: str = "EUR", **more: Any
) -> posting.Posted:
    """Pay an agent for a conversation."""
    legs = [Leg("agent", cents, agent.pk), Leg("earnings", -cents)]
    return post("conversation", key or str(uuid.uuid4()), currency, legs, agent=agent.pk, **more)


def test_a_posting_is_kept_with_its_entries_lines_and_balance(alice: Any) -> None:
    lines = [Explained("minutes", 200, Decimal(8), Decimal("0.25")), Explained("night", 40)]
    made = earn(alice, 240, lines=lines)
    assert made.is_new
    kept = Transaction.objects.get(pk=made.id)
    assert (kept.kind, kept.currency, kept.agent_id) == ("conversation", "EUR", alice.pk)
    assert sorted(Entry.objects.filter(transaction=kept).values_list("amount", flat=True)) == [
        -240,
        240,
    ]
    assert list(kept.lines.order_by("id").values_list("label", "amount")) == [
        ("minutes", 200),
        ("night", 40),
    ]
    assert balances.of_agent(alice.pk) == {"EUR": 240}
    assert balances.of_house("EUR") == {"earnings": -240}
    assert balances.audit() == []


def test_the_same_key_again_is_the_first_posting(alice: Any) -> None:
    first = earn(alice, 240, "ticket:1")
    again = earn(alice, 240, "ticket:1")
    assert (again.id, again.is_new) == (first.id, False)
    assert balances.of_agent(alice.pk) == {"EUR": 240}


def test_the_same_key_with_another_content_is_an_error_and_changes_nothing(alice: Any) -> None:
    earn(alice, 240, "ticket:1")
    with pytest.raises(Clash, match="ticket:1"):
        post_all(
            [
                Posting("tip", "tip:1", "EUR", [Leg("agent", 5, alice.pk), Leg("tips", -5)]),
                Posting(
                    "conversation",
                    "ticket:1",
                    "EUR",
                    [Leg("agent", 7, alice.pk), Leg("earnings", -7)],
                ),
            ]
        )
    assert balances.of_agent(alice.pk) == {"EUR": 240}
    assert Transaction.objects.count() == 1
