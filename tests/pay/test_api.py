"""The agent's money over HTTP: what there is, where it goes, asking for it, and statements to keep."""

from typing import Any

import pytest

from core import clock
from tests.office import Office, some_id
from tests.pay.conftest import IBAN, bank, earn


@pytest.fixture
def caller(office: Office) -> Any:
    """Alice, who calls."""
    return office.works("Alice")


def test_an_agent_sees_what_she_has_and_asks_for_it(caller: Any) -> None:
    earn(caller.agent, 5000)
    page = caller.ok("GET", "/agent/payouts")
    assert page["available"] == [
        {
            "balance": {"amount": "50.00", "currency": "EUR"},
            "minimum": {"amount": "10.00", "currency": "EUR"},
        }
    ]
    assert page["destination"] is None
    ask = {"client_id": some_id(), "currency": "EUR", "amount": "20.00"}
    assert "no-destination" in caller.refused(409, "POST", "/agent/payouts", ask)["type"]
    told = caller.ok(
        "PUT", "/agent/payout-destination", {"holder": "Alice Doe", "iban": IBAN.lower()}
    )
    assert told == {"kind": "bank", "holder": "Alice Doe", "last4": "3000"}
    made = caller.ok("POST", "/agent/payouts", ask, status=201)
    assert (made["money"]["amount"], made["state"]) == ("20.00", "requested")
    assert caller.ok("POST", "/agent/payouts", ask) == made
    page = caller.ok("GET", "/agent/payouts")
    assert page["available"][0]["balance"]["amount"] == "30.00"
    assert page["payouts"] == [made]
    gone = caller.ok("POST", f"/agent/payouts/{made['id']}/cancel")
    assert gone["state"] == "cancelled"
    told = caller.refused(409, "POST", f"/agent/payouts/{made['id']}/cancel")
    assert told["state"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"amount": "50.01"}, 409, "amount"),
        ({"amount": "9.99"}, 409, "amount"),
        ({"amount": "12.345"}, 400, "amount"),
        ({"amount": "-12"}, 400, "amount"),
        ({"amount": "ten"}, 400, "amount"),
        ({"amount": "1e999999"}, 400, "amount"),
        ({"amount": "NaN"}, 400, "amount"),
        ({"currency": "XXQ"}, 400, "currency"),
        ({"currency": "XXQ", "amount": "5"}, 400, "currency"),
        ({"client_id": None}, 400, "client_id"),
        ({"iban": IBAN}, 400, "iban"),
    ],
)
def test_a_request_that_can_not_be_is_refused_with_its_field(
    caller: Any, change: dict[str, Any], status: int, field: str
) -> None:
    earn(caller.agent, 5000)
    bank(caller.agent)
    body = {"client_id": some_id(), "currency": "EUR", "amount": "20.00"} | change
    problem = caller.refused(status, "POST", "/agent/payouts", body)
    assert list(problem["errors"]) == [field]
    page = caller.ok("GET", "/agent/payouts")
    assert page["available"][0]["balance"]["amount"] == "50.00"
    assert page["payouts"] == []


def test_a_wrong_iban_is_refused_with_its_field_and_is_not_repeated(caller: Any) -> None:
    body = {"holder": "Alice", "iban": "DE89370400440532013001"}
    problem = caller.refused(400, "PUT", "/agent/payout-destination", body)
    assert "checksum" in problem["errors"]["iban"][0]
    assert "440532" not in str(problem)
    neither = caller.refused(400, "PUT", "/agent/payout-destination", {"holder": "Alice"})
    assert list(neither["errors"]) == ["iban"]


def test_the_whole_number_is_in_no_answer(caller: Any) -> None:
    earn(caller.agent, 5000)
    bank(caller.agent)
    caller.ok("POST", "/agent/payouts", {"client_id": some_id(), "currency": "EUR"}, status=201)
    assert "3704" not in str(caller.ok("GET", "/agent/payouts"))


def test_statements_are_listed_and_fetched_as_pdf_and_csv(caller: Any) -> None:
    earn(caller.agent, 240)
    month = f"{clock.now():%Y-%m}"
    (told,) = caller.ok("GET", "/agent/statements")["months"]
    assert (told["period"], told["currency"]) == (month, "EUR")
    assert told["totals"] == [
        {"kind": "conversation", "money": {"amount": "2.40", "currency": "EUR"}}
    ]
    drawn = caller.send("GET", f"/agent/statements/file?period={month}", accept="application/pdf")
    assert drawn.content.startswith(b"%PDF-")
    assert drawn["Content-Disposition"] == f'attachment; filename="flagdown-{month}-EUR.pdf"'
    table = caller.send("GET", f"/agent/statements/file?period={month}&currency=EUR&as=csv")
    assert '"2.40"' in table.content.decode()
    year = caller.send("GET", f"/agent/statements/file?period={month[:4]}&as=csv")
    assert f'"{month}","conversation","2.40","EUR"' in year.content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [("period=2026-13", "period"), ("currency=QQQ", "currency"), ("as=exe", "as")],
)
def test_a_statement_that_can_not_be_is_refused_with_its_field(
    caller: Any, query: str, field: str
) -> None:
    problem = caller.refused(400, "GET", f"/agent/statements/file?{query}")
    assert list(problem["errors"]) == [field]
