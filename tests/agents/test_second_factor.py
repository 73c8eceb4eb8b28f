"""Second factors: staff get nowhere without one, codes count once, and guessing ends."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from agents.login import factors
from agents.models import AgentToken, User
from tests.factories import PASSWORD, app_code, enter, make_app, password_hash
from tests.office import Caller, Office

TOKEN = "/agent/token"
pytestmark = pytest.mark.usefixtures("static_files")


@pytest.fixture
def sam(committed: None) -> Iterator[User]:
    """A supervisor with nothing but a password. Committed: what allauth does on commit happens."""
    sam = User.objects.create(
        email=f"sam-{uuid.uuid4().hex[:8]}@example.com",
        password=password_hash(),
        is_staff=True,
        is_superuser=True,
    )
    yield sam
    sam.delete()


def log_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def set_up(client: Client) -> tuple[str, str]:
    """Through the pages, as a person does; the secret that her app holds now, and its first code."""
    again = client.get("/accounts/2fa/totp/activate/")
    if again.status_code == 302:
        client.post(again["Location"], {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret: str = client.session["mfa.totp.secret"]
    code = app_code(secret)
    done = client.post("/accounts/2fa/totp/activate/", {"code": code})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    return secret, code


def recovery_codes(user: User) -> list[str]:
    row = Authenticator.objects.get(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES)
    codes: list[str] = row.wrap().get_unused_codes()
    return codes


def test_staff_with_a_password_alone_reach_their_security_page_and_nothing_else(
    sam: User, client: Client
) -> None:
    assert log_in(client, sam)["Location"] == "/admin/"
    for page in (
        "/admin/",
        "/admin/agents/agent/",
        "/admin/logout/",
        "/agent/",
        "/agent/earnings/",
    ):
        for answer in (client.get(page), client.post(page)):
            assert answer.status_code == 302, page
            assert answer["Location"].startswith("/account/?next="), page
    page = client.get("/account/?next=/admin/").content.decode()
    assert "One more step before the admin opens" in page


def test_setting_a_second_factor_up_opens_the_admin_and_from_then_on_it_is_asked_for(
    sam: User, client: Client
) -> None:
    log_in(client, sam)
    secret, _code = set_up(client)
    assert client.get("/admin/").status_code == 200
    assert (
        "Go on to where you wanted to be" in client.get("/account/?next=/admin/").content.decode()
    )

    other = Client()
    assert log_in(other, sam)["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/admin/")["Location"].startswith("/admin/login/")
    wrong = other.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "This code is wrong, or was used already." in wrong.content.decode()
    done = other.post("/accounts/2fa/authenticate/", {"code": app_code(secret, 1)})
    assert done["Location"] == "/admin/"
    assert other.get("/admin/").status_code == 200


def test_a_session_from_before_the_second_factor_has_to_show_it(sam: User, client: Client) -> None:
    log_in(client, sam)
    secret = make_app(sam)
    shown = client.get("/admin/agents/agent/")["Location"]
    assert shown == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Fagents%2Fagent%2F"
    done = client.post(shown, {"code": app_code(secret), "next": "/admin/agents/agent/"})
    assert done["Location"] == "/admin/agents/agent/"
    assert client.get(done["Location"]).status_code == 200


def test_who_takes_her_second_factor_away_is_out_of_the_admin(sam: User, client: Client) -> None:
    log_in(client, sam)
    set_up(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user_id=sam.pk).exists()
    assert client.get("/admin/")["Location"].startswith("/account/")


def test_anothers_session_mark_is_no_second_factor(sam: User, client: Client) -> None:
    make_app(sam)
    client.force_login(sam)
    session = client.session
    session[factors.SEEN] = sam.pk + 1
    session.save()
    assert client.get("/admin/").status_code == 302


def test_agents_need_none(office: Office, client: Client) -> None:
    alice = office.agent("Alice")
    assert log_in(client, alice.user)["Location"] == "/agent/"
    assert client.get("/agent/").status_code == 200


def test_staff_who_are_agents_need_it_for_the_api_too(office: Office, client: Client) -> None:
    alice = office.agent("Alice")
    User.objects.filter(pk=alice.user_id).update(is_staff=True)
    client.force_login(User.objects.get(pk=alice.user_id))
    answer = client.get("/api/v1/agent/me")
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (
        403,
        "second-factor-needed",
    )
    body = {"email": alice.user.email, "password": PASSWORD}
    assert Caller().refused(403, "POST", TOKEN, body)["type"].endswith(":second-factor-needed")


def test_the_setting_lets_staff_in_with_a_password_where_it_is_off(
    sam: User, client: Client, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    log_in(client, sam)
    assert client.get("/admin/").status_code == 200


# ---- codes ---------------------------------------------------------------------------------------


def test_a_code_counts_once_and_no_older_one_after_it(sam: User) -> None:
    secret = make_app(sam)
    before, now, then = (app_code(secret, ahead) for ahead in (-1, 0, 1))
    assert factors.accept(sam, now)
    assert not factors.accept(sam, now)
    assert not factors.accept(sam, before)
    assert factors.accept(sam, then)
    assert not factors.accept(sam, then)


def test_the_code_that_an_app_was_set_up_with_is_used_up(sam: User, client: Client) -> None:
    log_in(client, sam)
    _secret, code = set_up(client)
    assert not factors.accept(sam, code)


@pytest.mark.parametrize("code", ["", "00000", "éééééé", "\x00", "1" * 300, "１２３４５６"])
def test_what_is_no_code_is_none(sam: User, code: str) -> None:
    make_app(sam)
    assert factors.accept(sam, code) is None


def test_a_recovery_code_lets_in_once(sam: User, client: Client) -> None:
    log_in(client, sam)
    set_up(client)
    code = recovery_codes(sam)[0]
    for lets_in in (True, False):
        other = Client()
        log_in(other, sam)
        answer = other.post("/accounts/2fa/authenticate/", {"code": code})
        assert (answer.status_code == 302) == lets_in
    assert code not in recovery_codes(sam)


def test_the_code_of_another_account_lets_nobody_in(sam: User, office: Office) -> None:
    make_app(sam)
    other = make_app(office.agent("Alice").user)
    assert factors.accept(sam, app_code(other)) is None
    client = Client()
    log_in(client, sam)
    assert client.post("/accounts/2fa/authenticate/", {"code": app_code(other)}).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_guessing_codes_ends_after_five(sam: User) -> None:
    secret = make_app(sam)
    client = Client()
    log_in(client, sam)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    assert "Too many failed login attempts" in answer.content.decode()
    assert client.get("/admin/").status_code == 302


def test_secrets_are_sealed(sam: User) -> None:
    secret = make_app(sam)
    assert secret not in str(Authenticator.objects.get(user_id=sam.pk).data)


# ---- without a browser ---------------------------------------------------------------------------


def test_the_api_wants_the_code_of_who_has_a_second_factor(office: Office) -> None:
    alice = office.agent("Alice")
    secret = make_app(alice.user)
    body = {"email": alice.user.email, "password": PASSWORD}

    def kind(**more: str) -> str:
        problem = Caller().refused(401, "POST", TOKEN, {**body, **more})
        return str(problem["type"].rpartition(":")[2])

    assert kind() == "otp-needed"
    assert kind(otp="") == "otp-needed"
    assert kind(otp="000000") == "bad-otp"
    code, then = app_code(secret), app_code(secret, 1)
    assert kind(otp=code, password="wrong") == "bad-credentials"
    assert not AgentToken.objects.filter(user=alice.user).exists()
    token = Caller().ok("POST", TOKEN, {**body, "otp": code})["token"]
    assert Caller(token).ok("GET", "/agent/me")["id"] == str(alice.pk)
    assert kind(otp=code) == "bad-otp"
    assert Caller().ok("POST", TOKEN, {**body, "otp": then})


def test_the_api_takes_a_recovery_code_once(office: Office) -> None:
    alice = office.agent("Alice")
    make_app(alice.user)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(alice.user)
    body = {"email": alice.user.email, "password": PASSWORD, "otp": recovery_codes(alice.user)[3]}
    Caller().ok("POST", TOKEN, body)
    Caller().refused(401, "POST", TOKEN, body)


def test_guessing_codes_at_the_api_ends_even_for_the_right_one(office: Office) -> None:
    alice = office.agent("Alice")
    secret = make_app(alice.user)
    body = {"email": alice.user.email, "password": PASSWORD}
    for _ in range(10):
        Caller().refused(401, "POST", TOKEN, {**body, "otp": "000000"})
    problem = Caller().refused(429, "POST", TOKEN, {**body, "otp": app_code(secret)})
    assert "Try again in" in problem["detail"]


# ---- who helps -----------------------------------------------------------------------------------


def test_a_supervisor_takes_a_colleagues_lost_factors_away_but_not_her_own(
    sam: User, office: Office, client: Client
) -> None:
    alice = office.agent("Alice")
    make_app(alice.user)
    enter(client, sam)
    chosen = {"action": "take_factors_away", "_selected_action": [alice.user_id, sam.pk]}
    answer = client.post("/admin/agents/user/", chosen, follow=True)
    assert "Your own stay" in answer.content.decode()
    assert not factors.of(alice.user).exists()
    assert factors.of(sam).exists()
