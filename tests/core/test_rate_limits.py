"""Too many: 429 with Retry-After, counted atomically, and per person."""

import threading
from typing import Any

import pytest
from django.test import Client, override_settings
from rest_framework.test import APIRequestFactory

from core import redis as hints
from core import throttles
from tests.office import Caller, Office, some_id


@pytest.fixture(autouse=True)
def few(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three a minute of everything."""
    assert settings.RATE_LIMITS is True
    monkeypatch.setattr(throttles, "_rate", lambda scope: throttles.parse("3/minute"))


def test_one_too_many_is_a_429_that_says_when_to_come_back(office: Office) -> None:
    kim = office.asks()
    for _ in range(3):
        kim.now()
    answer = kim.send("GET", kim.here)
    assert answer.status_code == 429
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert f"{wait} s" in answer.json()["detail"]


def test_reading_and_writing_are_counted_apart(office: Office) -> None:
    kim = office.asks()
    for _ in range(3):
        kim.now()
    kim.say("Still here")


def test_looking_back_at_decisions_has_a_count_of_its_own(
    office: Office, client: Client, static_files: None
) -> None:
    alice = office.works("Alice")
    for _ in range(3):
        alice.ok("GET", "/agent/decisions")
    alice.refused(429, "GET", "/agent/decisions")
    client.force_login(alice.agent.user)
    page = client.get("/agent/decisions/")
    assert (page.status_code, "Try again in" in page.content.decode()) == (429, True)
    assert int(page["Retry-After"]) >= 1
    alice.me()


def test_a_refused_write_changes_nothing(office: Office) -> None:
    kim = office.asks()
    for _ in range(3):
        kim.say("Hi")
    with office.unchanged():
        kim.refused(429, "POST", f"{kim.here}/messages", {"client_id": some_id(), "text": "Hi"})


def test_everybody_has_a_count_of_her_own_wherever_she_calls_from(office: Office) -> None:
    kim, lee = office.asks(), office.asks()
    for _ in range(3):
        kim.now()
    lee.now()
    kim.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    kim.refused(429, "GET", kim.here)


def test_a_refused_caller_uses_up_nobodys_count(office: Office) -> None:
    kim = office.asks()
    for _ in range(5):
        Caller("garbage").refused(401, "GET", kim.here)
    kim.now()


def test_who_has_no_token_is_counted_by_address(office: Office) -> None:
    guest = Caller()
    for _ in range(3):
        guest.ok("POST", "/chat/sessions", {"desk": office.desk.key}, 201)
    guest.refused(429, "POST", "/chat/sessions", {"desk": office.desk.key})
    Caller().ok("POST", "/chat/sessions", {"desk": office.desk.key}, 201)


def test_a_made_up_forwarded_address_does_not_help(office: Office) -> None:
    guest = Caller()
    codes = [
        guest.send(
            "POST", "/chat/sessions", {"desk": office.desk.key}, x_forwarded_for=f"203.0.113.{n}"
        ).status_code
        for n in range(4)
    ]
    assert codes == [201, 201, 201, 429]


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (3, "203.0.113.9", "203.0.113.9"),
        (1, "", "127.0.0.1"),
        (1, " , ", "127.0.0.1"),
    ],
)
def test_the_forwarded_address_counts_as_far_as_our_own_proxies_wrote_it(
    proxies: int, header: str, address: str
) -> None:
    request = APIRequestFactory().get("/", headers={"X-Forwarded-For": header})
    with override_settings(NUM_PROXIES=proxies):
        assert throttles.client_ip(request) == address


def test_the_limit_holds_when_many_come_at_once() -> None:
    who, allowed = some_id(), []
    start = threading.Barrier(12)

    def knock() -> None:
        start.wait()
        for _ in range(5):
            if throttles.allow("chat-write", who) is None:
                allowed.append(1)

    threads = [threading.Thread(target=knock) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 3


def test_without_redis_each_process_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "attempt", lambda _call: None)
    who = some_id()
    answers = [throttles.allow("chat-write", who) for _ in range(4)]
    assert answers[:3] == [None] * 3
    assert answers[3] is not None


def test_switched_off_nothing_is_counted(settings: Any) -> None:
    settings.RATE_LIMITS = False
    who = some_id()
    assert [throttles.allow("chat-write", who) for _ in range(9)] == [None] * 9


def test_every_view_is_counted_in_a_scope_that_has_a_rate(settings: Any) -> None:
    from django.urls import get_resolver

    from tests.core.test_matrix import served

    scopes: set[str] = set()
    for prefix in get_resolver().url_patterns:
        if not str(prefix.pattern).startswith("api/v1/"):
            continue
        for entry in prefix.url_patterns:  # type: ignore[union-attr]
            scope = entry.callback.cls.throttle_scope
            scopes |= set(scope) if isinstance(scope, tuple) else {scope}
    assert served()
    # Failed log-ins, and pages.
    pages = {"join", "join-mail", "join-upload", "join-link"}
    assert scopes | {"login-key", "login-otp", "docs", "verify"} | pages == set(settings.RATES)
