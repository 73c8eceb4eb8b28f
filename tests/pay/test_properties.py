"""Any sequence of postings, redelivered and interleaved: balanced, once, currencies apart, all exact."""

import uuid
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from pay import money
from pay.actions import destinations, payouts
from pay.actions.posting import Clash, Leg, Posting, post_all, reverse
from pay.models import Transaction
from pay.queries import balances, reconciliation
from tests.factories import make_agent, make_desk
from tests.pay.conftest import IBAN

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD"])
AMOUNTS = st.integers(1, 10**7)
WEIGHTS = st.lists(st.fractions(0, 1000), min_size=1, max_size=12).filter(any)


@given(total=st.integers(-(10**12), 10**12), weights=WEIGHTS)
def test_a_split_loses_nothing_and_no_share_is_off_by_a_unit(
    total: int, weights: list[Fraction]
) -> None:
    shares = money.split(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total) * weight / sum(weights)) < 1
        assert weight or not share


@given(
    units=st.integers(-money.MOST, money.MOST), currency=st.sampled_from(sorted(money.EXPONENTS))
)
def test_what_is_written_is_read_back(units: int, currency: str) -> None:
    assert money.parse(money.text(units, currency), currency) == units
    assert money.minor(money.decimal(units, currency), currency) == units


@given(rate=st.decimals(0, 100, places=6), quantity=st.decimals(0, 1000, places=4))
def test_rounding_is_to_the_nearest_and_errs_to_neither_side(
    rate: Decimal, quantity: Decimal
) -> None:
    exact = Fraction(rate) * Fraction(quantity) * 100
    assert abs(money.minor(Fraction(rate) * Fraction(quantity), "EUR") - exact) <= Fraction(1, 2)


def test_half_a_cent_goes_to_the_even_one() -> None:
    assert [money.minor(Decimal(f"0.{n}5"), "EUR") for n in (10, 11, 12, 13)] == [10, 12, 12, 14]
    assert money.minor(Decimal("-0.125"), "EUR") == -12


@given(amount=st.text(max_size=12))
def test_what_people_write_is_an_amount_or_refused(amount: str) -> None:
    fields, units = [], 0
    try:
        units = money.parse(amount, "EUR")
    except ValidationError as refused:
        fields = list(refused.detail)
    assert fields in ([], ["amount"])
    assert abs(units) <= money.MOST


class Ledger(RuleBasedStateMachine):
    """The ledger next to a model of it: two dicts."""

    agents: list[Agent]
    boss: User

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.there: defaultdict[tuple[Any, str], int] = defaultdict(int)
        self.done: dict[str, Posting] = {}
        self.ids: dict[str, uuid.UUID] = {}
        self.reversed: set[str] = set()
        self.open: list[Any] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def booked(self, posting: Posting, sign: int = 1) -> None:
        for leg in posting.entries:
            if leg.agent:
                self.there[leg.agent, posting.currency] += sign * leg.amount

    @rule(data=st.data(), currency=CURRENCIES, amounts=st.lists(AMOUNTS, min_size=1, max_size=4))
    def post(self, data: Any, currency: str, amounts: list[int]) -> None:
        """One transaction that pays several agents, out of several accounts."""
        legs = [Leg("agent", n, data.draw(st.sampled_from(self.agents)).pk) for n in amounts]
        house = [n for n in money.split(-sum(amounts), [3, 1]) if n]
        legs += [Leg(kind, n) for kind, n in zip(("earnings", "tips"), house, strict=False)]
        posting = Posting("tip", f"key {len(self.done)}", currency, tuple(legs))
        (posted,) = post_all([posting])
        assert posted.is_new
        self.done[posting.key], self.ids[posting.key] = posting, posted.id
        self.booked(posting)

    @precondition(lambda self: self.done)
    @rule(data=st.data(), amount=AMOUNTS)
    def deliver_again_with_something_new(self, data: Any, amount: int) -> None:
        """A redelivery in any company is the first, and the company is booked."""
        old = self.done[data.draw(st.sampled_from(sorted(self.done)))]
        agent = data.draw(st.sampled_from(self.agents)).pk
        new = Posting(
            "tip",
            f"key {len(self.done)}",
            "EUR",
            (Leg("agent", amount, agent), Leg("tips", -amount)),
        )
        again, made = post_all([old, new])
        assert (again.id, again.is_new, made.is_new) == (self.ids[old.key], False, True)
        self.done[new.key], self.ids[new.key] = new, made.id
        self.booked(new)

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def use_a_key_for_something_else(self, data: Any) -> None:
        """Refused, and nothing is booked."""
        key = data.draw(st.sampled_from(sorted(self.done)))
        other = Posting("tip", key, "EUR", (Leg("bank", 3), Leg("fees", -3)))
        with pytest.raises(Clash):
            post_all([other])

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def take_back(self, data: Any) -> None:
        """Once, however often."""
        key = data.draw(st.sampled_from(sorted(self.done)))
        back = reverse(self.ids[key], self.boss.pk, data.draw(st.sampled_from(["a", "b"])))
        assert back.is_new == (key not in self.reversed)
        if back.is_new:
            self.booked(self.done[key], -1)
        self.reversed.add(key)

    @rule(data=st.data(), currency=CURRENCIES)
    def ask_for_all(self, data: Any, currency: str) -> None:
        """A payout of all there is, if there is enough."""
        agent = data.draw(st.sampled_from(self.agents))
        if self.there[agent.pk, currency] >= max(1, payouts.minimum(currency)):
            payout, _new = payouts.request(agent.pk, client_id=uuid.uuid4(), currency=currency)
            assert payout.amount == self.there[agent.pk, currency]
            self.there[agent.pk, currency] = 0
            self.open.append(payout)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), paid=st.booleans())
    def end_a_payout(self, data: Any, paid: bool) -> None:
        """It comes back, or is approved and cancelled."""
        payout = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        if paid:
            payouts.approve(payout.pk, self.boss)
        payouts.cancel(payout.pk, self.boss, "back")
        self.there[payout.agent_id, payout.currency] += payout.amount

    @invariant()
    def everything_agrees(self) -> None:
        """The cache, the entries, the model, and the payouts; and every transaction balances."""
        for agent in self.agents:
            found = balances.of_agent(agent.pk)
            assert all(found.get(c, 0) == self.there[agent.pk, c] for c in money.EXPONENTS)
        assert reconciliation.check().is_well
        with connection.cursor() as cursor:
            # What a commit would look at.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert Transaction.objects.filter(kind="tip").count() == len(self.done)


def test_any_sequence_of_postings_leaves_the_ledger_as_the_model_says(db: None) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    desk = make_desk()
    Ledger.agents = [make_agent(desk, name) for name in ("Alice", "Bob")]
    Ledger.boss = User.objects.create_superuser("sam@example.com", None)
    for agent in Ledger.agents:
        destinations.set_bank(agent.pk, holder=agent.name, iban=IBAN)
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
