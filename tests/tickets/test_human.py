"""POST …/human: a person in one tap, from any state, never argued with."""

from tests.factories import go_online
from tests.office import Heard, Office


def test_asking_for_a_person_joins_the_queue(office: Office, heard: Heard) -> None:
    kim = office.asks(human=False)
    heard.forget()
    ticket = kim.ok("POST", f"{kim.here}/human", {})
    assert (ticket["state"], ticket["position"]) == ("waiting", 1)
    (told,) = heard.by(kim.customer)
    assert told["ticket"]["state"] == "waiting"
    assert heard.wakes == 1


def test_asking_again_changes_nothing(office: Office, heard: Heard) -> None:
    kim = office.asks(human=False)
    kim.ok("POST", f"{kim.here}/human", {})
    since = kim.now()
    heard.forget()
    again = kim.ok("POST", f"{kim.here}/human")
    assert {**again, "as_of": ""} == {**since, "as_of": ""}
    assert heard.by(kim.customer) == []


def test_who_already_talks_to_a_person_gets_just_that_ticket(office: Office) -> None:
    kim, _alice = office.talk()
    ticket = kim.ok("POST", f"{kim.here}/human", {})
    assert ticket["state"] == "active"
    assert ticket["agent"] == {"name": "Alice", "photo": None}


def test_after_the_end_it_is_a_409_with_the_state(office: Office) -> None:
    kim = office.asks()
    kim.ok("POST", f"{kim.here}/close", {})
    with office.unchanged():
        assert kim.refused(409, "POST", f"{kim.here}/human", {})["state"] == "abandoned"


def test_waiting_starts_when_she_asks_for_a_person(office: Office) -> None:
    kim = office.asks(human=False)
    before = kim.now()
    go_online(office.agent("Alice"))
    lee = office.asks()
    kim.ok("POST", f"{kim.here}/human", {})
    assert before["position"] is None
    assert (lee.now()["position"], kim.now()["position"]) == (1, 2)
