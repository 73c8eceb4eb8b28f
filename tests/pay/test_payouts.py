"""A payout: asked for, approved by a second person, sent, paid; or held, or back. Balances follow."""

import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import Error, connection, transaction
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from core import clock
from core.problems import Problem
from core.states import Stale
from pay.actions import destinations, payouts, sending
from pay.actions.posting import reverse
from pay.models import Destination, Payout, Transaction
from pay.queries import balances
from tests.pay.conftest import IBAN, bank, earn


@pytest.fixture
def robin(db: None) -> User:
    """Finance too."""
    return User.objects.create_superuser("robin@example.com", None)


@pytest.fixture
def payer(settings: Any) -> None:
    """Our own account is set."""
    settings.PAY_BANK = {"name": "Flagdown GmbH", "iban": "DE02120300000000202051", "bic": ""}


def ask(agent: Agent, amount: int | None = None, name: Any = None, **more: Any) -> Payout:
    """She asks for it."""
    payout, _new = payouts.request(
        agent.pk,
        client_id=name or uuid.uuid4(),
        currency=more.pop("currency", "EUR"),
        amount=amount,
        requested_by=agent.user_id,
        **more,
    )
    return payout


def ready(agent: Agent, cents: int = 5000) -> Payout:
    """She has earned, has an account, and has asked for all."""
    earn(agent, cents)
    bank(agent)
    return ask(agent)


def house() -> dict[str, int]:
    """What is on its way, and what has left."""
    there = balances.of_house("EUR")
    assert balances.audit() == []
    assert (
        sum(there.values())
        + sum(
            balances.of_agent(agent).get("EUR", 0)
            for agent in Agent.objects.values_list("id", flat=True)
        )
        == 0
    )
    return {kind: there.get(kind, 0) for kind in ("clearing", "bank")}


def test_a_payout_reserves_the_amount_is_approved_sent_in_a_file_and_paid(
    alice: Agent, sam: User, payer: None
) -> None:
    payout = ready(alice)
    assert (payout.state, payout.amount) == ("requested", 5000)
    assert balances.of_agent(alice.pk) == {"EUR": 0}
    assert house() == {"clearing": 5000, "bank": 0}
    payouts.approve(payout.pk, sam)
    batch = sending.make_file("sepa", "EUR", sam)
    assert (batch.count, batch.total) == (1, 5000)
    assert Payout.objects.get(pk=payout.pk).state == "sent"
    assert sending.settle_file(batch.pk, sam) == 1
    assert sending.settle_file(batch.pk, sam) == 0
    assert house() == {"clearing": 0, "bank": 5000}
    moves = payout.log.order_by("id").values_list("was", "now")  # type: ignore[attr-defined]
    assert list(moves) == [("requested", "approved"), ("approved", "sent"), ("sent", "paid")]


def test_the_file_is_pain_001_with_every_payout_once(alice: Agent, sam: User, payer: None) -> None:
    payout = ready(alice)
    payouts.approve(payout.pk, sam)
    text = sending.content(sending.make_file("sepa", "EUR", sam))
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    root = ElementTree.fromstring(text)
    header = root.find(".//p:GrpHdr", space)
    assert header.findtext("p:NbOfTxs", namespaces=space) == "1"
    assert header.findtext("p:CtrlSum", namespaces=space) == "50.00"
    sent = root.find(".//p:CdtTrfTxInf", space)
    assert sent.findtext(".//p:EndToEndId", namespaces=space) == payout.pk.hex
    assert sent.find(".//p:InstdAmt", space).attrib == {"Ccy": "EUR"}
    assert sent.findtext(".//p:InstdAmt", namespaces=space) == "50.00"
    assert sent.findtext(".//p:CdtrAcct//p:IBAN", namespaces=space) == IBAN.replace(" ", "")
    assert sent.findtext(".//p:Cdtr/p:Nm", namespaces=space) == "Alice Lodz"
    with pytest.raises(ValidationError, match="No approved payout"):
        sending.make_file("sepa", "EUR", sam)


def test_a_csv_file_carries_what_is_not_in_euro(alice: Agent, sam: User) -> None:
    earn(alice, 2500, currency="USD")
    destinations.set_bank(alice.pk, holder="=HYPERLINK(1)", iban=IBAN)
    payouts.approve(ask(alice, currency="USD").pk, sam)
    with pytest.raises(ValidationError, match="EUR only"):
        sending.make_file("sepa", "USD", sam)
    line = sending.content(sending.make_file("csv", "USD", sam)).splitlines()[1]
    assert line.split('","')[1:] == ["'=HYPERLINK(1)", IBAN.replace(" ", ""), "", "25.00", 'USD"']


def test_without_our_own_account_no_sepa_file_is_made(alice: Agent, sam: User) -> None:
    payouts.approve(ready(alice).pk, sam)
    with pytest.raises(ValidationError, match="PAY_BANK_IBAN"):
        sending.make_file("sepa", "EUR", sam)
    assert Payout.objects.get().state == "approved"


def test_nobody_approves_her_own_payout_not_even_past_the_action(alice: Agent, sam: User) -> None:
    payout = ready(alice)
    with pytest.raises(Problem, match="own payout") as refused:
        payouts.approve(payout.pk, alice.user)
    assert "approved_by" in refused.value.more["errors"]
    with pytest.raises(Error, match="approved_by_a_second_person"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(
            state="approved", approved_by_id=payout.requested_by_id
        )
    with pytest.raises(Error, match="nothing_leaves_unapproved"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(state="sent")
    assert Payout.objects.get(pk=payout.pk).state == "requested"


@pytest.mark.parametrize(
    ("amount", "why"), [(5001, "You have 50.00 EUR"), (999, "begin at 10.00 EUR"), (0, "more than")]
)
def test_a_payout_above_the_balance_or_below_the_least_is_refused(
    alice: Agent, amount: int, why: str
) -> None:
    earn(alice, 5000)
    bank(alice)
    with pytest.raises((Problem, ValidationError), match=why) as refused:
        ask(alice, amount)
    errors = getattr(refused.value, "more", {}).get("errors") or refused.value.detail
    assert "amount" in errors
    assert Payout.objects.count() == 0
    assert balances.of_agent(alice.pk) == {"EUR": 5000}


def test_a_payout_needs_a_destination_and_a_currency_that_is_one(alice: Agent) -> None:
    earn(alice, 5000)
    with pytest.raises(Problem, match="where the money"):
        ask(alice)
    with pytest.raises(ValidationError, match="no currency"):
        ask(alice, currency="EUX")


def test_a_repeat_of_a_request_is_the_first(alice: Agent) -> None:
    earn(alice, 5000)
    bank(alice)
    name = uuid.uuid4()
    assert ask(alice, 2000, name).pk == ask(alice, 2000, name).pk
    assert balances.of_agent(alice.pk) == {"EUR": 3000}


def test_a_held_payout_does_not_leave_until_it_is_released_and_approved_again(
    alice: Agent, sam: User, robin: User, payer: None
) -> None:
    payout = ready(alice)
    payouts.approve(payout.pk, sam)
    with pytest.raises(ValidationError, match="Say why"):
        payouts.hold(payout.pk, robin, "")
    assert payouts.hold(payout.pk, robin, "the account changed yesterday").note
    with pytest.raises(ValidationError, match="No approved payout"):
        sending.make_file("sepa", "EUR", sam)
    with pytest.raises(Stale) as told:
        payouts.approve(payout.pk, sam)
    assert told.value.state == "held"
    payouts.release(payout.pk, robin)
    payouts.approve(payout.pk, sam)
    assert sending.make_file("sepa", "EUR", sam).count == 1


def test_a_cancelled_payout_is_the_agents_again(alice: Agent, sam: User) -> None:
    payouts.cancel_own(ready(alice).pk, alice.pk)
    assert balances.of_agent(alice.pk) == {"EUR": 5000}
    payout = ask(alice)
    payouts.approve(payout.pk, sam)
    with pytest.raises(Stale):
        payouts.cancel_own(payout.pk, alice.pk)
    payouts.cancel(payout.pk, sam, "asked for by telephone")
    assert balances.of_agent(alice.pk) == {"EUR": 5000}
    assert house() == {"clearing": 0, "bank": 0}


@pytest.mark.parametrize("paid", [False, True], ids=["before it was booked", "after"])
def test_what_the_bank_sends_back_is_the_agents_again(
    alice: Agent, sam: User, payer: None, paid: bool
) -> None:
    payout = ready(alice)
    payouts.approve(payout.pk, sam)
    batch = sending.make_file("sepa", "EUR", sam)
    if paid:
        sending.settle_file(batch.pk, sam)
    payouts.take_back(payout.pk, sam, "account closed")
    assert balances.of_agent(alice.pk) == {"EUR": 5000}
    assert house() == {"clearing": 0, "bank": 0}
    with pytest.raises(Stale):
        payouts.take_back(payout.pk, sam, "account closed")
    with pytest.raises(Stale):
        payouts.settle(payout.pk, sam)
    assert house() == {"clearing": 0, "bank": 0}


def test_what_belongs_to_a_payout_is_not_reversed_by_itself(alice: Agent, sam: User) -> None:
    ready(alice)
    with pytest.raises(ValidationError, match="belongs to a payout"):
        reverse(Transaction.objects.get(kind="payout").pk, sam.pk, "mistake")


def test_the_weekly_run_asks_once_for_everybody_with_enough(
    alice: Agent, office: Any, settings: Any
) -> None:
    from tests.factories import make_agent

    poor, homeless = make_agent(office.desk, "Bob"), make_agent(office.desk, "Dana")
    for agent, cents in ((alice, 5000), (poor, 300), (homeless, 5000)):
        earn(agent, cents)
    bank(alice)
    bank(poor)
    today = clock.now().isoweekday()
    settings.PAYOUT_WEEKDAY = today % 7 + 1
    assert payouts.weekly() == 0
    settings.PAYOUT_WEEKDAY = today
    assert payouts.weekly() == 1
    earn(alice, 5000)
    assert payouts.weekly() == 0
    payout = Payout.objects.get()
    assert (payout.agent_id, payout.weekly, payout.amount) == (alice.pk, True, 5000)


@pytest.mark.parametrize(
    ("details", "field", "why"),
    [
        ({"iban": "DE89 3704 0044 0532 0130 01"}, "iban", "checksum"),
        ({"iban": "DE89 3704 0044 0532 0130"}, "iban", "missing"),
        ({"iban": "DE64 3704 0044 0532 01"}, "iban", "no IBAN"),
        ({"iban": "hello"}, "iban", "no IBAN"),
        ({"iban": ""}, "iban", "no IBAN"),
        ({"bic": "NOPE"}, "bic", "no BIC"),
        ({"holder": " "}, "holder", "name"),
    ],
)
def test_bank_details_that_can_not_be_right_are_refused_with_their_field(
    alice: Agent, details: dict[str, str], field: str, why: str
) -> None:
    with pytest.raises(ValidationError, match=why) as refused:
        destinations.set_bank(alice.pk, **({"holder": "Alice", "iban": IBAN} | details))
    assert list(refused.value.detail) == [field]
    assert Destination.objects.count() == 0


def test_bank_details_are_kept_encrypted_and_keys_can_be_changed(
    alice: Agent, settings: Any
) -> None:
    from cryptography.fernet import Fernet
    from django.core.exceptions import ImproperlyConfigured

    from pay.sealing import unseal

    settings.PAY_KEYS = [old := Fernet.generate_key().decode()]
    kept = bank(alice)
    number = IBAN.replace(" ", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM pay_destination d")
        row = cursor.fetchone()[0]
    assert number not in row
    assert number[4:12] not in row
    assert kept.tail == "3000"
    settings.PAY_KEYS = [Fernet.generate_key().decode(), old]
    assert unseal(kept.sealed) == number
    settings.PAY_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="PAY_KEYS"):
        unseal(kept.sealed)


def test_a_new_destination_leaves_payouts_under_way_as_they_were(alice: Agent) -> None:
    payout = ready(alice)
    bank(alice, "GB82 WEST 1234 5698 7654 32")
    assert Payout.objects.get(pk=payout.pk).destination.tail == "3000"
    assert Destination.objects.get(replaced_at=None).tail == "5432"


def test_every_move_of_the_machine_is_in_the_log_for_ever(alice: Agent) -> None:
    payouts.cancel_own(ready(alice).pk, alice.pk)
    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as c:
        c.execute("DELETE FROM pay_payoutlog")
