"""POST /api/v1/chat/sessions: who comes, to which desk, and perhaps what for."""

import json
import time
from typing import Any

import jwt
import pytest

from tests.office import Caller, Office, some_id
from tickets.models import Customer, Message, Ticket
from tickets.sessions import AUDIENCE, _keys

SESSIONS = "/chat/sessions"
SECRET = "a secret of the host site, at least 32 characters"


def asking(**more: Any) -> dict[str, Any]:
    """A first ticket."""
    return {"client_id": some_id(), "text": "Hello", "human": True, **more}


def signed(office: Office, secret: str = SECRET, **claims: Any) -> str:
    """An identity token as the host site signs it."""
    whole = {"aud": office.desk.key, "sub": "visitor-1", "exp": int(time.time()) + 60, **claims}
    return jwt.encode(whole, secret, algorithm="HS256")


@pytest.fixture
def verified(office: Office) -> Office:
    """A desk that checks identities."""
    office.desk.identity_secret = SECRET
    office.desk.save()
    return office


def test_a_guest_gets_a_token_and_where_to_listen(office: Office) -> None:
    session = Caller().ok("POST", SESSIONS, {"desk": office.desk.key, "name": "Kim"}, 201)
    assert session["ticket"] is None
    assert session["customer"]["name"] == "Kim"
    assert session["socket"].startswith("ws://")
    assert session["socket"].endswith("/ws/chat/")


def test_a_session_opens_its_first_ticket(office: Office) -> None:
    session = Caller().ok("POST", SESSIONS, {"desk": office.desk.key, "ticket": asking()}, 201)
    assert session["ticket"]["state"] == "waiting"
    assert session["ticket"]["position"] == 1
    kim = Caller(session["token"])
    page = kim.ok("GET", f"/chat/tickets/{session['ticket']['id']}/messages")
    assert [message["text"] for message in page["messages"]] == ["Hello"]


def test_a_token_resumes_its_customer_and_her_open_ticket(office: Office) -> None:
    kim = office.asks()
    session = kim.ok("POST", SESSIONS, {"desk": office.desk.key}, 201)
    assert session["customer"]["id"] == str(kim.customer.pk)
    assert session["ticket"]["id"] == str(kim.ticket.pk)


def test_a_resumed_session_says_its_first_words_in_the_open_ticket(office: Office) -> None:
    kim = office.asks(human=False)
    first = asking(text="And one more thing")
    for _ in range(2):
        session = kim.ok("POST", SESSIONS, {"desk": office.desk.key, "ticket": first}, 201)
        assert session["ticket"]["id"] == str(kim.ticket.pk)
        assert session["ticket"]["state"] == "waiting"
    assert kim.texts() == ["Hello", "And one more thing"]


def test_a_token_of_another_desk_starts_a_new_guest(office: Office) -> None:
    from tests.factories import make_desk

    kim, other = office.asks(), make_desk()
    session = kim.ok("POST", SESSIONS, {"desk": other.key}, 201)
    assert session["customer"]["id"] != str(kim.customer.pk)
    assert session["ticket"] is None


def test_a_garbage_token_starts_a_new_guest(office: Office) -> None:
    session = Caller("garbage").ok("POST", SESSIONS, {"desk": office.desk.key}, 201)
    assert Customer.objects.filter(pk=session["customer"]["id"]).exists()


def test_a_repeat_with_the_same_idempotency_key_is_the_same_session(office: Office) -> None:
    key = some_id()
    body = {"desk": office.desk.key, "name": "Kim", "ticket": {"text": "Hello", "human": True}}
    first, again = (Caller().ok("POST", SESSIONS, body, 201, idempotency_key=key) for _ in range(2))
    assert again["token"] == first["token"]
    assert again["ticket"]["id"] == first["ticket"]["id"]
    assert Ticket.objects.filter(desk=office.desk).count() == 1
    assert Message.objects.filter(ticket__desk=office.desk).count() == 1


def test_a_repeat_with_the_same_client_id_is_the_same_session(office: Office) -> None:
    body = {"desk": office.desk.key, "client_id": some_id(), "ticket": asking()}
    first, again = (Caller().ok("POST", SESSIONS, body, 201) for _ in range(2))
    assert again["customer"] == first["customer"]
    assert again["ticket"]["id"] == first["ticket"]["id"]


def test_nobody_gets_anothers_session_by_guessing_her_free_text_key(office: Office) -> None:
    with office.unchanged():
        problem = Caller().refused(
            400, "POST", SESSIONS, {"desk": office.desk.key}, idempotency_key="1"
        )
    assert "random UUID" in problem["errors"]["Idempotency-Key"][0]


def test_a_ticket_without_a_name_of_its_own_is_refused_as_a_whole(office: Office) -> None:
    with office.unchanged():
        problem = Caller().refused(
            400, "POST", SESSIONS, {"desk": office.desk.key, "ticket": {"text": "Hello"}}
        )
    assert "client_id" in problem["errors"]


def test_an_unknown_desk_is_a_404_that_says_where_keys_are(office: Office) -> None:
    problem = Caller().refused(404, "POST", SESSIONS, {"desk": "no-such-desk"})
    assert problem["type"].endswith(":unknown-desk")
    assert "admin" in problem["detail"]


def test_a_closed_desk_is_unknown(office: Office) -> None:
    office.desk.is_active = False
    office.desk.save()
    Caller().refused(404, "POST", SESSIONS, {"desk": office.desk.key})


def test_an_unknown_topic_leaves_no_customer_behind(office: Office) -> None:
    with office.unchanged():
        problem = Caller().refused(
            400, "POST", SESSIONS, {"desk": office.desk.key, "ticket": asking(topic="nope")}
        )
    assert problem["errors"]["topic"] == ["Unknown topic. Known: general."]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://shop.example.com", 201),
        ("http://testserver", 201),
        ("http://127.0.0.1:1", 403),
        ("https://evil.example.com", 403),
        ("https://shop.example.com.evil.example.com", 403),
        ("null", 403),
    ],
)
def test_a_page_may_start_sessions_only_from_the_desks_sites(
    office: Office, origin: str, status: int
) -> None:
    office.desk.origins = ["https://shop.example.com"]
    office.desk.save()
    answer = Caller().send("POST", SESSIONS, {"desk": office.desk.key}, origin=origin)
    assert answer.status_code == status


def test_the_host_sites_word_makes_the_same_customer_each_time(verified: Office) -> None:
    body = {
        "desk": verified.desk.key,
        "identity": signed(verified, name="Kim Lee", email="k@x.org"),
    }
    first, again = (Caller().ok("POST", SESSIONS, body, 201)["customer"] for _ in range(2))
    assert first == again
    assert first["name"] == "Kim Lee"


def test_a_guest_never_becomes_the_verified_customer_of_her_email(verified: Office) -> None:
    known = Caller().ok(
        "POST",
        SESSIONS,
        {"desk": verified.desk.key, "identity": signed(verified, email="kim@example.com")},
        201,
    )
    guest = Caller().ok(
        "POST", SESSIONS, {"desk": verified.desk.key, "email": "kim@example.com"}, 201
    )
    assert guest["customer"]["id"] != known["customer"]["id"]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 60},
        {"aud": "another-desk"},
        {"sub": None},
        {"sub": ""},
        {"sub": " \x00 "},
        {"sub": 7},
        {"exp": "soon"},
    ],
    ids=["expired", "other desk", "no sub", "empty sub", "unstorable sub", "number", "bad exp"],
)
def test_a_bad_identity_is_refused(verified: Office, claims: dict[str, Any]) -> None:
    kept = {name: value for name, value in claims.items() if value is not None}
    whole = {"aud": verified.desk.key, "sub": "visitor-1", "exp": int(time.time()) + 60, **kept}
    if claims.get("sub", ...) is None:
        del whole["sub"]
    header = {"alg": "HS256", "typ": "JWT"}
    token = jwt.api_jws.encode(
        json.dumps(whole).encode(), SECRET, algorithm="HS256", headers=header
    )
    with verified.unchanged():
        problem = Caller().refused(
            401, "POST", SESSIONS, {"desk": verified.desk.key, "identity": token}
        )
    assert problem["type"].endswith(":bad-identity")


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "é.é.é"])
def test_an_identity_that_is_no_token_is_refused(verified: Office, token: str) -> None:
    Caller().refused(401, "POST", SESSIONS, {"desk": verified.desk.key, "identity": token})


def test_an_identity_signed_by_somebody_else_is_refused(verified: Office) -> None:
    identity = signed(verified, secret="another secret, of at least 32 characters")
    Caller().refused(401, "POST", SESSIONS, {"desk": verified.desk.key, "identity": identity})


def test_an_unsigned_identity_is_refused(verified: Office) -> None:
    claims = {"aud": verified.desk.key, "sub": "visitor-1", "exp": int(time.time()) + 60}
    identity = jwt.encode(claims, "", algorithm="none")
    Caller().refused(401, "POST", SESSIONS, {"desk": verified.desk.key, "identity": identity})


def test_claims_that_postgres_cannot_hold_are_made_storable(verified: Office) -> None:
    identity = signed(verified, name="K\x00im\ud800")
    session = Caller().ok("POST", SESSIONS, {"desk": verified.desk.key, "identity": identity}, 201)
    assert session["customer"]["name"] == "Kim"


def test_a_desk_that_requires_identity_refuses_every_unsigned_session(verified: Office) -> None:
    verified.desk.require_identity = True
    verified.desk.save()
    guest = verified.asks()
    for caller in (Caller(), guest):
        problem = caller.refused(403, "POST", SESSIONS, {"desk": verified.desk.key})
        assert problem["type"].endswith(":identity-required")
    Caller().ok("POST", SESSIONS, {"desk": verified.desk.key, "identity": signed(verified)}, 201)


def test_an_expired_customer_token_is_a_401(office: Office) -> None:
    kim = office.asks()
    kim.token = jwt.encode(
        {
            "aud": AUDIENCE,
            "sub": str(kim.customer.pk),
            "desk": str(office.desk.pk),
            "iat": 1,
            "exp": int(time.time()) - 1,
        },
        _keys()[0],
        algorithm="HS256",
    )
    with office.unchanged():
        problem = kim.refused(401, "GET", kim.here)
    assert "Start a new session" in problem["detail"]


def test_a_token_signed_with_another_key_is_a_401(office: Office) -> None:
    kim = office.asks()
    claims = jwt.decode(kim.token, options={"verify_signature": False})
    kim.token = jwt.encode(claims, b"x" * 32, algorithm="HS256")
    kim.refused(401, "GET", kim.here)


def test_a_token_signed_with_an_older_key_of_ours_still_works(
    office: Office, settings: Any
) -> None:
    kim = office.asks()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new key, 0123456789-abcdefghijklmnopqrstuvwxyz-0123456789"
    kim.now()
