"""/agent/canned-replies: what is chosen by "/", shared by a desk or an agent's own."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.factories import make_desk, make_queue
from tests.office import Office, some_id
from tickets.models import CannedReply

HERE = "/agent/canned-replies"


def shared(desk: Any, shortcut: str = "hello", **more: Any) -> CannedReply:
    """One that the desk shares."""
    row = CannedReply(desk=desk, **{"shortcut": shortcut, "text": "Hello {customer}", **more})
    row.full_clean()
    row.save()
    return row


def own(agent: Any, shortcut: str = "mine", status: int = 201, **more: Any) -> dict[str, Any]:
    """One of her own."""
    body = {"client_id": some_id(), "shortcut": shortcut, "text": "Mine", **more}
    made: dict[str, Any] = agent.ok("POST", HERE, body, status)
    return made


def shortcuts(agent: Any) -> list[str]:
    """What she may choose from."""
    return [reply["shortcut"] for reply in agent.ok("GET", HERE)["replies"]]


def test_she_gets_what_her_desks_share_and_her_own_and_nobody_elses(office: Office) -> None:
    queue = make_queue(office.desk, "returns")
    shared(office.desk, queue=queue, language="de")
    elsewhere = Office(make_desk())
    shared(elsewhere.desk, "foreign")
    alice, bob = office.works("Alice"), office.works("Bob")
    own(alice)
    own(bob, "bobs")
    hello, mine = alice.ok("GET", HERE)["replies"]
    assert (hello["own"], hello["desk"], hello["topic"], hello["language"]) == (
        False,
        office.desk.key,
        "returns",
        "de",
    )
    assert (mine["own"], mine["desk"], mine["shortcut"]) == (True, None, "mine")


def test_a_phone_that_has_this_version_does_not_load_it_again(office: Office) -> None:
    row = shared(office.desk)
    alice = office.works("Alice")
    first = alice.send("GET", HERE)
    tag = first.headers["ETag"]
    assert tag == f'"{first.json()["version"]}"'
    for known in (tag, f"W/{tag}"):
        same = alice.send("GET", HERE, if_none_match=known)
        assert (same.status_code, same.content) == (304, b"")
    mine = own(alice)
    changed = alice.send("GET", HERE, if_none_match=tag)
    assert changed.status_code == 200
    alice.ok("DELETE", f"{HERE}/{mine['id']}", status=204)
    assert alice.send("GET", HERE, if_none_match=tag).status_code == 304
    row.text = "Hi {customer}"
    row.save()
    assert alice.send("GET", HERE, if_none_match=tag).status_code == 200
    office.desk.agents.remove(alice.agent)
    assert shortcuts(alice) == []


def test_a_repeat_is_200_with_the_first_reply(office: Office) -> None:
    alice = office.works("Alice")
    name = some_id()
    first = own(alice, client_id=name)
    assert own(alice, "other", 200, client_id=name) == first
    assert shortcuts(alice) == ["mine"]


def test_her_own_are_changed_and_deleted_by_her_alone(office: Office) -> None:
    alice, bob = office.works("Alice"), office.works("Bob")
    mine, common = own(alice), shared(office.desk)
    for reply in (mine["id"], common.pk):
        for method, body in (("PUT", {"shortcut": "x", "text": "X"}), ("DELETE", {})):
            bob.refused(404, method, f"{HERE}/{reply}", body)
    alice.refused(404, "DELETE", f"{HERE}/{common.pk}")
    changed = alice.ok("PUT", f"{HERE}/{mine['id']}", {"shortcut": "my-own", "text": "{order}?"})
    assert (changed["shortcut"], changed["text"]) == ("my-own", "{order}?")
    alice.ok("DELETE", f"{HERE}/{mine['id']}", status=204)
    alice.refused(404, "DELETE", f"{HERE}/{mine['id']}")
    assert shortcuts(alice) == ["hello"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"shortcut": "two words"}, "shortcut"),
        ({"shortcut": ""}, "shortcut"),
        ({"shortcut": "x" * 31}, "shortcut"),
        ({"text": ""}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "Hello {customer"}, "text"),
        ({"text": "Hello { customer }"}, "text"),
        ({"language": "german"}, "language"),
        ({"language": "D"}, "language"),
        ({"title": "x" * 81}, "title"),
        ({"desk": "mine"}, "desk"),
    ],
)
def test_what_is_no_reply_is_refused_at_its_field(
    office: Office, wrong: dict[str, str], field: str
) -> None:
    alice = office.works("Alice")
    body = {"client_id": some_id(), "shortcut": "x", "text": "X", **wrong}
    assert field in alice.refused(400, "POST", HERE, body)["errors"]
    assert shortcuts(alice) == []


def test_a_shortcut_is_hers_once_in_each_language(office: Office) -> None:
    alice = office.works("Alice")
    own(alice, "hi", language="de")
    own(alice, "hi", language="en")
    again = {"client_id": some_id(), "shortcut": "hi", "text": "X", "language": "de"}
    assert "already" in alice.refused(400, "POST", HERE, again)["errors"]["shortcut"][0]


def test_nobody_keeps_more_than_two_hundred(office: Office) -> None:
    alice = office.works("Alice")
    CannedReply.objects.bulk_create(
        CannedReply(agent=alice.agent, shortcut=f"r{n}", text="X") for n in range(200)
    )
    body = {"client_id": some_id(), "shortcut": "more", "text": "X"}
    assert "Delete one" in alice.refused(409, "POST", HERE, body)["detail"]


def test_a_shared_reply_names_a_queue_of_its_own_desk(office: Office) -> None:
    other = make_queue(make_desk(), "elsewhere")
    with pytest.raises(ValidationError, match="another desk"):
        shared(office.desk, queue=other)
    shared(office.desk)
    with pytest.raises(ValidationError, match="already"):
        shared(office.desk)
