"""…/messages of both sides: said once, in order, and found again after any gap."""

import json

import pytest
from django.db import connection

from tests.office import Heard, Office, some_id
from tickets.models import Message


def test_messages_are_numbered_without_gaps_across_both_sides(office: Office) -> None:
    kim, alice = office.talk()
    kim.say("one")
    alice.ok("POST", f"/agent{kim.here[5:]}/messages", {"client_id": some_id(), "text": "two"}, 201)
    kim.say("three")
    for reader, path in ((kim, kim.here), (alice, f"/agent{kim.here[5:]}")):
        page = reader.ok("GET", f"{path}/messages")
        assert [message["seq"] for message in page["messages"]] == [1, 2, 3, 4]
        assert [message["sender"] for message in page["messages"]] == [
            "customer",
            "customer",
            "agent",
            "customer",
        ]
        assert page["last_seq"] == 4


def test_a_client_resumes_after_the_last_seq_it_has(office: Office) -> None:
    kim = office.asks()
    for text in ("b", "c", "d"):
        kim.say(text)
    assert kim.texts(after=2) == ["c", "d"]
    assert kim.texts(after=4) == []
    page = kim.ok("GET", f"{kim.here}/messages?after=1&limit=2")
    assert [message["seq"] for message in page["messages"]] == [2, 3]
    assert page["last_seq"] == 4


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=",
        "after=1.5",
        "after=%00",
        "limit=0",
        "limit=-5",
        "limit=all",
    ],
)
def test_an_odd_query_is_refused_in_words(office: Office, query: str) -> None:
    kim = office.asks()
    problem = kim.refused(400, "GET", f"{kim.here}/messages?{query}")
    name = query.split("=")[0]
    assert "whole number from" in problem["errors"][name][0]


@pytest.mark.parametrize("query", ["after=9999999999", "limit=201", "limit=1000000"])
def test_more_than_there_is_counts_as_all_there_is(office: Office, query: str) -> None:
    kim = office.asks()
    assert kim.ok("GET", f"{kim.here}/messages?{query}")["last_seq"] == 1


def test_unknown_query_parameters_do_no_harm(office: Office) -> None:
    kim = office.asks()
    kim.ok("GET", f"{kim.here}/messages?utm_source={'x' * 4000}")


def test_a_repeat_is_200_with_the_first_message(office: Office) -> None:
    kim = office.asks()
    body = {"client_id": some_id(), "text": "Once"}
    first = kim.ok("POST", f"{kim.here}/messages", body, 201)
    again = kim.ok("POST", f"{kim.here}/messages", {**body, "text": "Other words"}, 200)
    assert again == first
    assert kim.texts() == ["Hello", "Once"]


@pytest.mark.parametrize("key", ["6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a13", "message no. 2"])
def test_an_idempotency_key_names_a_message_too(office: Office, key: str) -> None:
    kim, alice = office.talk()
    for caller, path in ((kim, kim.here), (alice, f"/agent{kim.here[5:]}")):
        first = caller.ok("POST", f"{path}/messages", {"text": "Yes"}, 201, idempotency_key=key)
        again = caller.ok("POST", f"{path}/messages", {"text": "Yes"}, 200, idempotency_key=key)
        assert again == first
    assert kim.texts() == ["Hello", "Yes", "Yes"]


def test_two_agents_may_use_the_same_free_text_key_in_one_conversation(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{path}/messages", {"text": "I am Alice"}, 201, idempotency_key="1")
    alice.ok("POST", f"{path}/release", {})
    bob = office.works("Bob")
    bob.ok("POST", f"{path}/claim", {})
    bob.ok("POST", f"{path}/messages", {"text": "I am Bob"}, 201, idempotency_key="1")
    assert kim.texts() == ["Hello", "I am Alice", "I am Bob"]


def test_a_client_id_counts_per_sender(office: Office) -> None:
    kim, alice = office.talk()
    body = {"client_id": some_id(), "text": "Same name, other side"}
    kim.ok("POST", f"{kim.here}/messages", body, 201)
    alice.ok("POST", f"/agent{kim.here[5:]}/messages", body, 201)


def test_a_repeat_after_the_end_still_finds_its_message(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}"
    said, answered = kim.say("Last word"), some_id()
    first = alice.ok("POST", f"{path}/messages", {"client_id": answered, "text": "Bye"}, 201)
    alice.ok("POST", f"{path}/release", {})
    assert alice.ok("POST", f"{path}/messages", {"client_id": answered, "text": "Bye"}) == first
    kim.ok("POST", f"{kim.here}/close", {})
    body = {"client_id": said["client_id"], "text": "Last word"}
    assert kim.ok("POST", f"{kim.here}/messages", body) == said


def test_after_the_end_nothing_new_is_said(office: Office) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    for caller, path in ((kim, kim.here), (alice, f"/agent{kim.here[5:]}")):
        with office.unchanged():
            problem = caller.refused(
                409, "POST", f"{path}/messages", {"client_id": some_id(), "text": "Wait"}
            )
        assert problem["state"] == "resolved"
        assert "not sent" in problem["detail"]


@pytest.mark.parametrize("human", [False, True])
def test_a_customer_may_write_before_a_person_is_there(office: Office, human: bool) -> None:
    kim = office.asks(human=human)
    kim.say("And also")
    assert kim.texts() == ["Hello", "And also"]


def test_an_agent_can_write_only_in_her_own_conversation(office: Office) -> None:
    kim, _alice = office.talk()
    bob = office.works("Bob")
    path = f"/agent{kim.here[5:]}/messages"
    with office.unchanged():
        bob.refused(404, "POST", path, {"client_id": some_id(), "text": "Hi"})
        bob.refused(404, "GET", path)


def test_both_sides_hear_a_message_and_nobody_else(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    lee, bob = office.asks(), office.works("Bob")
    heard.forget()
    said = kim.say("Hello?")
    for who in (kim.customer, alice.agent):
        assert heard.by(who) == [
            {"type": "message.posted", "ticket_id": str(kim.ticket.pk), "message": said}
        ]
    assert heard.by(lee.customer) == heard.by(bob.agent) == []


def test_a_repeat_is_not_published_again(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    said = kim.say("Hello?")
    heard.forget()
    kim.say("Hello?", status=200, client_id=said["client_id"])
    assert heard.by(alice.agent) == []


def test_an_empty_attachment_list_is_fine_and_a_file_is_refused(office: Office) -> None:
    kim = office.asks()
    assert kim.say("With nothing", attachments=[])["attachments"] == []
    problem = kim.refused(
        400,
        "POST",
        f"{kim.here}/messages",
        {"client_id": some_id(), "text": "Look", "attachments": [{"name": "a.png"}]},
    )
    assert "Attachments can't be sent yet" in problem["errors"]["attachments"][0]


@pytest.mark.parametrize(
    "text",
    ["👩‍👩‍👧 emoji", "שלום", "<b>bold</b> &amp; 'quotes'", "a\nb\tc", "x" * 20_000, "\ud83d\ude00"],
)
def test_any_text_comes_back_as_it_was_said(office: Office, text: str) -> None:
    kim = office.asks()
    wanted = text.encode("utf-16", "surrogatepass").decode("utf-16")
    assert kim.say(text)["text"] == wanted
    assert kim.texts(after=1) == [wanted]
    assert Message.objects.get(ticket=kim.ticket, seq=2).text == wanted


def test_a_message_changes_nothing_that_is_indexed(office: Office) -> None:
    kim, alice = office.talk()
    alice.ok(
        "POST", f"/agent{kim.here[5:]}/messages", {"client_id": some_id(), "text": "Yes?"}, 201
    )
    with connection.cursor() as cursor:
        row = "SELECT to_jsonb(t) FROM tickets_ticket t WHERE id = %s"
        cursor.execute(row, [kim.ticket.pk])
        before = json.loads(cursor.fetchone()[0])
        kim.say("So it is")
        cursor.execute(row, [kim.ticket.pk])
        after = json.loads(cursor.fetchone()[0])
        cursor.execute(
            "SELECT string_agg(indexdef, ' ') FROM pg_indexes WHERE tablename = 'tickets_ticket'"
        )
        indexed = cursor.fetchone()[0]
    changed = {name for name, value in after.items() if value != before[name]}
    assert {"last_seq", "last_message_at", "owed_since"} <= changed
    # Postgres then updates the row in place: half the log, and nothing to tidy up.
    assert {name for name in changed if name in indexed} == set()


def test_an_answer_after_the_hand_over_is_refused_with_what_happened(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent/tickets/{kim.ticket.pk}"
    sent = {"client_id": some_id(), "text": "One moment"}
    alice.ok("POST", f"{path}/messages", sent, 201)
    alice.ok("POST", f"{path}/release", {})
    late = alice.refused(409, "POST", f"{path}/messages", {"client_id": some_id(), "text": "Well"})
    assert late["state"] == "waiting"
    assert "no longer yours" in late["detail"]
    alice.ok("POST", f"{path}/messages", sent, 200)
    assert kim.texts() == ["Hello", "One moment"]
