"""POST and GET /api/v1/chat/tickets: a conversation begins, and its customer looks at it."""

import pytest

from tests.factories import make_customer, make_queue
from tests.office import Caller, Office, some_id
from tickets.models import Message, Ticket
from tickets.sessions import token_for

TICKETS = "/chat/tickets"


def test_a_question_goes_to_the_assistant_first(office: Office) -> None:
    kim = Caller(token_for(make_customer(office.desk)))
    ticket = kim.ok("POST", TICKETS, {"client_id": some_id(), "text": "Hello"}, 201)
    assert (ticket["state"], ticket["position"], ticket["agent"]) == ("assistant", None, None)
    assert (ticket["last_seq"], ticket["own_read_seq"], ticket["rated"]) == (1, 1, False)


def test_asking_for_a_person_waits_at_once(office: Office) -> None:
    kim = Caller(token_for(make_customer(office.desk)))
    ticket = kim.ok("POST", TICKETS, {"client_id": some_id(), "text": "Hi", "human": True}, 201)
    assert (ticket["state"], ticket["position"]) == ("waiting", 1)


def test_a_repeat_answers_with_the_first_ticket(office: Office) -> None:
    kim = Caller(token_for(make_customer(office.desk)))
    body = {"client_id": some_id(), "text": "Hello", "human": True}
    first, again = (kim.ok("POST", TICKETS, body, 201) for _ in range(2))
    assert again["id"] == first["id"]
    assert Message.objects.filter(ticket_id=first["id"]).count() == 1


@pytest.mark.parametrize("key", ["6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a12", "ticket no. 1"])
def test_an_idempotency_key_names_a_ticket_too(office: Office, key: str) -> None:
    kim = Caller(token_for(make_customer(office.desk)))
    first, again = (
        kim.ok("POST", TICKETS, {"text": "Hello"}, 201, idempotency_key=key) for _ in range(2)
    )
    assert again["id"] == first["id"]
    other = Caller(token_for(make_customer(office.desk)))
    assert other.ok("POST", TICKETS, {"text": "Hi"}, 201, idempotency_key=key)["id"] != first["id"]


def test_a_repeat_after_the_end_still_answers_with_the_first_ticket(office: Office) -> None:
    kim = office.asks()
    kim.ok("POST", f"{kim.here}/close", {})
    again = kim.ok("POST", TICKETS, {"client_id": str(kim.ticket.client_id), "text": "Hello"}, 201)
    assert (again["id"], again["state"]) == (str(kim.ticket.pk), "abandoned")


def test_a_second_open_ticket_is_a_409_with_the_first_ones_state(office: Office) -> None:
    kim = office.asks()
    with office.unchanged():
        problem = kim.refused(409, "POST", TICKETS, {"client_id": some_id(), "text": "Again"})
    assert problem["state"] == "waiting"
    assert str(kim.ticket.pk) in problem["detail"]


def test_after_the_end_a_new_ticket_may_be_opened(office: Office) -> None:
    kim = office.asks()
    kim.ok("POST", f"{kim.here}/close", {})
    new = kim.ok("POST", TICKETS, {"client_id": some_id(), "text": "Me again"}, 201)
    assert new["id"] != str(kim.ticket.pk)


def test_without_a_name_of_its_own_a_ticket_is_refused(office: Office) -> None:
    kim = Caller(token_for(make_customer(office.desk)))
    with office.unchanged():
        problem = kim.refused(400, "POST", TICKETS, {"text": "Hello"})
    assert "Idempotency-Key" in problem["errors"]["client_id"][0]


def test_an_endless_idempotency_key_is_refused(office: Office) -> None:
    kim = Caller(token_for(make_customer(office.desk)))
    problem = kim.refused(400, "POST", TICKETS, {"text": "Hello"}, idempotency_key="x" * 201)
    assert problem["errors"] == {"Idempotency-Key": ["At most 200 characters."]}


def test_a_topic_chooses_the_queue(office: Office) -> None:
    make_queue(office.desk, "payments", name="A payment")
    kim = office.asks(topic="payments")
    seen = kim.now()
    assert (seen["topic"], seen["topic_name"]) == ("payments", "A payment")


def test_a_topic_that_customers_may_not_choose_is_unknown_to_them(office: Office) -> None:
    make_queue(office.desk, "second-line", is_public=False)
    kim = Caller(token_for(make_customer(office.desk)))
    with office.unchanged():
        problem = kim.refused(
            400, "POST", TICKETS, {"client_id": some_id(), "text": "Hi", "topic": "second-line"}
        )
    assert problem["errors"]["topic"] == ["Unknown topic. Known: general."]


@pytest.mark.parametrize(
    ("wish", "locale", "language"),
    [
        ("de", "", "de"),
        ("de-AT", "fr", "de"),
        ("", "fr_FR", "fr"),
        ("", "", "en"),
        ("x1", "pt-BR", "pt"),
    ],
)
def test_the_language_is_the_wish_or_the_locales_or_the_desks(
    office: Office, wish: str, locale: str, language: str
) -> None:
    office.works("Polyglot", languages={"de": 3, "fr": 3, "pt": 3}, online=False)
    customer = make_customer(office.desk)
    customer.locale = locale
    customer.save()
    assert office.asks(customer=customer, language=wish).now()["language"] == language


def test_a_language_that_nobody_at_the_desk_speaks_is_answered_in_the_desks(office: Office) -> None:
    office.works("Alice", online=False)
    assert office.asks(language="ja").now()["language"] == "en"


def test_positions_follow_the_order_of_arrival(office: Office) -> None:
    line = [office.asks() for _ in range(3)]
    assert [kim.now()["position"] for kim in line] == [1, 2, 3]
    line[0].ok("POST", f"{line[0].here}/close", {})
    assert [kim.now()["position"] for kim in line] == [None, 1, 2]


def test_the_expected_wait_is_honest_when_nobody_is_there(office: Office) -> None:
    assert office.asks().now()["estimated_wait_s"] is None


def test_the_expected_wait_counts_slots_and_handling_time(office: Office) -> None:
    office.works("Alice", capacity=1)
    first, second = office.asks(), office.asks()
    pickup = 15 / 2
    assert first.now()["estimated_wait_s"] == round(pickup)
    assert second.now()["estimated_wait_s"] == round(pickup + 6 * 60)


def test_a_foreign_ticket_is_not_there(office: Office) -> None:
    kim, lee = office.asks(), office.asks()
    kim.refused(404, "GET", lee.here)
    kim.refused(404, "GET", f"/chat/tickets/{some_id()}")


def test_a_new_ticket_wakes_the_matching_once_committed(office: Office, heard) -> None:  # type: ignore[no-untyped-def]
    office.asks(human=False)
    assert heard.commit().wakes == 0
    office.asks(human=True)
    assert heard.commit().wakes == 1


def test_two_readings_of_a_ticket_say_which_is_later(office: Office) -> None:
    kim = office.asks()
    first, second = kim.now()["as_of"], kim.now()["as_of"]
    assert first < second
    assert Ticket.objects.get(pk=kim.ticket.pk).opened_at.isoformat() < second
