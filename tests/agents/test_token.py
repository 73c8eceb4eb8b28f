"""POST /api/v1/agent/token, and what its token opens, how long, and for whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from agents import tokens
from agents.models import AgentToken, User
from tests.factories import PASSWORD, customer_bearer, make_customer
from tests.office import AgentCaller, Caller, Office, token_of

TOKEN = "/agent/token"


def test_the_right_password_gives_a_token_that_works(office: Office) -> None:
    alice = office.agent("Alice")
    answer = Caller().ok("POST", TOKEN, {"email": alice.user.email.upper(), "password": PASSWORD})
    assert answer["socket"].endswith("/ws/agent/")
    assert Caller(answer["token"]).ok("GET", "/agent/me")["id"] == str(alice.pk)


def test_only_a_digest_of_the_token_is_kept(office: Office) -> None:
    alice = office.agent("Alice")
    token = Caller().ok("POST", TOKEN, {"email": alice.user.email, "password": PASSWORD})["token"]
    (row,) = AgentToken.objects.filter(user=alice.user)
    assert token not in (row.digest, str(row))
    assert row.digest == tokens.digest(token)


def test_wrong_credentials_are_told_in_the_same_words_whether_the_email_exists(
    office: Office,
) -> None:
    alice = office.agent("Alice")
    problems = [
        Caller().refused(401, "POST", TOKEN, {"email": email, "password": "wrong"})
        for email in (alice.user.email, "nobody@example.com")
    ]
    assert problems[0] == problems[1]
    assert not AgentToken.objects.filter(user=alice.user).exists()


def test_a_supervisor_who_is_no_agent_is_sent_to_the_admin(office: Office) -> None:
    User.objects.create_superuser("sam@example.com", PASSWORD)
    problem = Caller().refused(
        403, "POST", TOKEN, {"email": "sam@example.com", "password": PASSWORD}
    )
    assert "/admin/" in problem["detail"]


def test_an_inactive_agent_cannot_log_in_and_her_token_is_dead(office: Office) -> None:
    alice = office.works("Alice")
    User.objects.filter(pk=alice.agent.user_id).update(is_active=False)
    alice.refused(401, "GET", "/agent/me")
    Caller().refused(401, "POST", TOKEN, {"email": alice.agent.user.email, "password": PASSWORD})


def test_an_expired_token_is_a_401_that_says_how_to_get_a_new_one(office: Office) -> None:
    alice = office.works("Alice")
    alice.token = token_of(alice.agent, timedelta(seconds=-1))
    assert "Log in again" in alice.refused(401, "GET", "/agent/me")["detail"]


def test_a_revoked_token_is_a_401(office: Office) -> None:
    alice, again = office.works("Alice"), None
    again = AgentCaller(alice.agent)
    tokens.revoke_all(alice.agent.user)
    for caller in (alice, again):
        caller.refused(401, "GET", "/agent/me")


@pytest.mark.parametrize("token", ["garbage", "fda_garbage", "fda_", "", "a b", "fda_é"])
def test_a_garbage_token_is_a_401(office: Office, token: str) -> None:
    answer = Caller().send("GET", "/agent/me", authorization=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_customers_token_opens_no_agent_route_and_the_reverse(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    Caller().refused(
        401,
        "GET",
        "/agent/me",
        authorization=customer_bearer(make_customer(office.desk))["Authorization"],
    )
    kim.token, alice.token = alice.token, kim.token
    kim.refused(401, "GET", kim.here)
    alice.refused(401, "GET", "/agent/me")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"email": "no address", "password": "x"},
        {"email": ["a@example.com"], "password": "x"},
        {"email": "a@example.com", "password": None},
        {"email": "a@example.com", "password": "a\x00b"},
        {"email": "a@example.com", "password": "x" * 257},
        {"email": "a@example.com", "password": "x", "remember": True},
    ],
)
def test_what_is_no_log_in_is_refused_in_words(office: Office, body: dict[str, object]) -> None:
    assert Caller().refused(400, "POST", TOKEN, body)["errors"]


def test_guessing_one_password_is_stopped_whatever_the_address(office: Office) -> None:
    email = office.agent("Alice").user.email
    with override_settings(NUM_PROXIES=1):
        answers = [
            Caller().send(
                "POST", TOKEN, {"email": email, "password": "x"}, x_forwarded_for=f"192.0.2.{n}"
            )
            for n in range(11)
        ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) in range(1, 61)


def test_a_new_password_ends_every_token(office: Office) -> None:
    from allauth.account.signals import password_reset

    alice = office.works("Alice")
    password_reset.send(sender=None, request=None, user=alice.agent.user)
    assert alice.refused(401, "GET", "/agent/me")


def test_logging_out_everywhere_ends_browser_sessions_too(office: Office, client: Any) -> None:
    from agents.tokens import revoke_all

    alice = office.works("Alice")
    client.force_login(alice.agent.user)
    assert client.get("/api/v1/agent/me").status_code == 200
    revoke_all(alice.agent.user)
    assert client.get("/api/v1/agent/me").status_code == 401


def test_her_own_log_ins_never_lock_an_agent_out(office: Office) -> None:
    alice = office.works("Alice")
    for _ in range(12):
        tokens.log_in(alice.agent.user.email, PASSWORD)
