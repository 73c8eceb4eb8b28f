"""Signed work records: what stands in one, that anybody can check it, and what breaks it."""

import base64
import json
from typing import Any

import jwt
import pytest
from django.test import Client

from dispatch.models import WorkRecord
from dispatch.work import keys, record
from tests.office import Office, some_id

HERE = "/agent/work-records"
# The page that checks them is drawn with its style.
pytestmark = pytest.mark.usefixtures("static_files")


def made(agent: Any, status: int = 201, **more: Any) -> dict[str, Any]:
    """One more record of hers."""
    new: dict[str, Any] = agent.ok("POST", HERE, {"client_id": some_id(), **more}, status)
    return new


def checked(text: str) -> str:
    """What the public page says."""
    page = Client().post("/verify/", {"record": text})
    assert page.status_code == 200
    return page.content.decode()


def test_a_record_says_what_she_did_and_names_no_customer(office: Office) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    kim.ok("POST", f"{kim.here}/rating", {"score": 5, "comment": "MARKER"}, 201)
    new = made(alice)
    # Anybody can check it, with the published key alone.
    published = Client().get("/.well-known/jwks.json")
    assert published["Access-Control-Allow-Origin"] == "*"
    keyset = jwt.PyJWKSet.from_dict(published.json())
    key = keyset[jwt.get_unverified_header(new["token"])["kid"]]
    says = jwt.decode(new["token"], key.key, algorithms=["EdDSA"])
    assert (says["name"], says["conversations"]) == ("Alice", 1)
    assert says["languages"] == [{"code": "en", "level": 4}]
    assert says["rating"] == {"mean": 5.0, "count": 1}
    assert says["jti"] == new["id"]
    assert set(says) == {
        "iss", "jti", "iat", "name", "languages", "conversations", "hours", "rating", "since",
        "until",
    }  # fmt: skip
    for text in ("MARKER", "Kim", str(kim.ticket.pk), str(kim.customer.pk), office.desk.name):
        assert text not in json.dumps(says)


def test_the_public_page_says_plainly_what_a_valid_one_says(office: Office) -> None:
    new = made(office.works("Alice"))
    for text in (new["token"], new["link"], f"  {new['link'][:200]}\n{new['link'][200:]} "):
        page = checked(text)
        assert 'data-outcome="valid"' in page
        assert "Alice" in page
        assert "English, level 4 of 5" in page


def changed(token: str) -> str:
    """The same record, with more conversations."""
    head, body, signature = token.split(".")
    says = json.loads(base64.urlsafe_b64decode(body + "=="))
    says["conversations"] += 1000
    more = base64.urlsafe_b64encode(json.dumps(says).encode()).rstrip(b"=").decode()
    return f"{head}.{more}.{signature}"


def unsigned(token: str) -> str:
    """The same claims, signed by nobody."""
    says = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode(says, "", algorithm="none", headers={"kid": kid, "typ": record.TYPE})


def by_our_public_key(token: str) -> str:
    """The same claims, with the published key as if it were a shared secret."""
    says = jwt.decode(token, options={"verify_signature": False})
    head = jwt.get_unverified_header(token)
    secret = keys.jwks()["keys"][0]["x"] * 2
    return jwt.encode(
        says, secret, algorithm="HS256", headers={"kid": head["kid"], "typ": record.TYPE}
    )


def by_a_key_of_hers(token: str) -> str:
    """The same claims, signed by somebody else under our key's name."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    says = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    key = Ed25519PrivateKey.generate()
    return jwt.encode(says, key, algorithm="EdDSA", headers={"kid": kid, "typ": record.TYPE})


@pytest.mark.parametrize(
    "forge", [changed, unsigned, by_our_public_key, by_a_key_of_hers, lambda token: token[:-9]]
)
def test_what_we_did_not_sign_is_not_valid(office: Office, forge: Any) -> None:
    token = made(office.works("Alice"))["token"]
    page = checked(forge(token))
    assert 'data-outcome="invalid"' in page
    assert "Alice" not in page.split("<form")[0]


@pytest.mark.parametrize(
    "text", ["x", "a.b.c", "é.é.é", "<script>alert(1)</script>", "x" * 9000, "e30.e30.", "\x00"]
)
def test_what_is_no_record_is_not_valid_and_breaks_nothing(office: Office, text: str) -> None:
    page = checked(text)
    assert 'data-outcome="invalid"' in page
    assert "<script>alert" not in page


def test_another_of_our_signatures_is_no_work_record(office: Office) -> None:
    made(office.works("Alice"))
    name, key = keys.signing()
    token = jwt.encode({"jti": "x"}, key, algorithm="EdDSA", headers={"kid": name})
    assert record.check(token).outcome == "invalid"


def test_a_revoked_one_counts_no_longer_and_neither_does_one_of_who_has_left(
    office: Office,
) -> None:
    alice, bob = office.works("Alice"), office.works("Bob")
    one, other = made(alice), made(alice)
    bob.refused(404, "POST", f"{HERE}/{one['id']}/revoke", {})
    first = alice.ok("POST", f"{HERE}/{one['id']}/revoke", {})
    assert first["revoked_at"]
    assert alice.ok("POST", f"{HERE}/{one['id']}/revoke", {}) == first
    page = checked(one["token"])
    assert 'data-outcome="revoked"' in page
    assert "Alice" not in page.split("<form")[0]
    WorkRecord.objects.filter(pk=other["id"]).delete()
    assert record.check(other["token"]).outcome == "revoked"


def test_a_repeat_is_200_with_the_first_record_and_nobody_makes_more_than_twenty(
    office: Office,
) -> None:
    alice = office.works("Alice")
    name = some_id()
    first = made(alice, client_id=name)
    assert made(alice, 200, client_id=name) == first
    for _ in range(19):
        made(alice)
    problem = alice.refused(409, "POST", HERE, {"client_id": some_id()})
    assert "Revoke one" in problem["detail"]
    assert len(alice.ok("GET", HERE)["records"]) == 20


def test_a_new_key_signs_and_the_old_one_still_verifies(office: Office, settings: Any) -> None:
    alice = office.works("Alice")
    old = made(alice)["token"]
    settings.WORK_RECORD_KEYS = [base64.b64encode(bytes(range(32))).decode()]
    new = made(alice)["token"]
    kids = {jwt.get_unverified_header(token)["kid"] for token in (old, new)}
    assert len(kids) == 2
    assert [record.check(token).outcome for token in (old, new)] == ["valid", "valid"]
    settings.SECRET_KEY = "another secret key, of at least fifty characters, for this test alone"
    assert [record.check(token).outcome for token in (old, new)] == ["invalid", "valid"]


def test_the_page_is_asked_so_often_and_no_more(office: Office, settings: Any) -> None:
    from core import throttles

    settings.RATE_LIMITS = True
    settings.RATES = {**settings.RATES, "verify": "2/minute"}
    throttles._rate.cache_clear()
    client = Client(REMOTE_ADDR="10.99.1.2")
    answers = [client.post("/verify/", {"record": "x"}).status_code for _ in range(3)]
    throttles._rate.cache_clear()
    assert answers == [200, 200, 429]
