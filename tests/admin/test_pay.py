"""Finance in the admin: payouts are approved, held and sent; the ledger is looked at and put right."""

import csv
import io
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from agents.models import Agent, User
from pay.models import Batch, Payout, Transaction
from pay.queries import balances
from tests.factories import enter
from tests.pay.conftest import IBAN, earn
from tests.pay.test_payouts import ask, bank, ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(office: Any) -> Agent:
    from tests.factories import make_agent

    return make_agent(office.desk)


@pytest.fixture
def payer(settings: Any) -> None:
    settings.PAY_BANK = {"name": "Flagdown GmbH", "iban": "DE02120300000000202051", "bic": ""}


def do(room: Client, model: str, act: str, row: Any = "", **fields: Any) -> Any:
    """Press a button of a page, and answer its question."""
    name = f"admin:pay_{model}_{act}"
    return room.post(reverse(name, args=[row] if row else []), fields, follow=True)


def state(payout: Payout) -> str:
    payout.refresh_from_db()
    return payout.state


def test_a_payout_is_approved_put_into_a_file_downloaded_and_booked(
    room: Client, alice: Agent, payer: None
) -> None:
    payout = ready(alice)
    page = room.get(reverse("admin:pay_payout_approve_one", args=[payout.pk]))
    assert state(payout) == "requested", "a link alone changes nothing"
    assert page.status_code == 200
    do(room, "payout", "approve_one", payout.pk)
    assert state(payout) == "approved"
    do(room, "payout", "sepa_file", currency="EUR")
    assert state(payout) == "sent"
    batch = Batch.objects.get()
    file = room.get(reverse("admin:pay_batch_download", args=[batch.pk]))
    assert IBAN.replace(" ", "") in file.content.decode()
    do(room, "batch", "settle_all", batch.pk)
    assert state(payout) == "paid"
    do(room, "payout", "take_back_one", payout.pk, reason="account closed")
    assert state(payout) == "returned"
    assert balances.of_agent(alice.pk) == {"EUR": 5000}


def test_a_hold_wants_a_reason_and_keeps_it(room: Client, alice: Agent) -> None:
    payout = ready(alice)
    refused = do(room, "payout", "hold_one", payout.pk, reason=" ")
    assert "required" in refused.content.decode()
    assert state(payout) == "requested"
    do(room, "payout", "hold_one", payout.pk, reason="her account is new")
    assert (state(payout), payout.note) == ("held", "her account is new")
    do(room, "payout", "release_one", payout.pk)
    assert state(payout) == "requested"
    do(room, "payout", "cancel_one", payout.pk, reason="asked for by telephone")
    assert state(payout) == "cancelled"


def test_who_asked_for_it_can_not_approve_it(room: Client, alice: Agent, supervisor: User) -> None:
    earn(alice, 5000)
    bank(alice)
    alice.user = supervisor
    alice.save()
    payout = ask(alice)
    told = do(room, "payout", "approve_one", payout.pk).content.decode()
    assert "Nobody approves her own payout" in told
    told = room.post(
        reverse("admin:pay_payout_changelist"),
        {"action": "approve_chosen", "_selected_action": [str(payout.pk)]},
        follow=True,
    ).content.decode()
    assert "Nobody approves her own payout" in told
    assert state(payout) == "requested"


def test_what_can_not_be_sent_is_said_on_the_page(room: Client, alice: Agent) -> None:
    page = do(room, "payout", "sepa_file", currency="USD").content.decode()
    assert "SEPA carries EUR only" in page
    assert "PAY_BANK_IBAN" in page
    assert Batch.objects.count() == 0


def test_an_adjustment_has_a_reason_an_author_and_happens_once(
    room: Client, alice: Agent, supervisor: User
) -> None:
    fields = {
        "agent": str(alice.pk), "amount": "-12.50", "currency": "EUR", "key": str(uuid.uuid4()),
    }  # fmt: skip
    page = do(room, "transaction", "adjust_page", **fields)
    assert "required" in page.content.decode()
    for wrong in ("12.345", "twelve"):
        do(room, "transaction", "adjust_page", **(fields | {"amount": wrong}), reason="x")
    assert Transaction.objects.count() == 0
    for _ in range(2):
        do(room, "transaction", "adjust_page", **fields, reason="paid in cash")
    booked = Transaction.objects.get()
    assert (booked.kind, booked.author, booked.reason) == ("adjustment", supervisor, "paid in cash")
    assert balances.of_agent(alice.pk) == {"EUR": -1250}


def test_a_transaction_is_reversed_once_with_a_reason(room: Client, alice: Agent) -> None:
    posted = earn(alice, 240)
    do(room, "transaction", "reverse_one", posted.id, reason="counted twice")
    do(room, "transaction", "reverse_one", posted.id, reason="again")
    assert Transaction.objects.get(reverses=posted.id).reason == "counted twice"
    assert balances.of_agent(alice.pk) == {"EUR": 0}


def test_the_ledger_can_not_be_changed_or_deleted_by_hand(room: Client, alice: Agent) -> None:
    posted = earn(alice, 240)
    assert room.get(reverse("admin:pay_transaction_add")).status_code == 403
    page = reverse("admin:pay_transaction_change", args=[posted.id])
    assert "2.40 EUR" in room.get(page).content.decode()
    assert room.post(page, {"reason": "other"}).status_code == 403
    delete = reverse("admin:pay_transaction_delete", args=[posted.id])
    assert room.post(delete, {"post": "yes"}).status_code == 403


def test_the_export_attacks_no_spreadsheet(room: Client, alice: Agent) -> None:
    alice.name = "@SUM(1+1)*cmd|' /C calc'!A0"
    alice.save()
    posted = earn(alice, 240, reason='=HYPERLINK("http://evil.example","x")')
    answer = room.post(
        reverse("admin:pay_transaction_changelist"),
        {"action": "export", "_selected_action": [str(posted.id)]},
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["amount"] for row in rows] == ["2.40", "-2.40"]
    assert rows[0]["agent"].startswith("'@SUM")
    assert all(row["reason"].startswith("'=HYPERLINK") for row in rows)


def test_the_reconciliation_sees_what_does_not_agree(room: Client, alice: Agent) -> None:
    ready(alice)
    page = reverse("admin:pay_transaction_reconciliation_page")
    assert "Everything agrees" in room.get(page).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pay_payout SET amount = 4999")
    assert "0.01 EUR" in (told := room.get(page).content.decode())
    assert "Something does not agree" in told
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pay_payout SET amount = 5000")
        cursor.execute("UPDATE pay_balance SET amount = amount + 7 WHERE shard = 0")
    assert "Something does not agree" in room.get(page).content.decode()


def test_staff_without_the_right_move_nothing(alice: Agent, static_files: None) -> None:
    payout = ready(alice)
    looker = User.objects.create_user("lou@example.com", None, is_staff=True)
    looker.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_payout", "view_transaction", "view_batch"])
    )
    client = Client()
    enter(client, looker)
    assert client.get(reverse("admin:pay_payout_changelist")).status_code == 200
    for act in ("approve_one", "hold_one", "cancel_one", "settle_one", "take_back_one"):
        answer = do(client, "payout", act, payout.pk, reason="x")
        assert answer.status_code == 403, act
    assert do(client, "transaction", "adjust_page").status_code == 403
    assert state(payout) == "requested"
