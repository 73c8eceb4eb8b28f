"""POST …/read: how far each side has read, told to the other."""

from tests.office import Heard, Office


def test_each_side_learns_how_far_the_other_has_read(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    kim.say("two")
    heard.forget()
    agents = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{agents}/read", {"seq": 2}, 204)
    assert heard.by(kim.customer) == [
        {"type": "message.read", "ticket_id": str(kim.ticket.pk), "seq": 2}
    ]
    assert kim.now()["read_seq"] == 2
    kim.ok("POST", f"{kim.here}/read", {"seq": 2}, 204)
    (mine,) = alice.me()["tickets"]
    assert (mine["read_seq"], mine["own_read_seq"]) == (2, 2)


def test_reading_never_goes_back_or_beyond_the_last_message(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    agents = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{agents}/read", {"seq": 2**31 - 1}, 204)
    assert kim.now()["read_seq"] == 1
    heard.forget()
    alice.ok("POST", f"{agents}/read", {"seq": 0}, 204)
    assert kim.now()["read_seq"] == 1
    assert heard.by(kim.customer) == []


def test_writing_is_reading(office: Office) -> None:
    kim, alice = office.talk()
    said = kim.say("two")
    assert kim.now()["own_read_seq"] == said["seq"]
    assert alice.me()["tickets"][0]["read_seq"] == said["seq"]


def test_a_foreign_ticket_cannot_be_read(office: Office) -> None:
    kim, _alice = office.talk()
    lee, bob = office.asks(), office.works("Bob")
    with office.unchanged():
        lee.refused(404, "POST", f"{kim.here}/read", {"seq": 1})
        bob.refused(404, "POST", f"/agent{kim.here[5:]}/read", {"seq": 1})


def test_a_seq_that_is_none_is_refused(office: Office) -> None:
    kim = office.asks()
    for seq in (-1, "x", None, 2**31, 1.5, [1], {}, "true"):
        with office.unchanged():
            problem = kim.refused(400, "POST", f"{kim.here}/read", {"seq": seq})
        assert list(problem["errors"]) == ["seq"]
