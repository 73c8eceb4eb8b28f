"""POST …/resolve: the agent ends it."""

from tests.office import Heard, Office
from tickets.models import Assignment, Ticket


def test_resolving_ends_it_for_both_sides(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    heard.forget()
    done = alice.ok(
        "POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved", "note": "Sent again"}
    )
    assert (done["state"], done["note"]) == ("resolved", "Sent again")
    assert heard.kinds(alice.agent) == ["ticket.left", "ticket.changed"]
    (told,) = heard.by(kim.customer)
    assert told["ticket"]["state"] == "resolved"
    me = alice.me()
    assert (me["load"], me["tickets"]) == (0, [])
    assert Ticket.objects.get(pk=kim.ticket.pk).disposition == "solved"
    assert not Assignment.objects.filter(ticket=kim.ticket, ended_at=None).exists()


def test_resolving_again_is_a_409_with_the_state(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}/resolve"
    alice.ok("POST", path, {"disposition": "solved"})
    with office.unchanged():
        assert alice.refused(409, "POST", path, {"disposition": "solved"})["state"] == "resolved"


def test_who_had_it_before_learns_where_it_stands(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{path}/release", {})
    with office.unchanged():
        assert (
            alice.refused(409, "POST", f"{path}/resolve", {"disposition": "x"})["state"]
            == "waiting"
        )


def test_a_strangers_conversation_is_not_there(office: Office) -> None:
    kim, _alice = office.talk()
    bob = office.works("Bob")
    with office.unchanged():
        for verb, body in (
            ("resolve", {"disposition": "x"}),
            ("release", {}),
            ("transfer", {"queue": "general"}),
        ):
            bob.refused(404, "POST", f"/agent{kim.here[5:]}/{verb}", body)


def test_how_it_ended_has_to_be_said(office: Office) -> None:
    kim, alice = office.talk()
    with office.unchanged():
        problem = alice.refused(400, "POST", f"/agent{kim.here[5:]}/resolve", {})
    assert list(problem["errors"]) == ["disposition"]


def test_its_agent_may_read_what_she_resolved(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{path}/resolve", {"disposition": "solved"})
    assert len(alice.ok("GET", f"{path}/messages")["messages"]) == 1
