"""The browser's way into the agent API: the session's cookie, and for writes its CSRF token."""

import pytest

from agents.models import User
from tests.factories import PASSWORD
from tests.office import Caller, Office


@pytest.fixture
def browser(office: Office) -> Caller:
    """Alice's browser, logged in, with CSRF checks on as in production."""
    alice = office.agent("Alice")
    caller = Caller(enforce_csrf_checks=True)
    caller.client.force_login(alice.user)
    return caller


def csrf(browser: Caller) -> str:
    """The token that a page puts into its calls."""
    browser.client.get("/accounts/login/")
    browser.client.cookies["flagdown_csrf"] = value = "a" * 32
    return value


def test_the_session_alone_may_read(browser: Caller, office: Office) -> None:
    assert browser.ok("GET", "/agent/me")["id"] == str(office.agents[0].pk)


def test_a_write_without_the_csrf_token_is_refused(browser: Caller, office: Office) -> None:
    with office.unchanged():
        problem = browser.refused(403, "PUT", "/agent/presence", {"presence": "online"})
    assert problem["type"].endswith(":csrf")


def test_a_write_with_a_wrong_csrf_token_is_refused(browser: Caller, office: Office) -> None:
    csrf(browser)
    with office.unchanged():
        browser.refused(403, "PUT", "/agent/presence", {"presence": "online"}, x_csrftoken="b" * 32)


def test_a_write_with_the_csrf_token_works(browser: Caller) -> None:
    token = csrf(browser)
    now = browser.ok("PUT", "/agent/presence", {"presence": "online"}, x_csrftoken=token)
    assert now["presence"] == "online"


def test_a_write_from_another_site_is_refused_even_with_the_token(browser: Caller) -> None:
    token = csrf(browser)
    browser.refused(
        403,
        "PUT",
        "/agent/presence",
        {"presence": "online"},
        x_csrftoken=token,
        origin="https://evil.example.com",
    )


def test_a_bearer_token_goes_before_the_cookie(browser: Caller) -> None:
    browser.refused(401, "GET", "/agent/me", authorization="Bearer fda_garbage")


def test_a_supervisor_without_an_agent_is_nobody_here(office: Office) -> None:
    caller = Caller()
    caller.client.force_login(User.objects.create_superuser("sam@example.com", PASSWORD))
    caller.refused(401, "GET", "/agent/me")


@pytest.mark.parametrize(
    "cookie",
    ["x", "garbage-garbage", '"\\000aaaaaaaaaaaaaaaa"', "é" * 20, "a" * 4000, "'; --12345678"],
)
def test_a_cookie_that_is_no_session_is_nobody(office: Office, cookie: str) -> None:
    caller = Caller()
    caller.client.cookies.load("")
    answer = caller.client.generic(
        "GET", "/api/v1/agent/me", HTTP_COOKIE=f"flagdown_session={cookie}"
    )
    assert answer.status_code == 401
