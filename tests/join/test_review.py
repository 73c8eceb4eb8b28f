"""What reviewers decide, through the admin, and what it means for the applicant."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from agents.models import Agent, Skill, User
from agents.onboarding import letters
from agents.onboarding.actions import applying, reviewing, testing
from agents.onboarding.models import Application, ApplicationLog, Blueprint, Decision
from agents.tokens import log_in, principal_of_token
from core.problems import Problem
from core.states import Stale
from tests.factories import enter
from tests.join.people import (
    PASSWORD,
    applicant,
    bank,
    file,
    handed_in,
    passed,
    photo,
    reviewer,
    right,
    session,
    trained,
)
from tests.office import Caller, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita() -> User:
    return reviewer()


@pytest.fixture
def room(rita: User) -> Client:
    client = Client()
    enter(client, rita)
    return client


def do(room: Client, act: str, application: Application, **fields: Any) -> Any:
    """Press a button of her page, and answer its question."""
    address = reverse(f"admin:onboarding_application_{act}_one", args=[application.pk])
    return room.post(address, fields, follow=True)


def state(application: Application) -> str:
    application.refresh_from_db()
    return application.state


def told(application: Application) -> str:
    """The last mail to her."""
    letters.send()
    return str([each for each in mail.outbox if each.to == [application.email]][-1].body)


def admit(room: Client, application: Application, office: Office, supervised: int = 2) -> Agent:
    do(room, "admit", application, desks=[office.desk.pk], supervised=supervised)
    assert state(application) == "probation"
    assert application.agent is not None
    return application.agent


def converse(office: Office, agent: Agent) -> str:
    """One conversation of hers with a customer, up to its end; the ticket's id."""
    from agents import presence
    from dispatch import waves
    from tests.office import AgentCaller

    presence.connect(agent.pk)
    caller = AgentCaller(agent)
    caller.go("online")
    kim = office.asks()
    waves.run()
    caller.ok("POST", f"/agent/offers/{caller.offer()['id']}/accept", {})
    caller.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    return str(kim.ticket.pk)


def test_what_is_missing_is_said_and_without_it_nothing_is_handed_in() -> None:
    nora = applicant()
    bank()
    browser = session(nora)
    page = browser.get("/join/status/").content.decode()
    for words in ("a photo of your identity document", "a passed language test", "the training"):
        assert words in page
    browser.post("/join/hand-in/")
    assert state(nora) == "preparing"


def test_from_the_queue_to_certified_with_two_conversations_looked_at(
    room: Client, rita: User, office: Office
) -> None:
    parcels = Skill.objects.create(slug="parcels-y", name="Parcels")
    bank(), bank(skill=parcels)
    nora = applicant(skills={parcels.pk: 4})
    for blueprint in Blueprint.objects.all():
        passed(nora, blueprint)
    session(nora).post("/join/identity/", {"kind": "card", "file": file(photo())})
    trained(nora)
    session(nora).post("/join/hand-in/")
    assert state(nora) == "waiting"
    listed = room.get(reverse("admin:onboarding_application_changelist"), {"state": "waiting"})
    assert nora.email in str(listed.content) or "Nora" in listed.content.decode()
    page = room.get(reverse("admin:onboarding_application_change", args=[nora.pk])).content.decode()
    for words in ("Nora", "English 4 → 4", "Parcels 4 → 4", "Download", "handed in"):
        assert words in page, words
    assert (
        room.get(
            reverse("admin:onboarding_attempt_change", args=[nora.attempts.all()[0].pk])
        ).status_code
        == 200
    )

    agent = admit(room, nora, office)
    assert {row.code: row.level for row in agent.languages.all()} == {"en": 4}
    assert {row.skill_id: row.level for row in agent.skills.all()} == {parcels.pk: 4}
    assert agent.presence.capacity == 1
    assert "your first 2 conversations" in told(nora)
    assert session(nora).get("/agent/").status_code == 200

    tickets = [converse(office, agent) for _ in range(2)]
    assert [str(row.ticket_id) for row in nora.supervised.all()] == tickets
    refused = do(room, "certify", nora, words="")
    assert "0 of 2 conversations were looked at" in refused.content.decode()
    assert state(nora) == "probation"
    for row in nora.supervised.all():
        judge = reverse("admin:onboarding_application_judge", args=[row.pk])
        assert "required" in room.post(judge, {"fine": "yes", "words": " "}).content.decode()
        room.post(judge, {"fine": "yes", "words": "Warm, and to the point."})
    assert "Warm, and to the point." in session(nora).get("/join/status/").content.decode()
    do(room, "certify", nora, words="Welcome to the team.")
    assert state(nora) == "certified"
    assert "Welcome to the team." in told(nora)
    assert [row.now for row in ApplicationLog.objects.filter(of=nora)] == [
        "preparing", "waiting", "probation", "certified",
    ]  # fmt: skip
    assert {row.by for row in Decision.objects.filter(application=nora)} == {rita}
    # Certified, her conversations are her own.
    converse(office, agent)
    assert nora.supervised.count() == 2


def test_others_conversations_are_nobodys_to_look_at(room: Client, office: Office) -> None:
    nora = handed_in()
    admit(room, nora, office)
    kim, alice = office.talk()
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    assert not nora.supervised.exists()


def test_another_document_is_asked_for_with_a_reason_that_she_reads(room: Client) -> None:
    nora = handed_in()
    assert "required" in do(room, "ask_document", nora, reason="").content.decode()
    do(room, "ask_document", nora, reason="The corners are cut off.")
    assert state(nora) == "preparing"
    assert "The corners are cut off." in told(nora)
    browser = session(nora)
    for page in ("/join/status/", "/join/identity/"):
        assert "The corners are cut off." in browser.get(page).content.decode()
    browser.post("/join/hand-in/")
    assert state(nora) == "preparing", "not without another one"
    browser.post("/join/identity/", {"kind": "passport", "file": file(photo((1200, 900)))})
    browser.post("/join/hand-in/")
    assert state(nora) == "waiting"


def test_a_no_is_in_writing_and_may_be_taken_back(room: Client) -> None:
    nora = handed_in()
    assert "required" in do(room, "decline", nora, reason="  ").content.decode()
    assert state(nora) == "waiting"
    do(room, "decline", nora, reason="The document belongs to somebody else.")
    assert state(nora) == "declined"
    assert "The document belongs to somebody else." in told(nora)
    browser = session(nora)
    page = browser.get("/join/status/").content.decode()
    assert "The document belongs to somebody else." in page
    assert 'data-step="review" data-how="refused"' in page
    # And nothing goes on meanwhile.
    assert browser.post("/join/hand-in/").status_code == 302
    with pytest.raises(Stale):
        testing.start(nora.pk, Blueprint.objects.get(language="en").pk)
    assert state(nora) == "declined"
    do(room, "reopen", nora, reason="It was our mistake.")
    assert state(nora) == "preparing"
    browser.post("/join/hand-in/")
    assert state(nora) == "waiting", "nothing that was done is lost"


def test_who_is_declined_on_probation_can_do_nothing_as_an_agent_any_more(
    room: Client, office: Office
) -> None:
    nora = handed_in()
    agent = admit(room, nora, office)
    token, _until, _agent = log_in(nora.email, PASSWORD)
    phone, browser = Caller(token), session(nora)
    assert phone.ok("GET", "/agent/me")
    do(room, "decline", nora, reason="Two customers were insulted.")
    phone.refused(401, "GET", "/agent/me")
    assert principal_of_token(token) is None
    for path in ("/api/v1/agent/me", "/api/v1/agent/earnings", "/api/v1/agent/open-tickets"):
        assert browser.get(path).status_code == 401
    put = browser.put(
        "/api/v1/agent/presence", {"presence": "online"}, content_type="application/json"
    )
    assert put.status_code == 401
    with pytest.raises(Problem) as refused:
        log_in(nora.email, PASSWORD)
    assert refused.value.status_code == 403
    assert browser.get("/agent/").headers["Location"] == "/join/status/"
    assert browser.get("/agent/decisions/").status_code == 403
    agent.presence.refresh_from_db()
    assert (agent.presence.state, list(agent.desks.all())) == ("offline", [])
    # Opened again, she starts from her steps, not as an agent.
    do(room, "reopen", nora, reason="After a talk.")
    assert browser.get("/api/v1/agent/me").status_code == 401


def test_an_applicant_is_nobody_in_the_agents_api(office: Office) -> None:
    nora = handed_in()
    browser = session(nora)
    assert browser.get("/api/v1/agent/me").status_code == 401
    Caller().refused(403, "POST", "/agent/token", {"email": nora.email, "password": PASSWORD})


def test_nobody_decides_on_her_own_application(rita: User, office: Office) -> None:
    nora = handed_in()
    user = nora.user
    assert user is not None
    user.is_staff = user.is_superuser = True
    user.save()
    own = Client()
    enter(own, user)
    page = do(own, "admit", nora, desks=[office.desk.pk], supervised=1)
    assert "your own application" in page.content.decode()
    assert state(nora) == "waiting"
    for decide in (
        lambda: reviewing.decline(nora.pk, user, "no"),
        lambda: reviewing.ask_document(nora.pk, user, "no"),
        lambda: reviewing.ask_again(nora.pk, user, "no"),
    ):
        with pytest.raises(Problem) as refused:
            decide()
        assert refused.value.status_code == 403
    with pytest.raises(DatabaseError), transaction.atomic():
        Application.objects.filter(pk=nora.pk).update(reviewer=user)


def test_staff_without_the_right_decide_nothing(office: Office) -> None:
    nora = handed_in()
    staff = User.objects.create_user("staff@example.com", "x", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_application"))
    client = Client()
    enter(client, staff)
    page = client.get(reverse("admin:onboarding_application_change", args=[nora.pk]))
    assert page.status_code == 200
    assert "Decline" not in page.content.decode()
    assert do(client, "decline", nora, reason="no").status_code == 403
    assert state(nora) == "waiting"


def test_a_link_alone_decides_nothing(room: Client) -> None:
    nora = handed_in()
    for act in ("admit", "decline", "ask_document", "send_back"):
        page = room.get(reverse(f"admin:onboarding_application_{act}_one", args=[nora.pk]))
        assert page.status_code == 200
    assert state(nora) == "waiting"


def test_nobody_is_admitted_without_a_desk_or_before_all_is_marked(
    room: Client, office: Office
) -> None:
    bank(free=1)
    nora = applicant()
    attempt = testing.start(nora.pk, Blueprint.objects.get(language="en").pk)
    right(attempt)
    testing.submit(attempt)
    session(nora).post("/join/identity/", {"kind": "card", "file": file(photo())})
    trained(nora)
    session(nora).post("/join/hand-in/")
    assert state(nora) == "waiting"
    assert "at least one desk" in do(room, "admit", nora, supervised=1).content.decode()
    page = do(room, "admit", nora, desks=[office.desk.pk], supervised=1).content.decode()
    assert "not marked yet" in page
    item = attempt.items.get(kind="free")
    marking = reverse("admin:onboarding_attempt_mark_answers", args=[attempt.pk])
    assert "Sorry that it is late" in room.get(marking).content.decode()
    for wrong in ("3", "-1", "many"):
        room.post(marking, {f"item-{item.pk}": wrong})
        assert testing.Attempt.objects.get(pk=attempt.pk).state == "marking"
    room.post(marking, {f"item-{item.pk}": "2"})
    admit(room, nora, office)


def test_of_two_decisions_the_second_finds_it_decided(rita: User) -> None:
    nora = handed_in()
    reviewing.ask_document(nora.pk, rita, "Too dark.")
    with pytest.raises(Stale):
        reviewing.ask_document(nora.pk, reviewer(), "Too bright.")
    with pytest.raises(Stale):
        applying.hand_in(Application.objects.create(**_row(nora)).pk, [])
    assert Decision.objects.filter(application=nora).count() == 1


def _row(nora: Application) -> dict[str, Any]:
    """Another application as it is before its address is proven."""
    names = ("email", "name", "country", "time_zone", "hours", "consent_at", "link_until")
    return {name: getattr(nora, name) for name in names}


@pytest.mark.parametrize("table", ["applicationlog", "decision"])
def test_what_was_decided_is_kept_as_it_was(rita: User, table: str) -> None:
    from django.db import connection

    reviewing.decline(handed_in().pk, rita, "No.")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM onboarding_{table}")
