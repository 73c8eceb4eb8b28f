"""Logging in by e-mail code and password: no guessing, no telling who has an account, no borrowed session."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from agents.login import factors
from agents.models import User
from tests.factories import PASSWORD, app_code, make_app
from tests.office import Office

ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
pytestmark = pytest.mark.usefixtures("static_files")


@pytest.fixture
def alice(office: Office) -> User:
    user: User = office.agent("Alice").user
    return user


def sent_code() -> str:
    """The code in the last mail."""
    found = re.search(r"^[B-Z]{4}-[B-Z]{4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[0]


def asks(user: User, client: Client | None = None) -> Client:
    client = client or Client()
    assert client.post(ASK, {"email": user.email})["Location"].startswith(CONFIRM)
    return client


def test_a_code_by_mail_lets_in_once(alice: User) -> None:
    client = asks(alice)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([alice.email], "Your code for Flagdown")
    code = sent_code()
    assert "a code is on its way" in client.get(CONFIRM).content.decode()
    assert client.post(CONFIRM, {"code": code.lower()})["Location"] == "/agent/"
    assert client.get("/agent/").status_code == 200
    other = asks(alice)
    assert other.post(CONFIRM, {"code": code}).status_code == 200
    assert other.get("/agent/").status_code == 302


def test_three_wrong_codes_end_the_try_and_the_right_one_comes_too_late(alice: User) -> None:
    client = asks(alice)
    code = sent_code()
    for _ in range(2):
        assert "Incorrect code" in client.post(CONFIRM, {"code": "BBBB-BBBB"}).content.decode()
    assert client.post(CONFIRM, {"code": "BBBB-BBBB"})["Location"].startswith(ASK)
    assert client.post(CONFIRM, {"code": code}).status_code == 302
    assert client.get("/agent/").status_code == 302


def test_nobody_is_sent_more_than_three_codes_a_minute(alice: User) -> None:
    for _ in range(3):
        asks(alice)
    assert "Too many" in Client().post(ASK, {"email": alice.email}).content.decode()
    assert len(mail.outbox) == 3


def test_anothers_code_lets_nobody_in(alice: User, office: Office) -> None:
    bob = asks(office.agent("Bob").user)
    asks(alice)
    assert bob.post(CONFIRM, {"code": sent_code()}).status_code == 200
    assert bob.get("/agent/").status_code == 302


def test_a_code_does_not_spare_the_second_factor(alice: User) -> None:
    secret = make_app(alice)
    client = asks(alice)
    answer = client.post(CONFIRM, {"code": sent_code()})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/agent/").status_code == 302
    client.post(answer["Location"], {"code": app_code(secret)})
    assert client.get("/agent/").status_code == 200


def test_nothing_tells_whether_there_is_an_account(alice: User) -> None:
    def seen(path: str, body: dict[str, str]) -> str:
        client = Client()
        answer = client.post(path, body, follow=True)
        page = re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"', "", answer.content.decode())
        return page.replace(body.get("email", body.get("login", "")), "ADDRESS")

    for path, name in (
        (ASK, "email"),
        ("/accounts/login/", "login"),
        ("/accounts/password/reset/", "email"),
    ):
        pages = [
            seen(path, {name: address, "password": "wrong"})
            for address in (alice.email, "nobody@example.com")
        ]
        assert pages[0] == pages[1], path
    # Each of the two is told the truth, where only she reads it.
    assert any("no account with this address" in str(sent.body) for sent in mail.outbox)


def test_an_inactive_account_gets_no_code(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    asks(alice)
    assert not any("code" in sent.subject for sent in mail.outbox)


@pytest.mark.parametrize("code", ["", "x", "\x00", "é" * 8, "B" * 5000])
def test_what_is_no_code_is_refused_in_words(alice: User, code: str) -> None:
    answer = asks(alice).post(CONFIRM, {"code": code})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_session_that_was_planted_before_the_log_in_opens_nothing_after_it(alice: User) -> None:
    hers = Client()
    hers.get("/accounts/login/")
    session = hers.session
    session["planted"] = True
    session.save()
    hers.cookies["flagdown_session"] = planted = session.session_key
    hers.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert hers.get("/agent/").status_code == 200
    assert hers.cookies["flagdown_session"].value != planted
    thief = Client()
    thief.cookies["flagdown_session"] = planted
    assert thief.get("/agent/").status_code == 302


def test_guessing_a_password_is_stopped_and_says_so(alice: User) -> None:
    client = Client()
    wrong = {"login": alice.email, "password": "wrong"}
    for _ in range(5):
        client.post("/accounts/login/", wrong)
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert "Too many failed login attempts" in answer.content.decode()


def test_where_a_log_in_leads_stays_with_us(alice: User) -> None:
    client = Client()
    body = {"login": alice.email, "password": PASSWORD, "next": "https://evil.example.com/"}
    assert client.post("/accounts/login/", body)["Location"] == "/agent/"


# ---- devices -------------------------------------------------------------------------------------


def log_in(user: User, client: Client, agent: str) -> None:
    client.post(
        "/accounts/login/",
        {"login": user.email, "password": PASSWORD},
        headers={"User-Agent": agent},
    )
    client.post("/accounts/logout/")


def test_a_log_in_on_a_new_device_is_told_by_mail_and_the_next_one_there_is_not(
    alice: User,
) -> None:
    phone, other = Client(), Client()
    log_in(alice, phone, CHROME)
    assert not mail.outbox  # the first of all
    log_in(alice, phone, CHROME)
    assert not mail.outbox
    log_in(alice, other, SAFARI)
    (sent,) = mail.outbox
    assert sent.to == [alice.email]
    assert "Safari on iPhone" in sent.body
    assert "/account/" in sent.body
    log_in(alice, other, SAFARI)
    assert len(mail.outbox) == 1


def test_a_mark_of_a_device_that_we_did_not_make_counts_for_nothing(alice: User) -> None:
    log_in(alice, Client(), CHROME)
    other = Client()
    other.cookies["flagdown_device"] = "garbage:garbage"
    log_in(alice, other, CHROME)
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_keeps_nobody_out(alice: User, settings: Any) -> None:
    log_in(alice, Client(), CHROME)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    client = Client()
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert client.get("/agent/").status_code == 200


# ---- passkeys that are none ----------------------------------------------------------------------

CREDENTIALS = [
    "",
    "x",
    "null",
    "1",
    "[]",
    "{}",
    '"text"',
    '{"id": 1, "response": 1}',
    '{"id": "a", "rawId": "a", "type": "public-key", "response": []}',
    '{"id": "a", "rawId": "YQ", "type": "public-key", "response": {"userHandle": "MQ"}}',
    '{"id": "a", "rawId": "YQ", "type": "public-key", "response": {"userHandle": "/w==",'
    ' "clientDataJSON": "e30", "authenticatorData": "e30", "signature": "e30"}}',
    '{"id": "a", "rawId": "YQ", "type": "public-key", "response": {"userHandle": null,'
    ' "clientDataJSON": "eyJ0eXBlIjoieCJ9", "authenticatorData": "", "signature": ""}}',
]


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_what_is_no_passkey_lets_nobody_in(alice: User, credential: str) -> None:
    client = Client(raise_request_exception=False)
    client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/accounts/login/")
    assert client.get("/agent/").status_code == 302


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_what_is_no_passkey_is_never_kept(alice: User, credential: str) -> None:
    client = Client(raise_request_exception=False)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    asked = client.get("/accounts/2fa/webauthn/add/")
    client.post(asked["Location"], {"password": PASSWORD})
    assert client.get("/accounts/2fa/webauthn/add/").status_code == 200
    answer = client.post(
        "/accounts/2fa/webauthn/add/", {"credential": credential, "passwordless": "on"}
    )
    assert answer.status_code == 200
    assert not factors.of(alice).exists()
