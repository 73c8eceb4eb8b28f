"""A rating is contested once, by whom it is about, and a person answers."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.exceptions import APIException

from agents.models import User
from core.states import Stale
from tests.factories import enter
from tests.office import AgentCaller, CustomerCaller, Office, some_id
from tickets import actions
from tickets.models import Contest

TEXT = "He was angry with the courier, not with me."
ANSWER = "The comment is about the courier."


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_superuser("sam@example.com", None)


@pytest.fixture
def talk(office: Office) -> tuple[CustomerCaller, AgentCaller]:
    """Kim gave Alice one star."""
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    kim.ok("POST", f"{kim.here}/rating", {"score": 1, "comment": "Late <i>again</i>"}, 201)
    return kim, alice


def contest(kim: CustomerCaller, alice: AgentCaller, text: str = TEXT, status: int = 201) -> Any:
    return alice.ok("POST", f"/agent{kim.here[5:]}/contest", {"text": text}, status)


def test_she_reads_what_customers_thought_and_never_who_they_were(talk: Any) -> None:
    kim, alice = talk
    page = alice.ok("GET", "/agent/ratings")
    assert (page["mean"], page["count"]) == (1.0, 1)
    (row,) = page["ratings"]
    assert (row["score"], row["comment"], row["topic_name"]) == (1, "Late <i>again</i>", "General")
    assert (row["counts"], row["contest"]) == (True, None)
    assert "Kim" not in str(page)
    assert str(kim.ticket.customer_id) not in str(page)


def test_it_is_contested_once(talk: Any) -> None:
    kim, alice = talk
    assert contest(kim, alice)["contest"] == {"state": "contested", "text": TEXT, "answer": ""}
    contest(kim, alice, status=200)
    problem = alice.refused(
        409, "POST", f"/agent{kim.here[5:]}/contest", {"text": "And then this."}
    )
    assert problem["type"].endswith(":contested-already")


def test_accepted_it_counts_in_no_mean(talk: Any, sam: User) -> None:
    kim, alice = talk
    contest(kim, alice)
    assert alice.me()["today"]["rating"] == 1.0
    made = Contest.objects.get()
    actions.decide_contest(contest_id=made.pk, by=sam, accepted=True, answer=ANSWER)
    assert alice.me()["today"]["rating"] is None
    page = alice.ok("GET", "/agent/ratings")
    assert (page["mean"], page["count"], page["ratings"][0]["counts"]) == (None, 0, False)
    assert page["ratings"][0]["contest"]["answer"] == ANSWER
    with pytest.raises(Stale):
        actions.decide_contest(contest_id=made.pk, by=sam, accepted=False, answer=ANSWER)


def test_refused_it_stays_with_a_reason(talk: Any, sam: User) -> None:
    kim, alice = talk
    contest(kim, alice)
    actions.decide_contest(
        contest_id=Contest.objects.get().pk, by=sam, accepted=False, answer=ANSWER
    )
    page = alice.ok("GET", "/agent/ratings")
    assert (page["mean"], page["ratings"][0]["contest"]["state"]) == (1.0, "refused")
    assert alice.me()["today"]["rating"] == 1.0


def test_nobody_contests_what_is_not_hers_or_was_not_rated(talk: Any, office: Office) -> None:
    kim, alice = talk
    bob = office.works("Bob")
    for caller, path in (
        (bob, f"/agent{kim.here[5:]}/contest"),
        (alice, f"/agent/tickets/{some_id()}/contest"),
    ):
        caller.refused(404, "POST", path, {"text": TEXT})
    assert bob.ok("GET", "/agent/ratings")["ratings"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "No"}, {"text": "x" * 30}, {"text": 5}, {"text": "x y" * 700},
     {"text": TEXT, "state": "accepted"}],
)  # fmt: skip
def test_what_says_nothing_is_refused_in_words(talk: Any, body: dict[str, Any]) -> None:
    kim, alice = talk
    assert alice.refused(400, "POST", f"/agent{kim.here[5:]}/contest", body)["errors"]
    assert not Contest.objects.exists()


def test_nobody_decides_about_her_own_and_none_without_a_reason(talk: Any, sam: User) -> None:
    kim, alice = talk
    contest(kim, alice)
    made = Contest.objects.get()
    with pytest.raises(APIException, match="her own"):
        actions.decide_contest(
            contest_id=made.pk, by=alice.agent.user, accepted=True, answer=ANSWER
        )
    with pytest.raises(APIException):
        actions.decide_contest(contest_id=made.pk, by=sam, accepted=False, answer="No")
    with pytest.raises(IntegrityError), transaction.atomic():
        Contest.objects.filter(pk=made.pk).update(state="refused")


def test_a_supervisor_answers_in_the_admin(talk: Any, sam: User, static_files: None) -> None:
    kim, alice = talk
    contest(kim, alice)
    made = Contest.objects.get()
    desk, looker = Client(), Client()
    enter(desk, sam)
    enter(looker, User.objects.create_user("lou@example.com", None, is_staff=True))
    page = f"/admin/tickets/contest/{made.pk}/accept/"
    assert looker.post(page, {"answer": ANSWER}).status_code == 403
    assert desk.post(page, {"answer": "No"}).status_code == 200
    assert desk.post(page, {"answer": ANSWER}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.decided_by_id) == ("accepted", sam.pk)


def test_her_page_lists_them_and_keeps_what_she_wrote(
    talk: Any, client: Client, static_files: None
) -> None:
    kim, alice = talk
    client.force_login(alice.agent.user)
    assert "Late &lt;i&gt;again" in client.get("/agent/ratings/").content.decode()
    form = {"ticket": str(kim.ticket.pk), "text": "Unfair!"}
    refused = client.post("/agent/ratings/", form)
    assert (refused.status_code, ">Unfair!</textarea>" in refused.content.decode()) == (400, True)
    assert client.post("/agent/ratings/", {**form, "text": TEXT}).status_code == 302
    assert "a person reads what you wrote" in client.get("/agent/ratings/").content.decode()
    for ticket in ("", "x", some_id()):
        assert client.post("/agent/ratings/", {"ticket": ticket, "text": TEXT}).status_code == 404
