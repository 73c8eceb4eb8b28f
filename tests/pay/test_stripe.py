"""Payouts by Stripe Connect, against a server of our own that answers as Stripe's HTTP API does."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from pay.actions import destinations, payouts, sending
from pay.models import Payout
from pay.queries import balances
from tests.pay.conftest import earn
from tests.pay.test_payouts import ask


class Double:
    """What Stripe would know: transfers by idempotency key, and what it is to answer next."""

    def __init__(self) -> None:
        self.transfers: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.fail: list[tuple[int, str]] = []
        self.forget_answer = False

    def take(self, headers: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        key = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        if key != "sk_test_flagdown:":
            return 401, {"error": {"message": "Invalid API Key provided"}}
        name = headers["Idempotency-Key"]
        self.asked.append(name)
        if self.fail:
            status, message = self.fail.pop(0)
            return status, {"error": {"message": message}}
        made = self.transfers.setdefault(
            name, {"id": f"tr_{len(self.transfers) + 1}", "object": "transfer", **form}
        )
        if self.forget_answer:
            self.forget_answer = False
            return 500, {"error": {"message": "lost"}}
        return 200, made


@pytest.fixture
def stripe(settings: Any) -> Iterator[Double]:
    """The double, listening, and switched on."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            found = double.take(self.headers, form) if self.path == "/v1/transfers" else (404, {})
            answer = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.STRIPE_SECRET_KEY = "sk_test_flagdown"
    settings.STRIPE_API_URL = f"http://127.0.0.1:{server.server_port}"
    yield double
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def payout(stripe: Double, alice: Agent, sam: User) -> Payout:
    """Approved, to a Stripe account."""
    earn(alice, 5000)
    destinations.set_stripe(alice.pk, holder="Alice", account="acct_1032D82eZvKYlo2C")
    return payouts.approve(ask(alice).pk, sam)


def state(payout: Payout) -> tuple[str, str]:
    payout.refresh_from_db()
    return payout.state, payout.external_id


def test_an_approved_payout_is_transferred_once(stripe: Double, payout: Payout) -> None:
    assert sending.by_stripe() == 1
    assert sending.by_stripe() == 0
    (made,) = stripe.transfers.values()
    assert (made["amount"], made["currency"]) == ("5000", "eur")
    assert made["destination"] == "acct_1032D82eZvKYlo2C"
    assert state(payout) == ("paid", "tr_1")
    assert balances.of_house("EUR")["bank"] == 5000


def test_a_lost_answer_is_asked_for_again_and_nothing_is_paid_twice(
    stripe: Double, payout: Payout, sam: User
) -> None:
    stripe.forget_answer = True
    assert sending.by_stripe() == 0
    assert state(payout) == ("sent", "")
    with pytest.raises(ValidationError, match="not answered"):
        payouts.take_back(payout.pk, sam, "too slow")
    assert sending.by_stripe() == 1
    assert len(stripe.transfers) == 1
    assert len(set(stripe.asked)) == 1
    assert state(payout) == ("paid", "tr_1")


def test_a_refusal_gives_the_amount_back_with_stripes_reason(
    stripe: Double, payout: Payout, alice: Agent
) -> None:
    stripe.fail = [(400, "No such destination")]
    assert sending.by_stripe() == 0
    assert state(payout) == ("returned", "")
    assert payout.note == "No such destination"
    assert balances.of_agent(alice.pk) == {"EUR": 5000}


@pytest.mark.parametrize("status", [401, 409, 429, 503])
def test_trouble_that_passes_keeps_the_payout_waiting(
    stripe: Double, payout: Payout, status: int
) -> None:
    stripe.fail = [(status, "later")]
    assert sending.by_stripe() == 0
    assert state(payout) == ("sent", "")
    assert sending.by_stripe() == 1


def test_nothing_listens_there(stripe: Double, payout: Payout, settings: Any) -> None:
    settings.STRIPE_API_URL = "http://127.0.0.1:1"
    assert sending.by_stripe() == 0
    assert state(payout) == ("sent", "")


def test_without_a_key_stripe_is_off(alice: Agent, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(ValidationError, match="not switched on"):
        destinations.set_stripe(alice.pk, holder="Alice", account="acct_1032D82eZvKYlo2C")
    assert sending.by_stripe() == 0
