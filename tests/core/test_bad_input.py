"""Whatever is sent: a problem that says what to do, no row changed, nothing of our inside shown."""

import json
from typing import Any

import pytest

from tests.office import AgentCaller, Caller, CustomerCaller, Office, some_id

MAX = 256 * 1024


@pytest.fixture(autouse=True)
def patience(settings: Any) -> None:
    """Here nobody is told to come back later."""
    settings.RATE_LIMITS = False


@pytest.fixture
def people(office: Office) -> dict[str, Any]:
    """Who calls, and where: the placeholders of WRITES."""
    kim, alice = office.talk()
    lee = office.asks()
    from dispatch import waves

    waves.run()
    return {
        "nobody": Caller(),
        "kim": kim,
        "alice": alice,
        "mine": str(kim.ticket.pk),
        "offer": alice.offer()["id"],
        "waiting": str(lee.ticket.pk),
        "desk": office.desk.key,
    }


# (who, method, path, a body that would do)
WRITES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "session": ("nobody", "POST", "/chat/sessions", {"desk": "{desk}"}),
    "ticket": ("kim", "POST", "/chat/tickets", {"text": "Hi", "client_id": "{new}"}),
    "message": (
        "kim",
        "POST",
        "/chat/tickets/{mine}/messages",
        {"text": "Hi", "client_id": "{new}"},
    ),
    "human": ("kim", "POST", "/chat/tickets/{mine}/human", {}),
    "read": ("kim", "POST", "/chat/tickets/{mine}/read", {"seq": 1}),
    "close": ("kim", "POST", "/chat/tickets/{mine}/close", {}),
    "rating": ("kim", "POST", "/chat/tickets/{mine}/rating", {"score": 5}),
    "token": ("nobody", "POST", "/agent/token", {"email": "a@example.com", "password": "x"}),
    "presence": ("alice", "PUT", "/agent/presence", {"presence": "paused"}),
    "accept": ("alice", "POST", "/agent/offers/{offer}/accept", {}),
    "decline": ("alice", "POST", "/agent/offers/{offer}/decline", {}),
    "claim": ("alice", "POST", "/agent/tickets/{waiting}/claim", {}),
    "answer": (
        "alice",
        "POST",
        "/agent/tickets/{mine}/messages",
        {"text": "Hi", "client_id": "{new}"},
    ),
    "seen": ("alice", "POST", "/agent/tickets/{mine}/read", {"seq": 1}),
    "resolve": ("alice", "POST", "/agent/tickets/{mine}/resolve", {"disposition": "solved"}),
    "release": ("alice", "POST", "/agent/tickets/{mine}/release", {}),
    "transfer": ("alice", "POST", "/agent/tickets/{mine}/transfer", {"queue": "general"}),
}


def call(people: dict[str, Any], name: str) -> tuple[Caller, str, str, dict[str, Any]]:
    """The call with its places filled in."""
    who, method, path, body = WRITES[name]
    places = {key: value for key, value in people.items() if isinstance(value, str)}
    filled = {
        key: value.format(**places, new=some_id()) if isinstance(value, str) else value
        for key, value in body.items()
    }
    return people[who], method, path.format(**places), filled


RAW = {
    "no JSON": b"{not json",
    "an array": b"[1, 2]",
    "a string": b'"text"',
    "a number": b"7",
    "null": b"null",
    "NaN": b'{"seq": NaN}',
    "infinity": b'{"score": -Infinity}',
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "half a character": b'{"text": "\\ud800", "presence": "\\udfff"}',
    "half a character in a name": b'{"\\ud800": 1}',
    "far too deep": b"[" * 100_000,
    "deep in an object": b'{"text":' * 20_000,
    "an endless number": b'{"seq": ' + b"9" * 5_000 + b"}",
    "two objects": b"{}{}",
    "an empty line": b"\n",
}


@pytest.mark.parametrize("kind", RAW)
def test_no_route_takes_what_is_no_json_object(
    people: dict[str, Any], office: Office, kind: str
) -> None:
    with office.unchanged():
        for name in WRITES:
            caller, method, path, _body = call(people, name)
            caller.refused(400, method, path, raw=RAW[kind])


def test_no_route_takes_a_field_that_it_does_not_know(
    people: dict[str, Any], office: Office
) -> None:
    with office.unchanged():
        for name in WRITES:
            caller, method, path, body = call(people, name)
            problem = caller.refused(400, method, path, {**body, "unknwon": 1})
            assert problem["errors"]["unknwon"][0].startswith("Unknown field. Known:")


def test_no_route_takes_a_body_that_is_too_large(people: dict[str, Any], office: Office) -> None:
    with office.unchanged():
        for name in WRITES:
            caller, method, path, body = call(people, name)
            padded = json.dumps(body).encode()
            problem = caller.refused(413, method, path, raw=padded + b" " * (MAX + 1 - len(padded)))
            assert str(MAX) in problem["detail"]


def test_a_body_of_just_the_limit_is_read(people: dict[str, Any]) -> None:
    caller, method, path, body = call(people, "message")
    padded = json.dumps(body).encode()
    caller.ok(method, path, status=201, raw=padded + b" " * (MAX - len(padded)))


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "nonsense",
    ],
)
def test_no_route_takes_another_content_type(
    people: dict[str, Any], office: Office, kind: str
) -> None:
    with office.unchanged():
        for name in WRITES:
            caller, method, path, body = call(people, name)
            problem = caller.refused(415, method, path, body or {"a": 1}, content_type=kind)
            assert "application/json" in problem["detail"]


def test_a_wrong_method_is_told_the_right_one(people: dict[str, Any], office: Office) -> None:
    with office.unchanged():
        for name in WRITES:
            caller, method, path, body = call(people, name)
            for wrong in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {method}:
                if wrong == "GET" and name in {"message", "answer"}:
                    continue
                answer = caller.send(wrong, path, body)
                assert answer.status_code == 405
                assert method in answer.headers["Allow"]


def test_every_field_refuses_the_wrong_kind_of_value(
    people: dict[str, Any], office: Office
) -> None:
    wrongs: list[Any] = [[], {}, None, [[]], {"a": 1}, True, "\x00", -(2**70)]
    for name in WRITES:
        caller, method, path, body = call(people, name)
        for field in body:
            with office.unchanged():
                for wrong in wrongs:
                    answer = caller.send(method, path, {**body, field: wrong})
                    # A number can be an unknown desk's key, or the name of an unknown queue.
                    allowed = {400, 404} if field in {"desk", "email", "password"} else {400}
                    allowed |= {401} if field == "password" else set()
                    assert answer.status_code in allowed, (name, field, wrong, answer.content)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "blank"),
        (" \n\t ", "blank"),
        ("x" * 20_001, "20000"),
        ("a\x00b", "Null"),
        (None, "null"),
        (["x"], "string"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_by_both_sides(
    people: dict[str, Any], office: Office, text: Any, words: str
) -> None:
    for name in ("message", "answer"):
        caller, method, path, body = call(people, name)
        with office.unchanged():
            problem = caller.refused(400, method, path, {**body, "text": text})
        assert words in problem["errors"]["text"][0]


@pytest.mark.parametrize(
    "bad",
    [
        "not-a-uuid",
        "1",
        "00000000-0000-0000-0000-00000000000g",
        "%00",
        "..",
        "%2e%2e%2f",
        "a" * 3000,
    ],
)
def test_a_malformed_id_is_a_404(people: dict[str, Any], bad: str) -> None:
    kim, alice = people["kim"], people["alice"]
    for caller, path in (
        (kim, f"/chat/tickets/{bad}"),
        (kim, f"/chat/tickets/{bad}/messages"),
        (alice, f"/agent/tickets/{bad}/messages"),
        (alice, f"/agent/offers/{bad}/accept"),
    ):
        answer = caller.client.get(
            f"/api/v1{path}", headers={"Authorization": f"Bearer {caller.token}"}
        )
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/",
        "/api/v2/chat/sessions",
        "/api/v1/chat/sessions/",
        "/api/v1/agent",
        "/api/v1//me",
        "/api/%ff",
    ],
)
def test_an_unknown_address_of_the_api_is_a_problem_that_points_to_the_documents(
    path: str, db: None
) -> None:
    from rest_framework.test import APIClient

    for method in ("GET", "POST"):
        answer = APIClient().generic(method, path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "/api/docs/" in answer.json()["detail"]


def test_an_answer_in_another_format_is_not_to_be_had(people: dict[str, Any]) -> None:
    kim: CustomerCaller = people["kim"]
    assert "application/json" in kim.refused(406, "GET", kim.here, accept="text/html")["detail"]
    kim.refused(404, "GET", f"{kim.here}?format=xml")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b c", "Basic YTpi", "bearer é", "x" * 5000]
)
def test_an_odd_authorization_header_is_a_401(office: Office, header: str) -> None:
    kim = office.asks()
    for path in (kim.here, "/agent/me"):
        answer = Caller().send("GET", path, authorization=header)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_bad_host_header_is_a_problem_too(db: None) -> None:
    from rest_framework.test import APIClient

    answer = APIClient().get("/api/v1/agent/me", headers={"Host": "evil.example.com"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_shows_nothing_of_our_inside(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch import queries

    def broken(_agent_id: Any) -> None:
        raise RuntimeError("secret inside")

    alice: AgentCaller = office.works("Alice")
    monkeypatch.setattr(queries, "me", broken)
    answer = alice.client.get(
        "/api/v1/agent/me", headers={"Authorization": f"Bearer {alice.token}"}
    )
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (
        answer.json()["detail"]
        == "This is our fault, and we have been told. Try again in a moment."
    )
    assert b"secret" not in answer.content


def test_an_absent_database_is_a_503_that_says_when_to_try_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from dispatch import queries

    def away(_agent_id: Any) -> None:
        raise OperationalError("server closed the connection; password=secret")

    alice: AgentCaller = office.works("Alice")
    monkeypatch.setattr(queries, "me", away)
    answer = alice.send("GET", "/agent/me")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert b"secret" not in answer.content
