"""Whatever happens to conversations and to money, in whatever order and however often it is told: each
time with a conversation is paid once, as promised, and every cent is accounted for.

What is due is worked out here, from the rates below and the times in the rows, by none of the
product's arithmetic.
"""

import json
import math
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import Http404
from hypothesis import HealthCheck, Phase
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from agents import presence
from agents.models import Agent, PresenceLog, User
from core import clock
from core.problems import Problem
from core.states import Stale
from dispatch import actions, tasks, waves
from dispatch.models import Offer
from pay.actions import closing, destinations, earning, payouts, sending, settling, tipping
from pay.actions.adjusting import adjust
from pay.actions.posting import Clash, Posting, post_all, reverse
from pay.models import Earner, Entry, Payout, Quest, QuestMember, Tipping, Transaction
from pay.queries import reconciliation
from pay.tariff import quoting
from tests.factories import go_online, make_agent, make_desk, make_queue, make_ticket
from tests.pay.conftest import IBAN
from tests.pay.worlds import make_quest, make_tariff
from tickets import actions as tickets
from tickets.models import Assignment, Desk, Ticket
from tickets.signals import conversations_left, conversations_over

# By queue: currency, base, per minute, guarantee (minor units), what raises them, and for a reply in
# the first minute.
RATES = {
    "general": ("EUR", 120, Fraction(25), 150, Fraction(1), 40),
    "tokyo": ("JPY", 131, Fraction("33.3"), 200, Fraction(5, 4), 0),
}
FLOOR, DAYS_BACK = 1200, 7
TARGET, REWARD = 2, 500
which = st.integers(0, 30)
times = st.integers(1, 3)
ZONES = st.sampled_from(
    ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Tokyo", "America/New_York"]
)
Money = defaultdict[tuple[Any, str], int]


class Paying(RuleBasedStateMachine):
    """Three agents, two queues with a currency each, and finance."""

    desk: Desk
    agents: list[Agent]
    boss: User
    quest: Quest
    tokyo: int
    yesterday: date

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.news: list[Callable[[], None]] = []
        conversations_left.connect(self.hear_left, weak=False, dispatch_uid="stateful")
        conversations_over.connect(self.hear_over, weak=False, dispatch_uid="stateful")
        self.by_hand: Money = defaultdict(int)
        self.tips: dict[uuid.UUID, tuple[Agent, int]] = {}
        self.reversed: dict[uuid.UUID, Transaction] = {}
        self.counted: dict[Any, int] = {}
        self.closed: dict[Any, tuple[datetime, date]] = {}
        for agent in self.agents:
            go_online(agent)
        for topic in ("general", "tokyo", "general"):
            self.asks(topic)
        # Begin in the middle of things: dice seldom hand a conversation on and end it, too.
        for agent, minutes in ((0, 20), (1, 7)):
            self.claims(0, agent, 1)
            self.time_passes(minutes)
            self.transfers(0, 1, "general")
        self.claims(0, 2, 1)
        self.resolves(0, 1)
        self.takes(0, 1)

    def teardown(self) -> None:
        for signal in (conversations_left, conversations_over):
            signal.disconnect(dispatch_uid="stateful")
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def hear_left(self, sender: Any, left: Any, **_: Any) -> None:
        self.news.append(lambda: settling.settle(left))

    def hear_over(self, sender: Any, ticket_ids: Any, **_: Any) -> None:
        self.news.append(lambda: settling.settle_shares(ticket_ids))

    def tried(self, often: int, act: Callable[[], Any]) -> list[Any]:
        """Do it so often: what it answered each time, None where it was refused."""
        answers = []
        for _ in range(often):
            try:
                with transaction.atomic():
                    answers.append(act())
            except (Stale, Problem, Http404):
                answers.append(None)
        return answers

    def pick(self, number: int, **state: Any) -> Ticket | None:
        """One of the fitting conversations."""
        found = list(Ticket.objects.filter(desk=self.desk, **state).order_by("opened_at", "id"))
        return found[number % len(found)] if found else None

    # -- conversations -------------------------------------------------------------------------------

    @rule(topic=st.sampled_from(list(RATES)))
    def asks(self, topic: str) -> None:
        """Somebody new."""
        make_ticket(self.desk, topic=topic)

    @rule(number=which, often=times)
    def takes(self, number: int, often: int) -> None:
        """An offer is accepted, and says what is guaranteed."""
        waves.run()
        offers = list(Offer.objects.filter(state="pending", ticket__desk=self.desk).order_by("id"))
        if offers:
            offer = offers[number % len(offers)]
            self.tried(often, lambda: actions.accept(offer.pk, offer.agent_id))

    @rule(number=which, agent=which, often=times)
    def claims(self, number: int, agent: int, often: int) -> None:
        """Taken from the board, by whoever: also by who has just given it away."""
        if ticket := self.pick(number, state="waiting"):
            taker = self.agents[agent % len(self.agents)]
            self.tried(often, lambda: actions.claim(ticket.pk, taker.pk))

    @rule(minutes=st.sampled_from([0.25, 1, 7, 20]))
    def time_passes(self, minutes: float) -> None:
        """All that has happened to conversations is longer ago."""
        columns = {
            "tickets_assignment": ["started_at", "ended_at", "nudged_at"],
            "tickets_ticket": [
                "opened_at", "waiting_since", "first_reply_at", "idle_since", "owed_since",
                "last_message_at", "ended_at",
            ],
        }  # fmt: skip
        with connection.cursor() as cursor:
            for table, names in columns.items():
                moved = ", ".join(f"{n} = {n} - make_interval(secs => %(s)s)" for n in names)
                cursor.execute(f"UPDATE {table} SET {moved}", {"s": minutes * 60})

    @rule(number=which, by_agent=st.booleans())
    def says(self, number: int, by_agent: bool) -> None:
        """Either side writes."""
        if ticket := self.pick(number, state="active"):
            said = {"client_id": uuid.uuid4(), "text": "Hello"}
            if by_agent:
                self.tried(1, lambda: tickets.post_as_agent(ticket.pk, ticket.agent_id, **said))
            else:
                self.tried(
                    1, lambda: tickets.post_as_customer(ticket.pk, ticket.customer_id, **said)
                )

    @rule()
    def rests(self) -> None:
        """What is quiet rests, and is not engaged."""
        self.time_passes(20)
        tickets.rest_idle()

    def ends(self, number: int, often: int, act: Callable[[Ticket], Any], **state: Any) -> None:
        """A way out of a conversation, tried so often; who had it to its end has one more."""
        ticket = self.pick(number, **(state or {"state": "active"}))
        if ticket is None:
            return
        self.tried(often, lambda: act(ticket))
        now = Ticket.objects.get(pk=ticket.pk)
        if ticket.state == "active" and now.state == "resolved" and ticket.agent_id in self.counted:
            done = self.counted[ticket.agent_id]
            self.counted[ticket.agent_id] = min(TARGET, done + 1)

    @rule(number=which, often=times)
    def resolves(self, number: int, often: int) -> None:
        """Her agent ends it."""
        self.ends(number, often, lambda t: tickets.resolve(t.pk, t.agent_id, disposition="solved"))

    @rule(number=which, often=times)
    def leaves(self, number: int, often: int) -> None:
        """The customer ends it, whatever its state."""
        act = lambda t: tickets.close(t.pk, t.customer_id)  # noqa: E731
        self.ends(number, often, act, state__in=["waiting", "active", "resolved"])

    @rule(number=which, often=times)
    def releases(self, number: int, often: int) -> None:
        """Back to the queue."""
        self.ends(number, often, lambda t: tickets.release(t.pk, t.agent_id))

    @rule(number=which, often=times, queue=st.sampled_from(list(RATES)))
    def transfers(self, number: int, often: int, queue: str) -> None:
        """To a queue; the other one pays in another currency."""
        self.ends(number, often, lambda t: tickets.transfer(t.pk, t.agent_id, queue=queue))

    @rule(number=which, to=which)
    def hands_on(self, number: int, to: int) -> None:
        """To a colleague."""
        taker = self.agents[to % len(self.agents)]
        self.ends(
            number, 1,
            lambda t: tickets.transfer(t.pk, t.agent_id, to_agent=taker.pk)
            if t.agent_id != taker.pk else None,
        )  # fmt: skip

    @rule(number=which)
    def falls_silent(self, number: int) -> None:
        """She owes an answer and gives none: it is handed on, and her silence is not paid."""
        self.time_passes(20)
        if ticket := self.pick(number, state="active", owed_since__isnull=False):
            Assignment.objects.filter(ticket=ticket, ended_at=None).update(
                nudges=2, nudged_at=clock.now() - timedelta(minutes=2)
            )
            tickets.hand_over_silent()

    @rule(agent=which)
    def goes_home(self, agent: int) -> None:
        """All of hers goes back, and she comes again."""
        leaving = self.agents[agent % len(self.agents)]
        presence.set_presence(leaving.pk, "offline", by="test")
        tasks.return_conversations()
        go_online(leaving)

    @rule(number=which, often=times)
    def is_told_again(self, number: int, often: int) -> None:
        """Old news, delivered again."""
        for _ in range(often if self.news else 0):
            self.news[number % len(self.news)]()

    # -- what comes on top -----------------------------------------------------------------------------

    @rule(agent=which, often=times)
    def joins(self, agent: int, often: int) -> None:
        """A quest, from now on."""
        her = self.agents[agent % len(self.agents)]
        self.tried(often, lambda: earning.join(self.quest.pk, her.pk))
        self.counted.setdefault(her.pk, 0)

    @rule(number=which, amount=st.sampled_from(["1", "2.00"]), often=times)
    def tips_her(self, number: int, amount: str, often: int) -> None:
        """After the rating; the first counts."""
        ticket = self.pick(number, state="resolved", agent__isnull=False)
        if ticket is None:
            return
        tickets.rate(ticket.pk, ticket.customer_id, score=5)
        answers = self.tried(
            often, lambda: tipping.tip(ticket.pk, ticket.customer_id, amount=amount)
        )
        units = int(Decimal(amount) * 100)
        if ticket.pk not in self.tips:
            self.tips[ticket.pk] = (ticket.agent, units)
            assert answers[0].is_new
            assert not any(answer.is_new for answer in answers[1:])
        elif self.tips[ticket.pk][1] != units:
            assert answers == [None] * often

    @rule(agent=which, days=st.integers(1, 3), zone=st.none() | ZONES, often=times)
    def days_end(self, agent: int, days: int, zone: str | None, often: int) -> None:
        """Days of hers are closed one after the other; she may have moved before."""
        her = self.agents[agent % len(self.agents)]
        if zone:
            earning.set_zone(her.pk, zone)
        first = self.yesterday - timedelta(days=DAYS_BACK)
        begun, last = self.closed.get(her.pk, (None, first - timedelta(days=1)))
        for number in range(1, days + 1):
            day = last + timedelta(days=number)
            if day >= self.yesterday:
                break
            # The day before may come again, further west.
            for each in (day - timedelta(days=1), day) if begun else (day,):
                done = [closing.close_day(her.pk, each) for _ in range(often)]
                assert not any(done[1:])
                if begun is None and done[0]:
                    begun, _end = closing.days.bounds(each, Earner.objects.get(pk=her.pk).time_zone)
            assert begun
            self.closed[her.pk] = (begun, day)

    # -- finance ---------------------------------------------------------------------------------------

    @rule(
        agent=which, amount=st.integers(-900, 900).filter(bool), often=times,
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    )  # fmt: skip
    def adjusts(self, agent: int, amount: int, often: int, currency: str) -> None:
        """By hand, once per form."""
        her, key = self.agents[agent % len(self.agents)], uuid.uuid4()
        for _ in range(often):
            adjust(her.pk, amount, currency, author=self.boss.pk, reason="so it is", key=key)
        self.by_hand[her.pk, currency] += amount

    @rule(number=which, often=times)
    def reverses(self, number: int, often: int) -> None:
        """Any transaction that is no payout's, once."""
        kinds = ["conversation", "tip", "adjustment", "quest", "floor", "waiting"]
        found = list(Transaction.objects.filter(kind__in=kinds).order_by("at", "id"))
        if found:
            for _ in range(often):
                reverse(found[number % len(found)].pk, self.boss.pk, "it was wrong")
            self.reversed[found[number % len(found)].pk] = found[number % len(found)]

    @rule(agent=which, currency=st.sampled_from(["EUR", "JPY"]), often=times)
    def asks_for_all(self, agent: int, currency: str, often: int) -> None:
        """All there is, if that is enough."""
        her, name = self.agents[agent % len(self.agents)], uuid.uuid4()
        self.tried(
            often,
            lambda: payouts.request(
                her.pk, client_id=name, currency=currency, requested_by=her.user_id
            ),
        )
        assert Payout.objects.filter(client_id=name).count() <= 1

    @rule(
        number=which, often=times,
        move=st.sampled_from(
            ["approve", "approve", "send", "send", "settle", "hold", "release", "cancel", "back"]
        ),
    )  # fmt: skip
    def moves_a_payout(self, number: int, often: int, move: str) -> None:
        """One step of the machine, allowed or not."""
        found = list(Payout.objects.order_by("requested_at", "id"))
        if not found:
            return
        payout = found[number % len(found)]
        acts: dict[str, Callable[[], Any]] = {
            "approve": lambda: payouts.approve(payout.pk, self.boss),
            "send": lambda: sending.make_file("csv", payout.currency, self.boss)
            if Payout.objects.filter(state="approved", currency=payout.currency).exists() else None,
            "settle": lambda: payouts.settle(payout.pk, self.boss),
            "hold": lambda: payouts.hold(payout.pk, self.boss, "let me see"),
            "release": lambda: payouts.release(payout.pk, self.boss),
            "cancel": lambda: payouts.cancel(payout.pk, self.boss, "not now"),
            "back": lambda: payouts.take_back(payout.pk, self.boss, "account closed"),
        }  # fmt: skip
        self.tried(often, acts[move])

    # -- what must be true after every step --------------------------------------------------------------

    @invariant()
    def the_ledger_is_sound(self) -> None:
        """Each transaction sums to nothing in one currency; caches, payouts and entries agree."""
        with connection.cursor() as cursor:
            # What a commit would look at.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(
                """SELECT e.transaction_id FROM pay_entry e
                   JOIN pay_account a ON a.id = e.account_id
                   JOIN pay_transaction t ON t.id = e.transaction_id GROUP BY 1
                   HAVING sum(e.amount) <> 0 OR bool_or(a.currency <> t.currency)
                   UNION ALL
                   SELECT t.id FROM pay_transaction t JOIN pay_line l ON l.transaction_id = t.id
                   JOIN pay_entry e ON e.transaction_id = t.id
                   JOIN pay_account a ON a.id = e.account_id AND a.kind = 'agent'
                   GROUP BY t.id, e.id HAVING sum(l.amount) <> e.amount"""
            )
            assert cursor.fetchall() == [], "a transaction is off, or its lines are"
        found = reconciliation.check()
        assert found.is_well, found

    @invariant()
    def each_time_is_paid_once_and_as_promised(self) -> None:
        """By the rates above, and in the currency of the queue in which she took it."""
        found: dict[str, Transaction] = {}
        for each in Transaction.objects.filter(kind="conversation"):
            found[each.key] = each
        amounts = self.amounts()
        due = 0
        guaranteed: Money = defaultdict(int)
        brought: Money = defaultdict(int)
        for key, currency, first, more, guarantee in self.times():
            posted = [found.get(f"conversation:{key}"), found.get(f"share:{key}")]
            got = [amounts[each.pk] if each else 0 for each in posted]
            assert got == [first, more], f"{key} was paid {got}, and {first} and {more} are due"
            assert {each.currency for each in posted if each} <= {currency}
            due += bool(first) + bool(more)
            ticket, agent = key.split(":")[0], self.whose[key]
            guaranteed[ticket, f"{agent} {currency}"] = max(
                guarantee, guaranteed[ticket, f"{agent} {currency}"]
            )
            brought[ticket, f"{agent} {currency}"] += first + more
        assert len(found) == due, "something else was paid"
        assert all(brought[who] >= least for who, least in guaranteed.items())

    def times(self) -> list[tuple[str, str, int, int, int]]:
        """Each time that has ended: its key, the currency, what is due for it at its end, what follows
        once the conversation is over, and what was promised at least."""
        rows = list(
            Assignment.objects.filter(ticket__desk=self.desk)
            .select_related("ticket")
            .order_by("id")
        )
        by_ticket = defaultdict(list)
        for row in rows:
            by_ticket[row.ticket_id].append(row)
        told = []
        self.whose: dict[str, Any] = {}
        for held in by_ticket.values():
            is_over = held[0].ticket.state in ("resolved", "abandoned")
            engaged = {row.pk: _engaged(row) for row in held if row.ended_at}
            whole = sum(engaged.values())
            earlier: Money = defaultdict(int)
            for row in held:
                assert row.terms, "nothing was promised"
                if row.ended_at is None:
                    continue
                currency, base, minute, minimum, factor, reply = RATES[self.queue_of(row)]
                part = engaged[row.pk] / whole if whole else Fraction(1, len(engaged))
                last = is_over and row is held[-1] and row.reason in ("resolved", "closed")
                least = math.ceil(minimum * factor)
                extra = reply if _replied_within(row, 60) else 0

                time = minute * engaged[row.pk] / 60
                at_least = least - earlier[row.agent_id, currency]
                alone, shared = (
                    max(round((base * share + time) * factor + extra), at_least)
                    for share in (part if last else 0, part)
                )
                first, more = alone, (max(0, shared - alone) if is_over and not last else 0)
                earlier[row.agent_id, currency] += first
                key = f"{row.ticket_id}:{row.pk}"
                self.whose[key] = row.agent_id
                told.append((key, currency, first, more, least))
        return told

    def queue_of(self, row: Assignment) -> str:
        """The queue in which she took it, by the tariff that her terms name."""
        return "tokyo" if json.loads(row.terms)["tariff"] == self.tokyo else "general"

    def amounts(self) -> dict[Any, int]:
        """What each transaction brought its agent."""
        found = Entry.objects.filter(account__kind="agent").values_list("transaction_id", "amount")
        return dict(found)

    @invariant()
    def what_comes_on_top_comes_once(self) -> None:
        """Tips, quests and days."""
        amounts = self.amounts()
        kinds = defaultdict(list)
        for each in Transaction.objects.all():
            kinds[each.kind].append(each)
        assert {t.ticket_id: (t.agent_id, amounts[t.pk]) for t in kinds["tip"]} == {
            ticket: (agent.pk, units) for ticket, (agent, units) in self.tips.items()
        }
        assert len(kinds["tip"]) == len(self.tips)
        members = QuestMember.objects.filter(quest=self.quest)
        assert {m.agent_id: m.done for m in members} == self.counted
        reached = sorted(str(a) for a, done in self.counted.items() if done == TARGET)
        assert sorted(str(t.agent_id) for t in kinds["quest"]) == reached
        assert {amounts[t.pk] for t in kinds["quest"]} <= {REWARD}
        paid: dict[Any, int] = defaultdict(int)
        for each in kinds["floor"] + kinds["waiting"]:
            paid[each.agent_id] += amounts[each.pk]
        for agent, (begun, _last) in self.closed.items():
            until = Earner.objects.get(pk=agent).closed_until
            assert paid[agent] == FLOOR * self.hours(begun, until), "hours lost, or paid twice"

    def hours(self, begin: datetime, end: datetime) -> int:
        """How many hours of those online, two at 9 and two at 22 UTC each day, lie in between."""
        found = 0
        for back in range(DAYS_BACK + 3):
            day = self.yesterday - timedelta(days=back)
            for hour in (9, 10, 22, 23):
                at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
                found += begin <= at < end
        return found

    @invariant()
    def balances_are_what_was_booked(self) -> None:
        """Worked out from what happened, next to what the accounts say; currencies apart."""
        amounts = self.amounts()
        expected: Money = defaultdict(int)
        expected.update(self.by_hand)
        for key, currency, first, more, _least in self.times():
            expected[self.whose[key], currency] += first + more
        for agent, units in self.tips.values():
            expected[agent.pk, "EUR"] += units
        for agent_id, done in self.counted.items():
            expected[agent_id, "EUR"] += REWARD * (done == TARGET)
        for agent_id, (begun, _last) in self.closed.items():
            until = Earner.objects.get(pk=agent_id).closed_until
            expected[agent_id, "EUR"] += FLOOR * self.hours(begun, until)
        for posted in self.reversed.values():
            expected[posted.agent_id, posted.currency] -= amounts[posted.pk]
        for payout in Payout.objects.exclude(state__in=["returned", "cancelled"]):
            expected[payout.agent_id, payout.currency] -= payout.amount
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT a.agent_id, a.currency, b.amount FROM pay_account a
                   JOIN pay_balance b ON b.account_id = a.id WHERE a.kind = 'agent'"""
            )
            found = {row[:2]: row[2] for row in cursor.fetchall()}
        assert {k: n for k, n in found.items() if n} == {k: n for k, n in expected.items() if n}


def _engaged(row: Assignment) -> Fraction:
    """Seconds, to the millisecond."""
    assert row.ended_at
    seconds = (row.ended_at - row.started_at).total_seconds() - row.idle_s
    return Fraction(round(max(0.0, seconds) * 1000), 1000)


def _replied_within(row: Assignment, seconds: float) -> bool:
    """Whether the conversation's first answer was hers, and in time."""
    at = row.ticket.first_reply_at
    if at is None or row.ended_at is None or not row.started_at <= at <= row.ended_at:
        return False
    return bool((at - row.started_at).total_seconds() <= seconds)


@pytest.fixture
def machine(db: None) -> type[Paying]:
    """The same people for all examples: a password is slow to hash."""
    desk = make_desk()
    long_ago = clock.now() - timedelta(days=30)
    make_tariff(
        {"kind": "reply", "amount": Decimal("0.40"), "within_s": 60},
        desk=desk, floor=Decimal(12), waiting=Decimal(3), starts_at=long_ago,
    )  # fmt: skip
    tokyo = make_tariff(
        {"kind": "language", "languages": ["en"], "percent": Decimal(25)},
        queue=make_queue(desk, "tokyo"), currency="JPY", base=Decimal(131),
        minute=Decimal("33.3"), minimum=Decimal(200), starts_at=long_ago,
    )  # fmt: skip
    Tipping.objects.create(desk=desk, amounts=[Decimal(1), Decimal(2)], is_on=True)
    Paying.desk, Paying.tokyo = desk, tokyo.pk
    Paying.quest = make_quest(desk, target=TARGET)
    Paying.boss = User.objects.create_superuser("sam@example.com", None)
    Paying.agents = [make_agent(desk, name, capacity=4) for name in ("Alice", "Bob", "Charlie")]
    Paying.yesterday = clock.now().date() - timedelta(days=1)
    for agent in Paying.agents:
        destinations.set_bank(agent.pk, holder=agent.name, iban=IBAN)
        for back in range(DAYS_BACK + 3):
            day = Paying.yesterday - timedelta(days=back)
            for hour in (9, 22):
                at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
                for was, now, when in (
                    ("offline", "online", at),
                    ("online", "offline", at + timedelta(hours=2)),
                ):
                    PresenceLog.objects.create(
                        of=agent.presence, was=was, now=now, at=when, by="test"
                    )
    return Paying


def run(machine: type[Paying], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=profile(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_each_time_is_paid_once_and_every_cent_is_accounted_for(
    machine: type[Paying],
) -> None:
    run(machine, 8)


def renamed(posting: Posting) -> Posting:
    return replace(posting, key=f"{posting.key}:{uuid.uuid4().hex[:8]}")


def again(patch: pytest.MonkeyPatch) -> None:
    """Plant: a key that is new each time."""
    patch.setattr(
        settling, "post_all", lambda postings: post_all([renamed(each) for each in postings])
    )


def alike(patch: pytest.MonkeyPatch) -> None:
    """Plant: the base is shared by heads, and not by engaged time."""
    patch.setattr(
        quoting, "shares", lambda engaged: {key: Fraction(1, len(engaged)) for key in engaged}
    )


def whole(patch: pytest.MonkeyPatch) -> None:
    """Plant: everybody gets the whole base."""
    patch.setattr(quoting, "shares", lambda engaged: dict.fromkeys(engaged, Fraction(1)))


def unpromised(patch: pytest.MonkeyPatch) -> None:
    """Plant: the guarantee is forgotten."""
    patch.setattr("pay.tariff.types.Terms.guaranteed", property(lambda terms: 0))


def guaranteed_each_time(patch: pytest.MonkeyPatch) -> None:
    """Plant: giving away and taking back brings the guarantee each time."""
    patch.setattr(settling, "_before", lambda ids: {})


def short_days(patch: pytest.MonkeyPatch) -> None:
    """Plant: hours that a change of the zone skips are lost."""
    patch.setattr(closing, "SHORTEST", timedelta(0))


@pytest.mark.parametrize(
    "plant", [again, alike, whole, unpromised, guaranteed_each_time, short_days]
)
def test_the_machine_notices(
    machine: type[Paying],
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
) -> None:
    plant(monkeypatch)
    # Flaky: noticed, and not the same at a second try, for ids are random.
    with pytest.raises((AssertionError, Clash, Flaky)):
        # Ends with the first example that notices. Whom the waves choose is chance too, so that the
        # giving away and taking back of one agent comes early or late: 25 examples have missed it.
        run(machine, 400)
