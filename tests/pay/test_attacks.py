"""Ways to be paid twice, or by oneself, or for nothing: each was tried, and each is refused."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse as named
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from core import clock
from core.problems import Problem
from pay.actions import closing, payouts, sending, tipping
from pay.actions.adjusting import adjust
from pay.actions.posting import reverse
from pay.models import Earner, Tipping, Transaction
from pay.queries import balances
from tests.factories import enter, make_desk
from tests.office import Heard, Office, some_id
from tests.pay.conftest import IBAN, bank, earn
from tests.pay.test_extras import at, rated, was_online, yesterday
from tests.pay.test_settling import resolve
from tests.pay.worlds import booked, lines, make_quest, make_tariff, took


@pytest.fixture
def alice_of_finance(alice: Agent) -> User:
    """An agent whose log-in may do all that finance does."""
    User.objects.filter(pk=alice.user_id).update(is_staff=True, is_superuser=True)
    return User.objects.get(pk=alice.user_id)


def test_giving_it_away_and_taking_it_back_brings_the_guarantee_once(office: Office) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    for _ in range(4):
        alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/release", {})
        alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert balances.of_agent(alice.agent.pk) == {"EUR": 150}
    took(kim.ticket, 8)
    resolve(kim, alice)
    # Eight minutes and the base, of which seconds of the first four times are parts; the guarantee
    # is what it was.
    (total,) = balances.of_agent(alice.agent.pk).values()
    assert 320 <= total <= 320 + 150
    assert sum(n for label, n in lines(alice.agent) if label == "minimum") <= 150


def test_two_who_hand_it_to_each_other_have_one_guarantee_each(office: Office) -> None:
    make_tariff(desk=office.desk)
    kim, alice = office.talk()
    bob = office.works("Bob")
    for giver, taker in ((alice, bob), (bob, alice)) * 3:
        giver.ok("POST", f"/agent/tickets/{kim.ticket.pk}/release", {})
        taker.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert balances.of_agent(alice.agent.pk) == {"EUR": 150}
    assert balances.of_agent(bob.agent.pk) == {"EUR": 150}


def test_who_moves_her_midnight_each_hour_is_topped_up_by_the_day(office: Office) -> None:
    """Every hour on the hour she is where it is midnight: no hour is topped up by itself."""
    make_tariff(
        desk=office.desk, floor=Decimal("12.00"), starts_at=clock.now() - timedelta(days=30)
    )
    alice = office.works("Alice", online=False)
    day = yesterday() - timedelta(days=3)
    was_online(alice, at(day, 0), 24)
    Earner.objects.create(agent=alice.agent, time_zone="UTC")
    closing.close_day(alice.agent.pk, day - timedelta(days=1))
    for west in range(13):
        alice.ok("PUT", "/agent/earnings/zone", {"zone": f"Etc/GMT+{west % 13}"})
        closing.close_day(alice.agent.pk, day - timedelta(days=1))
    assert booked(alice.agent) == []
    alice.ok("PUT", "/agent/earnings/zone", {"zone": "UTC"})
    closing.close_day(alice.agent.pk, day)
    assert booked(alice.agent) == [("floor", 24 * 1200)]


def test_a_day_that_a_change_of_zone_brings_twice_is_closed_and_no_hour_is_lost(
    office: Office,
) -> None:
    make_tariff(
        desk=office.desk, floor=Decimal("12.00"), starts_at=clock.now() - timedelta(days=30)
    )
    alice = office.works("Alice", online=False)
    day = yesterday() - timedelta(days=3)
    was_online(alice, at(day, 0), 40)
    Earner.objects.create(agent=alice.agent, time_zone="Pacific/Kiritimati")  # 14 h ahead
    assert closing.close_day(alice.agent.pk, day)
    alice.ok("PUT", "/agent/earnings/zone", {"zone": "Pacific/Pago_Pago"})  # 11 h behind
    # The same date, 25 hours later: its key is another's no more.
    assert closing.close_day(alice.agent.pk, day)
    assert closing.close_day(alice.agent.pk, day + timedelta(days=1))
    assert sum(amount for _kind, amount in booked(alice.agent)) == 40 * 1200


def test_a_day_that_can_not_be_closed_keeps_nobody_elses_open(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_tariff(
        desk=office.desk, floor=Decimal("12.00"), starts_at=clock.now() - timedelta(days=30)
    )
    pair = sorted((office.works(online=False) for _ in range(2)), key=lambda her: her.agent.pk)
    for her in pair:
        was_online(her, at(yesterday() - timedelta(days=1), 9), 2)
    due = closing._due

    def fails(agent_id: uuid.UUID, *more: Any) -> Any:
        if agent_id == pair[0].agent.pk:
            raise ValueError("whatever")
        return due(agent_id, *more)

    monkeypatch.setattr(closing, "_due", fails)
    closing.close_days()
    assert booked(pair[1].agent) == [("floor", 2400)]
    assert str(pair[0].agent.pk) in caplog.text
    monkeypatch.undo()
    closing.close_days()
    assert booked(pair[0].agent) == [("floor", 2400)]


def test_nobody_reverses_what_was_taken_from_herself(
    alice: Agent, alice_of_finance: User, sam: User
) -> None:
    taken = adjust(
        alice.pk, -5000, "EUR", author=sam.pk, reason="paid by mistake", key=uuid.uuid4()
    )
    with pytest.raises(ValidationError, match="Nobody adjusts her own pay"):
        reverse(taken.id, alice_of_finance.pk, "I want it")
    assert balances.of_agent(alice.pk) == {"EUR": -5000}
    reverse(taken.id, sam.pk, "it was right")
    assert balances.of_agent(alice.pk) == {"EUR": 0}


def test_nobody_says_that_her_own_payout_came_back(
    alice: Agent, alice_of_finance: User, sam: User
) -> None:
    earn(alice, 5000)
    bank(alice)
    payout, _new = payouts.request(
        alice.pk, client_id=uuid.uuid4(), currency="EUR", requested_by=alice.user_id
    )
    payouts.approve(payout.pk, sam)
    batch = sending.make_file("csv", "EUR", sam)
    sending.settle_file(batch.pk, sam)
    with pytest.raises(Problem, match="own payout"):
        payouts.take_back(payout.pk, alice_of_finance, "the bank sent it back")
    assert balances.of_agent(alice.pk) == {"EUR": 0}


@pytest.mark.parametrize("weekly", [False, True], ids=["asked for", "of the weekly run"])
def test_no_way_through_the_admin_approves_her_own_payout(
    alice: Agent, alice_of_finance: User, client: Client, static_files: None, weekly: bool
) -> None:
    earn(alice, 5000)
    bank(alice)
    payout, _new = payouts.request(
        alice.pk,
        client_id=uuid.uuid4(),
        currency="EUR",
        requested_by=None if weekly else alice.user_id,
        weekly=weekly,
    )
    enter(client, alice_of_finance)
    for name, form, status in (
        ("approve_one", {}, 302),
        ("hold_one", {"reason": "x"}, 302),
        ("release_one", {}, 302),
        ("approve_one", {}, 302),
        ("change", {"state": "approved"}, 403),
    ):
        page = named(f"admin:pay_payout_{name}", args=[payout.pk])
        assert client.post(page, form).status_code == status, name
    chosen = {"action": "approve_chosen", "_selected_action": str(payout.pk)}
    answer = client.post(named("admin:pay_payout_changelist"), chosen, follow=True)
    assert "Nobody approves her own payout" in answer.content.decode()
    payout.refresh_from_db()
    assert (payout.state, payout.approved_by_id) == ("requested", None)


def test_the_admin_refuses_an_adjustment_and_a_reversal_of_her_own(
    alice: Agent, alice_of_finance: User, sam: User, client: Client, static_files: None
) -> None:
    taken = adjust(alice.pk, -700, "EUR", author=sam.pk, reason="mistake", key=uuid.uuid4())
    enter(client, alice_of_finance)
    form = {
        "agent": str(alice.pk), "amount": "700", "currency": "EUR", "reason": "x",
        "key": some_id(),
    }  # fmt: skip
    for page in (
        named("admin:pay_transaction_adjust_page"),
        named("admin:pay_transaction_reverse_one", args=[taken.id]),
    ):
        answer = client.post(page, form)
        assert "Nobody adjusts her own pay" in answer.content.decode()
    assert balances.of_agent(alice.pk) == {"EUR": -700}


@pytest.mark.parametrize(
    "amount", ["٢٠", "２０", "1_000", "0x10", "2e1", "+-20", "20,00", "-20", "0", "9" * 20, "²0"]
)
def test_what_is_no_plain_amount_is_asked_for_in_vain(office: Office, amount: str) -> None:
    alice = office.works("Alice")
    earn(alice.agent, 5000)
    bank(alice.agent)
    body = {"client_id": some_id(), "currency": "EUR", "amount": amount}
    answer = alice.send("POST", "/agent/payouts", body)
    assert answer.status_code in (400, 409)
    assert balances.of_agent(alice.agent.pk) == {"EUR": 5000}


@pytest.mark.parametrize(
    "amount", ["-2.00", "２.00", "2.001", "2e0", "2_0", "200", "NaN", "9" * 20]
)
def test_a_tip_is_one_of_those_offered_and_nothing_that_looks_like_it(
    office: Office, amount: str
) -> None:
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(2)], is_on=True)
    kim, alice = rated(office)
    assert list(kim.refused(400, "POST", f"{kim.here}/tip", {"amount": amount})["errors"]) == [
        "amount"
    ]
    assert booked(alice.agent) == []


def test_a_tip_for_another_customers_conversation_is_not_there(office: Office) -> None:
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(2)], is_on=True)
    kim, alice = rated(office)
    lee = office.asks()
    for method, body in (("GET", None), ("POST", {"amount": "2.00"})):
        more = () if body is None else (body,)
        lee.refused(404, method, f"{kim.here}/tip", *more)
    assert booked(alice.agent) == []


def test_a_tip_that_was_reversed_is_not_given_again(office: Office, sam: User) -> None:
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(1), Decimal(2)], is_on=True)
    kim, alice = rated(office)
    kim.ok("POST", f"{kim.here}/tip", {"amount": "2.00"}, 201)
    reverse(Transaction.objects.get(kind="tip").pk, sam.pk, "the customer never paid it")
    kim.ok("POST", f"{kim.here}/tip", {"amount": "2.00"}, 200)
    kim.refused(409, "POST", f"{kim.here}/tip", {"amount": "1.00"})
    assert balances.of_agent(alice.agent.pk) == {"EUR": 0}


def test_a_tip_keeps_its_currency_when_the_desk_changes_it(office: Office) -> None:
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(2)], is_on=True)
    kim, alice = rated(office)
    kim.ok("POST", f"{kim.here}/tip", {"amount": "2.00"}, 201)
    Tipping.objects.update(currency="KWD")
    kim.refused(409, "POST", f"{kim.here}/tip", {"amount": "2"})
    assert balances.of_agent(alice.agent.pk) == {"EUR": 200}
    assert tipping.offered(kim.ticket.pk, kim.customer.pk)["tip"] == {
        "amount": "2.00",
        "currency": "EUR",
    }


def test_what_has_ended_ends_once_and_counts_once_for_a_quest(office: Office, heard: Heard) -> None:
    make_tariff(desk=office.desk)
    quest = make_quest(office.desk)
    kim, alice = office.talk()
    alice.ok("POST", f"/agent/quests/{quest.pk}/join", {})
    resolve(kim, alice)
    for path in ("resolve", "release", "transfer"):
        body = {"resolve": {"disposition": "solved"}, "transfer": {"queue": "general"}}
        alice.refused(409, "POST", f"/agent/tickets/{kim.ticket.pk}/{path}", body.get(path, {}))
    kim.send("POST", f"{kim.here}/close", {})
    kim.send("POST", f"{kim.here}/messages", {"client_id": some_id(), "text": "And one more"})
    (seen,) = alice.ok("GET", "/agent/earnings")["quests"]
    assert seen["done"] == 1
    assert booked(alice.agent) == [("conversation", 150)]


def test_another_agents_money_is_not_to_be_seen_or_moved(office: Office) -> None:
    alice, eve = office.works("Alice"), office.works("Eve")
    earn(alice.agent, 5000, ticket=None)
    bank(alice.agent)
    made = alice.ok(
        "POST", "/agent/payouts", {"client_id": some_id(), "currency": "EUR"}, status=201
    )
    eve.refused(404, "POST", f"/agent/payouts/{made['id']}/cancel")
    # Another's client id is no way to her payout.
    bank(eve.agent)
    body = {"client_id": made["client_id"], "currency": "EUR"}
    assert "above-balance" in eve.refused(409, "POST", "/agent/payouts", body)["type"]
    assert eve.ok("GET", "/agent/payouts")["payouts"] == []
    assert eve.ok("GET", "/agent/earnings")["lines"] == []
    assert eve.ok("GET", f"/agent/earnings?agent={alice.agent.pk}")["balance"] == []
    assert eve.ok("GET", "/agent/statements")["months"] == []
    for caller, status in ((alice, 200), (eve, 200)):
        assert caller.send("GET", "/agent/statements/file?as=csv").status_code == status
    assert "50.00" not in eve.send("GET", "/agent/statements/file?as=csv").content.decode()


def test_a_quest_of_a_desk_that_is_not_hers_is_not_there(office: Office) -> None:
    alice = office.works("Alice")
    foreign = make_quest(make_desk())
    alice.refused(404, "POST", f"/agent/quests/{foreign.pk}/join", {})
    alice.refused(404, "POST", "/agent/quests/999999999999/join", {})
    alice.refused(404, "POST", "/agent/quests/-1/join", {})


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", " =1", "＝1"])
def test_a_reason_or_a_name_is_no_formula_in_any_table(
    office: Office, sam: User, client: Client, static_files: None, formula: str
) -> None:
    alice = office.works(formula)
    adjust(alice.agent.pk, 100, "EUR", author=sam.pk, reason=f"x{formula}", key=uuid.uuid4())
    posted = earn(alice.agent, 100, reason=formula)
    statement = alice.send("GET", "/agent/statements/file?as=csv").content.decode()
    enter(client, sam)
    ledger = client.post(
        named("admin:pay_transaction_changelist"),
        {"action": "export", "_selected_action": str(posted.id)},
    ).content.decode()
    assert str(posted.id) in ledger
    for table in (statement, ledger):
        for cell in table.replace("\r\n", ",").split('","'):
            text = cell.strip('"').lstrip()
            assert not text.startswith(("=", "+", "@", "＝"))
            assert not text.startswith("-") or text.lstrip("-").replace(".", "").isdigit()


def test_no_log_page_or_answer_has_a_whole_account_number(
    office: Office, sam: User, client: Client, static_files: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.clear()
    alice = office.works("Alice")
    earn(alice.agent, 5000)
    said = [alice.ok("PUT", "/agent/payout-destination", {"holder": "Alice", "iban": IBAN})]
    wrong = {"holder": "Alice", "iban": IBAN.replace("30 00", "30 01")}
    said.append(alice.refused(400, "PUT", "/agent/payout-destination", wrong))
    body = {"client_id": some_id(), "currency": "EUR"}
    made = alice.ok("POST", "/agent/payouts", body, status=201)
    said += [made, alice.ok("GET", "/agent/payouts"), alice.ok("GET", "/agent/earnings")]
    enter(client, sam)
    pages = [
        f"{model}_changelist"
        for model in ("destination", "payout", "transaction", "account", "batch")
    ]
    for url in (
        *(named(f"admin:pay_{page}") for page in pages),
        named("admin:pay_transaction_reconciliation_page"),
        named("admin:pay_payout_change", args=[made["id"]]),
        named("admin:pay_payout_history", args=[made["id"]]),
    ):
        answer: Any = client.get(url)
        assert answer.status_code == 200, url
        said.append(answer.content.decode())
    for text in [str(each) for each in said] + caplog.messages:
        assert "04400532" not in text.replace(" ", "")
