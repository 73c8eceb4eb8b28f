"""POST …/rating: once, after the end."""

import json

import pytest

from tests.office import AgentCaller, CustomerCaller, Office


@pytest.fixture
def kim(office: Office) -> CustomerCaller:
    """A customer whose conversation was resolved."""
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    return kim


def test_a_rating_is_kept_and_shown_as_given(kim: CustomerCaller) -> None:
    assert kim.now()["rated"] is False
    given = kim.ok("POST", f"{kim.here}/rating", {"score": 4, "comment": "Quick"}, 201)
    assert given == {"score": 4, "comment": "Quick"}
    assert kim.now()["rated"] is True


def test_the_same_again_is_200_with_the_first(kim: CustomerCaller) -> None:
    for status in (201, 200, 200):
        assert kim.ok("POST", f"{kim.here}/rating", {"score": 4}, status) == {
            "score": 4,
            "comment": "",
        }


def test_another_rating_is_refused(kim: CustomerCaller, office: Office) -> None:
    kim.ok("POST", f"{kim.here}/rating", {"score": 4}, 201)
    with office.unchanged():
        problem = kim.refused(409, "POST", f"{kim.here}/rating", {"score": 1})
    assert "already rated" in problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"score": 0},
        {"score": 6},
        {"score": "good"},
        {"score": None},
        {"score": 4.5},
        {"score": 5, "stars": 5},
        {"score": 5, "comment": "x" * 2001},
    ],
)
def test_what_is_no_rating_is_refused(
    kim: CustomerCaller, office: Office, body: dict[str, object]
) -> None:
    with office.unchanged():
        kim.refused(400, "POST", f"{kim.here}/rating", body)


def test_an_open_conversation_cannot_be_rated(office: Office) -> None:
    kim, _alice = office.talk()
    with office.unchanged():
        problem = kim.refused(409, "POST", f"{kim.here}/rating", {"score": 5})
    assert problem["state"] == "active"


def test_a_foreign_conversation_cannot_be_rated(kim: CustomerCaller, office: Office) -> None:
    lee = office.asks()
    with office.unchanged():
        lee.refused(404, "POST", f"{kim.here}/rating", {"score": 1})


def test_the_agent_sees_only_the_mean_of_her_day(office: Office, kim: CustomerCaller) -> None:
    kim.ok("POST", f"{kim.here}/rating", {"score": 2, "comment": "MARKER slow"}, 201)
    me = AgentCaller(office.agents[0]).me()
    assert me["today"]["rating"] == 2.0
    assert "MARKER" not in json.dumps(me)
