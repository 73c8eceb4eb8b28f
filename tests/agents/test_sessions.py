"""Sessions and tokens: listed with device and place, and ended one by one or all at once."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from agents import tokens
from agents.login import devices, sessions
from agents.models import AgentToken, User
from core import clock
from tests.agents.test_log_in import CHROME, SAFARI
from tests.factories import PASSWORD
from tests.office import AgentCaller, Office

pytestmark = pytest.mark.usefixtures("static_files")


@pytest.fixture
def alice(office: Office) -> Any:
    return office.agent("Alice")


def browser(user: User, agent: str = CHROME, **options: Any) -> Client:
    """A browser of hers, logged in through the page."""
    client = Client(HTTP_USER_AGENT=agent, **options)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert client.get("/api/v1/agent/me").status_code == 200
    return client


def session_of(client: Client) -> UserSession:
    row: UserSession = UserSession.objects.get(session_key=client.session.session_key)
    return row


def test_the_page_lists_where_she_is_logged_in_and_says_which_is_this_one(alice: Any) -> None:
    phone = browser(alice.user, REMOTE_ADDR="203.0.113.5")
    laptop = browser(alice.user, SAFARI, REMOTE_ADDR="198.51.100.7")
    here, there = sessions.of_browsers(alice.user, phone.session.session_key)
    assert (here.device, here.ip, here.here) == ("Chrome on Android", "203.0.113.5", True)
    assert (there.device, there.ip, there.here) == ("Safari on iPhone", "198.51.100.7", False)
    page = laptop.get("/account/").content.decode()
    for shown in ("Chrome on Android", "Safari on iPhone", "203.0.113.5", "this one"):
        assert shown in page


def test_ending_one_session_ends_that_one_alone(alice: Any) -> None:
    phone, laptop = browser(alice.user), browser(alice.user, SAFARI)
    answer = laptop.post(f"/account/sessions/{session_of(phone).pk}/end")
    assert answer["Location"] == "/account/?done=ended#sessions"
    assert phone.get("/api/v1/agent/me").status_code == 401
    assert phone.get("/agent/").status_code == 302
    assert laptop.get("/api/v1/agent/me").status_code == 200


def test_ending_all_others_ends_tokens_and_unlisted_sessions_too(alice: Any) -> None:
    phone, laptop, client = browser(alice.user), browser(alice.user, SAFARI), AgentCaller(alice)
    # One from before sessions were listed.
    old = Client()
    old.force_login(alice.user)
    laptop.post("/account/sessions/others/end")
    assert laptop.get("/api/v1/agent/me").status_code == 200
    for other in (phone, old):
        assert other.get("/api/v1/agent/me").status_code == 401
    client.refused(401, "GET", "/agent/me")
    (left,) = sessions.of_browsers(alice.user, laptop.session.session_key)
    assert left.here


def test_a_token_is_listed_with_its_client_and_ended(alice: Any) -> None:
    token, _until, _agent = tokens.log_in(alice.user.email, PASSWORD)
    AgentToken.objects.filter(digest=tokens.digest(token)).update(user_agent="python-httpx/0.28.1")
    laptop = browser(alice.user)
    (door,) = sessions.of_clients(alice.user)
    assert door.device == "python-httpx"
    assert "python-httpx" in laptop.get("/account/").content.decode()
    laptop.post(f"/account/clients/{door.id}/end")
    assert tokens.principal_of_token(token) is None


def test_a_token_remembers_when_it_was_used_last(alice: Any) -> None:
    caller = AgentCaller(alice)
    row = AgentToken.objects.get(user=alice.user)
    for ago, moves in ((timedelta(minutes=5), False), (timedelta(minutes=11), True)):
        was = clock.now() - ago
        AgentToken.objects.filter(pk=row.pk).update(last_used_at=was)
        caller.me()
        row.refresh_from_db()
        assert (row.last_used_at > was) == moves


@pytest.mark.parametrize("what", ["sessions", "clients"])
def test_anothers_session_or_token_is_not_there(alice: Any, office: Office, what: str) -> None:
    mallory = browser(office.agent("Bob").user)
    hers = browser(alice.user)
    AgentCaller(alice)
    theirs = (
        session_of(hers).pk if what == "sessions" else AgentToken.objects.get(user=alice.user).pk
    )
    assert mallory.post(f"/account/{what}/{theirs}/end").status_code == 404
    assert mallory.post(f"/account/{what}/{2**62}/end").status_code == 404
    assert hers.get("/api/v1/agent/me").status_code == 200
    assert AgentToken.objects.filter(user=alice.user).exists()


def test_nothing_ends_without_the_pages_token_or_by_a_link(alice: Any) -> None:
    phone = browser(alice.user)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    mark = session_of(phone).pk
    for path in (f"/account/sessions/{mark}/end", "/account/sessions/others/end"):
        assert strict.post(path).status_code == 403
        assert strict.get(path).status_code == 405
        assert Client().post(path).status_code == 302
    assert phone.get("/api/v1/agent/me").status_code == 200


def test_nobody_sees_the_page_without_a_log_in(db: None) -> None:
    assert Client().get("/account/")["Location"] == "/accounts/login/?next=/account/"


@pytest.mark.parametrize("path", ["", "2fa/", "2fa/webauthn/", "sessions/", "email/"])
def test_the_packages_own_pages_lead_to_ours(alice: Any, path: str) -> None:
    assert (
        browser(alice.user).get(f"/accounts/{path}", follow=True).request["PATH_INFO"]
        == "/account/"
    )


def test_being_seen_is_written_every_five_minutes_at_most(
    alice: Any, django_assert_num_queries: Any
) -> None:
    phone = browser(alice.user)
    seen = session_of(phone).last_seen_at
    phone.get("/account/")
    assert session_of(phone).last_seen_at == seen
    session = phone.session
    session[sessions.SEEN] -= sessions.SEEN_EVERY_S + 1
    session.save()
    phone.get("/account/")
    assert session_of(phone).last_seen_at > seen


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Android"),
        (SAFARI, "Safari on iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
            "Firefox on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("curl/8.5", "curl"),
        ("", "Unknown device"),
        ("<script>", "Unknown device"),
    ],
)
def test_devices_are_named_in_words(agent: str, words: str) -> None:
    assert devices.describe(agent) == words
