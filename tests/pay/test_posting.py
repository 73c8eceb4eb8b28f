"""A posting: once per key, balanced, remembered for ever, heard by whom it is for."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, transaction
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from pay.accounts import id_of
from pay.actions.posting import Clash, Explained, Leg, Posting, post, post_all, reverse
from pay.models import Entry, Transaction
from pay.queries import balances
from tests.factories import make_agent
from tests.office import Office
from tests.pay.conftest import earn


def test_a_posting_is_kept_with_its_entries_lines_and_balance(alice: Agent) -> None:
    lines = [Explained("minutes", 200, Decimal(8), Decimal("0.25")), Explained("night", 40)]
    made = earn(alice, 240, lines=lines)
    assert made.is_new
    kept = Transaction.objects.get(pk=made.id)
    assert (kept.kind, kept.currency, kept.agent_id) == ("conversation", "EUR", alice.pk)
    amounts = Entry.objects.filter(transaction=kept).values_list("amount", flat=True)
    assert sorted(amounts) == [-240, 240]
    explained = [("minutes", 200), ("night", 40)]
    assert list(kept.lines.order_by("id").values_list("label", "amount")) == explained
    assert balances.of_agent(alice.pk) == {"EUR": 240}
    assert balances.of_house("EUR") == {"earnings": -240}
    assert balances.audit() == []


def test_the_same_key_again_is_the_first_posting(alice: Agent) -> None:
    first = earn(alice, 240, "ticket:1")
    again = earn(alice, 240, "ticket:1")
    assert (again.id, again.is_new) == (first.id, False)
    assert balances.of_agent(alice.pk) == {"EUR": 240}


def test_the_same_key_with_another_content_is_an_error_and_changes_nothing(alice: Agent) -> None:
    earn(alice, 240, "ticket:1")
    with pytest.raises(Clash, match="ticket:1"):
        post_all(
            [
                Posting("tip", "tip:1", "EUR", [Leg("agent", 5, alice.pk), Leg("tips", -5)]),
                Posting(
                    "conversation", "ticket:1", "EUR",
                    [Leg("agent", 7, alice.pk), Leg("earnings", -7)],
                ),
            ]
        )  # fmt: skip
    assert balances.of_agent(alice.pk) == {"EUR": 240}
    assert Transaction.objects.count() == 1


def test_many_postings_are_written_at_once_and_each_agent_hears_of_hers(
    office: Office, alice: Agent, heard: Any, django_assert_num_queries: Any
) -> None:
    bob = make_agent(office.desk, "Bob")
    many = [
        Posting("tip", f"tip:{n}", "EUR", [Leg("agent", n, who.pk), Leg("tips", -n)], agent=who.pk)
        for n, who in enumerate([alice, bob] * 20, start=1)
    ]
    with django_assert_num_queries(1):
        done = post_all(many)
    assert all(posted.is_new for posted in done)
    assert [str(posted.id) for posted in post_all(many)] == [str(posted.id) for posted in done]
    news = {"type": "earnings.changed", "balance": {"amount": "4.00", "currency": "EUR"}}
    assert heard.by(alice) == [news]
    assert heard.by(bob)[0]["balance"] == {"amount": "4.20", "currency": "EUR"}
    assert balances.of_agent(alice.pk) == {"EUR": sum(range(1, 41, 2))}
    assert balances.of_agent(bob.pk) == {"EUR": sum(range(2, 41, 2))}
    assert balances.audit() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "XXQ"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"kind": "gift"}, "kind"),
        ({"key": ""}, "key"),
        ({"key": "k" * 121}, "key"),
        ({"entries": [Leg("tips", 5), Leg("bank", -4)]}, "entries"),
        ({"entries": [Leg("tips", 5)]}, "entries"),
        ({"entries": [Leg("tips", 0), Leg("bank", 0)]}, "entries"),
        ({"entries": [Leg("pocket", 5), Leg("bank", -5)]}, "entries"),
        ({"entries": [Leg("agent", 5), Leg("bank", -5)]}, "entries"),
        ({"entries": [Leg("tips", 10**16), Leg("bank", -(10**16))]}, "entries"),
    ],
)
def test_what_can_not_be_posted_is_refused_with_its_field(
    db: None, change: dict[str, Any], field: str
) -> None:
    good = {
        "kind": "tip",
        "key": "tip:1",
        "currency": "EUR",
        "entries": [Leg("tips", 5), Leg("bank", -5)],
    }
    with pytest.raises(ValidationError) as refused:
        post(**(good | change))
    assert list(refused.value.detail) == [field]
    assert Transaction.objects.count() == 0


def test_a_reversal_mirrors_the_first_and_happens_once(alice: Agent, sam: User) -> None:
    made = earn(alice, 240, lines=[Explained("minutes", 240)])
    with pytest.raises(ValidationError, match="Say why"):
        reverse(made.id, sam.pk, "  ")
    back = reverse(made.id, sam.pk, "paid twice")
    assert back.is_new
    assert balances.of_agent(alice.pk) == {"EUR": 0}
    again = reverse(made.id, sam.pk, "and again")
    assert (again.id, again.is_new) == (back.id, False)
    kept = Transaction.objects.get(pk=back.id)
    assert (kept.reverses_id, kept.author_id, kept.reason) == (made.id, sam.pk, "paid twice")
    with pytest.raises(ValidationError, match="reversal itself"):
        reverse(back.id, sam.pk, "no, it was right")
    assert balances.audit() == []


@pytest.mark.parametrize("table", ["transaction", "entry", "line", "account"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
    ids=["update", "delete", "truncate"],
)
def test_the_database_refuses_to_change_what_was_written(
    alice: Agent, table: str, statement: str
) -> None:
    earn(alice, 240, lines=[Explained("minutes", 240)])
    with transaction.atomic(), connection.cursor() as cursor:
        # What waits for the commit would be in a TRUNCATE's way.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(Error, match="is append-only"), transaction.atomic():
            cursor.execute(statement.format(f"pay_{table}"))


def write(currency: str, legs: int, *entries: tuple[Any, int]) -> Any:
    """Write a transaction past the action, as a mistake of ours would, and look at it as a commit does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO pay_transaction (id, kind, key, currency, legs, digest, at)
               VALUES (gen_random_uuid(), 'tip', 'by hand', %s, %s, '', now()) RETURNING id""",
            [currency, legs],
        )
        made = cursor.fetchone()[0]
        add(made, *entries)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return made


def add(made: Any, *entries: tuple[Any, int]) -> None:
    with connection.cursor() as cursor:
        for account, amount in entries:
            cursor.execute(
                "INSERT INTO pay_entry (transaction_id, account_id, amount, at) VALUES (%s, %s, %s, now())",
                [made, account, amount],
            )


def test_the_database_refuses_what_does_not_balance(alice: Agent) -> None:
    earn(alice, 240)
    earn(alice, 240, currency="USD")
    mine, house = id_of("agent", "EUR", alice.pk), id_of("earnings", "EUR")
    dollars = id_of("earnings", "USD")
    with pytest.raises(Error, match="sums to 1, not to zero"):
        write("EUR", 2, (mine, 6), (house, -5))
    with pytest.raises(Error, match="has 0 entries, not the 2"):
        write("EUR", 2)
    with pytest.raises(Error, match="another currency"):
        write("EUR", 2, (mine, 6), (dollars, -6))
    with pytest.raises(Error, match="another currency"):
        write("EUR", 2, (mine, 6), ("00000000-0000-0000-0000-000000000001", -6))
    good = write("EUR", 2, (mine, 6), (house, -6))
    with pytest.raises(Error, match="has all its entries already"), transaction.atomic():
        add(good, (mine, 3), (house, -3))
    with pytest.raises(Error, match="is not there"), transaction.atomic():
        add("00000000-0000-0000-0000-000000000001", (mine, 3), (house, -3))


def test_the_audit_sees_a_balance_that_is_not_what_was_booked(alice: Agent) -> None:
    earn(alice, 240)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pay_balance SET amount = amount + 1 WHERE amount > 0")
    (off,) = balances.audit()
    assert (off.agent, off.cached, off.summed) == (alice.pk, 241, 240)
