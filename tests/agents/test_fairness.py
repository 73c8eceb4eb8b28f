"""Suspension: by a named person, with written reasons, and an appeal that another person decides."""

import ast
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client, TestCase
from django.utils.translation import gettext, override
from rest_framework.exceptions import APIException

from agents import presence
from agents.fairness import actions, queries
from agents.fairness.models import Appeal, AppealLog, Suspension, SuspensionLog
from agents.models import Agent, Presence, User
from core import clock
from core.states import Stale
from ops.env import REPOSITORY
from tests.factories import enter, go_online
from tests.office import AgentCaller, Office
from tests.stack import until
from tickets.models import Ticket

WHY = "She copied a customer's address into a private chat."
ANSWER = "The log shows that it was another account. We are sorry."
APPEAL = "That was not me: I was on a train without my phone."


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_superuser(
        "sam@example.com", None, first_name="Sam", last_name="Vogt"
    )


@pytest.fixture
def robin(db: None) -> User:
    return User.objects.create_superuser("robin@example.com", None, first_name="Robin")


@pytest.fixture
def alice(office: Office) -> AgentCaller:
    return office.works("Alice")


def suspend(agent: Agent, by: User, **more: Any) -> Suspension:
    return actions.suspend(
        agent_id=agent.pk, by=by, **{"category": "privacy", "reasons": WHY, **more}
    )


def kind(problem: dict[str, Any]) -> str:
    return str(problem["type"].rpartition(":")[2])


# ---- being suspended -----------------------------------------------------------------------------


def test_who_is_suspended_is_offline_and_her_conversation_goes_back(
    office: Office, sam: User
) -> None:
    kim, alice = office.talk()
    suspend(alice.agent, sam)
    assert alice.me()["presence"] == "offline"
    ticket = Ticket.objects.get(pk=kim.ticket.pk)
    assert (ticket.state, ticket.agent_id) == ("waiting", None)


def test_she_is_told_by_event_that_it_was_this(office: Office, heard: Any, sam: User) -> None:
    alice = office.works("Alice")
    heard.forget()
    suspend(alice.agent, sam)
    (told,) = [frame for frame in heard.by(alice.agent) if frame["type"] == "presence.changed"]
    assert (told["presence"], told["reason"]) == ("offline", "suspended")


@pytest.mark.parametrize("to", ["online", "paused", "finishing"])
def test_she_cannot_go_online_and_is_told_where_it_says_why(
    alice: AgentCaller, sam: User, to: str
) -> None:
    suspend(alice.agent, sam)
    problem = alice.refused(403, "PUT", "/agent/presence", {"presence": to})
    assert kind(problem) == "suspended"
    assert "/agent/suspension/" in problem["detail"]
    assert alice.go("offline")["presence"] == "offline"


def test_the_database_itself_keeps_her_offline(alice: AgentCaller, sam: User) -> None:
    suspend(alice.agent, sam)
    with pytest.raises(IntegrityError, match="suspended_stay_offline"), transaction.atomic():
        Presence.objects.filter(pk=alice.agent.pk).update(state="online")


def test_who_was_lost_and_suspended_meanwhile_does_not_come_back_online(
    alice: AgentCaller, sam: User
) -> None:
    Presence.objects.filter(pk=alice.agent.pk).update(state="offline", was="online")
    suspend(alice.agent, sam)
    presence.connect(alice.agent.pk)
    presence.touch([alice.agent.pk])
    assert Presence.objects.get(pk=alice.agent.pk).state == "offline"


def test_she_keeps_her_earnings_payouts_and_record(alice: AgentCaller, sam: User) -> None:
    suspend(alice.agent, sam)
    for path in ("/agent/earnings", "/agent/payouts", "/agent/statements", "/agent/me"):
        alice.ok("GET", path)


def test_nobody_calls_her_in(office: Office, alice: AgentCaller, sam: User) -> None:
    from dispatch.call_ins import _off_duty

    alice.go("offline")
    assert [each.id for each in _off_duty({office.desk.pk})] == [alice.agent.pk]
    suspend(alice.agent, sam)
    assert _off_duty({office.desk.pk}) == []


def test_she_reads_who_when_why_and_until(alice: AgentCaller, sam: User) -> None:
    assert alice.ok("GET", "/agent/suspension") == {"suspension": None}
    until = clock.now() + timedelta(days=3)
    suspend(alice.agent, sam, until=until)
    read = alice.ok("GET", "/agent/suspension")["suspension"]
    assert (read["by"], read["reasons"], read["category"]) == ("Sam Vogt", WHY, "privacy")
    assert (read["in_force"], read["appeal"]) == (True, None)
    assert read["until"].startswith(f"{until:%Y-%m-%dT%H:%M}")


def test_its_time_ends_it_without_anybodys_hand(alice: AgentCaller, sam: User) -> None:
    made = suspend(alice.agent, sam, until=clock.now() + timedelta(days=3))
    Suspension.objects.filter(pk=made.pk).update(
        at=clock.now() - timedelta(days=4), until=clock.now() - timedelta(days=1)
    )
    assert alice.ok("GET", "/agent/suspension")["suspension"]["in_force"] is False
    assert alice.go("online")["presence"] == "online"
    again = suspend(alice.agent, sam)
    made.refresh_from_db()
    assert (made.state, again.state) == ("over", "in_force")


# ---- by a person, in writing ---------------------------------------------------------------------


@pytest.mark.parametrize("reasons", ["", "bad", "x" * 40, " " * 40, "a\x00" + WHY])
def test_reasons_that_are_none_suspend_nobody(alice: AgentCaller, sam: User, reasons: str) -> None:
    with pytest.raises(APIException):
        suspend(alice.agent, sam, reasons=reasons)
    assert not Suspension.objects.exists()
    assert alice.me()["presence"] == "online"


def test_a_time_that_has_passed_suspends_nobody(alice: AgentCaller, sam: User) -> None:
    with pytest.raises(APIException, match="This time has passed"):
        suspend(alice.agent, sam, until=clock.now() - timedelta(minutes=1))


def test_nobody_suspends_herself_or_the_same_person_twice(alice: AgentCaller, sam: User) -> None:
    with pytest.raises(APIException, match="Nobody suspends herself"):
        suspend(alice.agent, alice.agent.user)
    suspend(alice.agent, sam)
    with pytest.raises(APIException, match="suspended already"):
        suspend(alice.agent, sam)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reasons": ""},
        {"reasons": "  " * 40},
        {"suspended_by_id": None},
        {"category": "metrics"},
        {"state": "perhaps"},
    ],
)
def test_the_database_refuses_one_without_a_person_or_reasons(
    alice: AgentCaller, sam: User, wrong: dict[str, Any]
) -> None:
    fields = {"agent": alice.agent, "suspended_by_id": sam.pk, "category": "other", "reasons": WHY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(**{**fields, **wrong})


def test_nothing_but_the_admins_page_suspends_anybody() -> None:
    callers = set()
    rooms = ("agents", "tickets", "pay", "dispatch", "web", "core", "realtime", "config")
    for room in rooms:
        for file in (Path(REPOSITORY) / room).rglob("*.py"):
            text = file.read_text()
            makes = "fairness" in text and (
                "Suspension(" in text or "Suspension.objects.create" in text or ".suspend(" in text
            )
            if makes and "migrations" not in file.parts:
                tree = ast.parse(text)
                for node in ast.walk(tree):
                    if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                        "actions.suspend", "fairness.suspend", "Suspension", "Suspension.objects.create",
                    }:  # fmt: skip
                        callers.add(str(file.relative_to(REPOSITORY)))
    assert callers == {"agents/fairness/actions.py", "agents/fairness/admin.py"}


def test_the_logs_say_who_did_it_and_only_grow(alice: AgentCaller, sam: User, robin: User) -> None:
    made = suspend(alice.agent, sam)
    actions.lift(suspension_id=made.pk, by=robin, reasons=ANSWER)
    (line,) = SuspensionLog.objects.filter(of=made)
    assert (line.was, line.now, line.by) == (
        "in_force",
        "lifted",
        f"staff:{robin.pk}:{robin.email}",
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM fairness_suspensionlog")


# ---- the appeal ----------------------------------------------------------------------------------


def appeal(alice: AgentCaller, text: str = APPEAL, status: int = 201) -> dict[str, Any]:
    answer: dict[str, Any] = alice.ok("POST", "/agent/suspension/appeal", {"text": text}, status)
    return answer["suspension"]["appeal"]


def test_an_appeal_has_fourteen_days_and_is_written_once(alice: AgentCaller, sam: User) -> None:
    suspend(alice.agent, sam)
    made = appeal(alice)
    row = Appeal.objects.get()
    assert row.due_at - row.at == timedelta(days=14)
    assert (made["state"], made["text"], made["answer"], made["by"]) == ("open", APPEAL, "", None)
    assert appeal(alice, status=200) == made
    problem = alice.refused(409, "POST", "/agent/suspension/appeal", {"text": "And another thing."})
    assert kind(problem) == "appealed-already"


def test_without_a_suspension_there_is_nothing_to_appeal_against(alice: AgentCaller) -> None:
    problem = alice.refused(409, "POST", "/agent/suspension/appeal", {"text": APPEAL})
    assert kind(problem) == "not-suspended"


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "No"}, {"text": None}, {"text": ["x"]}, {"text": "x" * 8001},
     {"text": "\x00" * 20}, {"text": APPEAL, "granted": True}],
)  # fmt: skip
def test_what_is_no_appeal_is_refused_in_words(
    alice: AgentCaller, sam: User, body: dict[str, Any]
) -> None:
    suspend(alice.agent, sam)
    assert alice.refused(400, "POST", "/agent/suspension/appeal", body)["errors"]
    assert not Appeal.objects.exists()


def test_another_person_grants_it_and_she_works_again(
    alice: AgentCaller, sam: User, robin: User
) -> None:
    suspend(alice.agent, sam)
    appeal(alice)
    actions.decide(appeal_id=Appeal.objects.get().pk, by=robin, granted=True, answer=ANSWER)
    read = alice.ok("GET", "/agent/suspension")["suspension"]
    assert (read["in_force"], read["state"]) == (False, "lifted")
    assert (read["appeal"]["state"], read["appeal"]["answer"]) == ("granted", ANSWER)
    assert read["appeal"]["by"] == "Robin"
    assert alice.go("online")["presence"] == "online"
    assert AppealLog.objects.get().now == "granted"


def test_upheld_it_stays_in_force_with_an_answer(
    alice: AgentCaller, sam: User, robin: User
) -> None:
    suspend(alice.agent, sam)
    appeal(alice)
    found = Appeal.objects.get()
    actions.decide(appeal_id=found.pk, by=robin, granted=False, answer=ANSWER)
    read = alice.ok("GET", "/agent/suspension")["suspension"]
    assert (read["in_force"], read["appeal"]["state"]) == (True, "upheld")
    with pytest.raises(Stale):
        actions.decide(appeal_id=found.pk, by=robin, granted=True, answer=ANSWER)
    assert queries.in_force(alice.agent.pk)


def test_who_suspended_her_and_she_herself_decide_nothing(alice: AgentCaller, sam: User) -> None:
    suspend(alice.agent, sam)
    appeal(alice)
    found = Appeal.objects.get()
    for person in (sam, alice.agent.user):
        with pytest.raises(APIException, match="Another person"):
            actions.decide(appeal_id=found.pk, by=person, granted=False, answer=ANSWER)
    with pytest.raises(IntegrityError, match="appeal_decided_by_another"), transaction.atomic():
        Appeal.objects.filter(pk=found.pk).update(state="upheld", decided_by=sam, answer=ANSWER)
    other = User.objects.create_superuser("kit@example.com", None)
    with pytest.raises(IntegrityError, match="appeal_has_an_answer"), transaction.atomic():
        Appeal.objects.filter(pk=found.pk).update(state="upheld", decided_by=other, answer="No.")


def test_an_answer_that_is_none_decides_nothing(alice: AgentCaller, sam: User, robin: User) -> None:
    suspend(alice.agent, sam)
    appeal(alice)
    with pytest.raises(APIException):
        actions.decide(appeal_id=Appeal.objects.get().pk, by=robin, granted=False, answer="No.")
    assert Appeal.objects.get().state == "open"


def test_lifting_it_settles_the_appeal(alice: AgentCaller, sam: User) -> None:
    made = suspend(alice.agent, sam)
    appeal(alice)
    actions.lift(suspension_id=made.pk, by=sam, reasons=ANSWER)
    assert Appeal.objects.get().state == "settled"
    with pytest.raises(Stale):
        actions.lift(suspension_id=made.pk, by=sam, reasons=ANSWER)
    assert alice.go("online")["presence"] == "online"


def test_each_step_is_told_by_mail(
    alice: AgentCaller, sam: User, robin: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        suspend(alice.agent, sam)
        appeal(alice)
        actions.decide(appeal_id=Appeal.objects.get().pk, by=robin, granted=True, answer=ANSWER)
    told = {sent.subject: str(sent.body) for sent in mail.outbox}
    assert all(sent.to == [alice.agent.user.email] for sent in mail.outbox)
    suspended, appealed, granted = told.values()
    assert "Sam Vogt" in suspended
    assert WHY in suspended
    assert APPEAL in appealed
    assert "We are sorry" in granted
    assert ANSWER in granted


# ---- in the admin, and on her page ---------------------------------------------------------------


def test_a_supervisor_suspends_with_a_form_and_another_decides(
    alice: AgentCaller, sam: User, robin: User, static_files: None
) -> None:
    desk, other = Client(), Client()
    enter(desk, sam)
    enter(other, robin)
    page = f"/admin/agents/agent/{alice.agent.pk}/suspend/"
    assert "reads your name and your reasons" in desk.get(page).content.decode()
    desk.post(page, {"category": "privacy", "reasons": "No."})
    assert not Suspension.objects.exists()
    assert desk.post(page, {"category": "privacy", "reasons": WHY}).status_code == 302
    appeal(alice)
    found = Appeal.objects.get()
    Appeal.objects.filter(pk=found.pk).update(due_at=clock.now() - timedelta(days=1))
    assert "overdue" in desk.get("/admin/fairness/appeal/").content.decode()
    decide = f"/admin/fairness/appeal/{found.pk}/grant/"
    assert "Another person" in desk.post(decide, {"answer": ANSWER}).content.decode()
    assert other.post(decide, {"answer": ANSWER}).status_code == 302
    assert queries.in_force(alice.agent.pk) is None


@pytest.mark.parametrize(
    "page", ["agents/agent/{agent}/suspend/", "fairness/suspension/{row}/lift/"]
)
def test_staff_without_the_right_suspend_and_lift_nobody(
    alice: AgentCaller, sam: User, static_files: None, page: str
) -> None:
    row = suspend(alice.agent, sam) if "lift" in page else None
    looker = User.objects.create_user("lou@example.com", None, is_staff=True)
    client = Client()
    enter(client, looker)
    path = "/admin/" + page.format(agent=alice.agent.pk, row=row and row.pk)
    form = {"category": "privacy", "reasons": WHY, "answer": ANSWER}
    assert client.post(path, form).status_code == 403
    assert Suspension.objects.filter(state="in_force").count() == (1 if row else 0)


def test_her_page_keeps_what_she_wrote_when_it_is_refused(
    alice: AgentCaller, sam: User, client: Client, static_files: None
) -> None:
    suspend(alice.agent, sam, reasons=f"{WHY} <b>bold</b>")
    client.force_login(alice.agent.user)
    page = client.get("/agent/suspension/").content.decode()
    assert "Sam Vogt" in page
    assert "&lt;b&gt;bold" in page
    refused = client.post("/agent/suspension/", {"text": "Unfair!"})
    assert refused.status_code == 400
    assert ">Unfair!</textarea>" in refused.content.decode()
    client.post("/agent/suspension/", {"text": APPEAL})
    assert "answers until" in client.get("/agent/suspension/").content.decode()
    assert 'href="/agent/suspension/"' in client.get("/agent/").content.decode()


def test_another_agents_page_says_nothing_of_it(
    office: Office, alice: AgentCaller, sam: User, client: Client, static_files: None
) -> None:
    suspend(alice.agent, sam)
    bob = office.works("Bob")
    assert bob.ok("GET", "/agent/suspension") == {"suspension": None}
    client.force_login(bob.agent.user)
    assert WHY not in client.get("/agent/suspension/").content.decode()
    assert Client().get("/agent/suspension/").status_code == 302


# ---- at the same time ----------------------------------------------------------------------------


@pytest.fixture
def boss(committed: None) -> User:
    return User.objects.create_superuser(f"{uuid.uuid4().hex}@example.com", None)


def test_going_online_and_being_suspended_at_once_never_end_in_both(world: Any, boss: User) -> None:
    agent = world.agent("Alice")
    presence.connect(agent.pk)
    refused: list[Exception] = []

    def goes() -> None:
        try:
            go_online(agent)
        except APIException as problem:
            refused.append(problem)
        finally:
            connection.close()

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            return cursor.fetchone() is not None

    thread = threading.Thread(target=goes)
    with transaction.atomic():
        suspend(agent, boss)
        # She has seen no suspension, for it is not committed, and waits for her presence's row.
        thread.start()
        until(waits)
    thread.join(10)
    assert [problem.code for problem in refused] == ["suspended"]  # type: ignore[attr-defined]
    assert queries.in_force(agent.pk)
    assert Presence.objects.get(pk=agent.pk).state == "offline"


def test_she_is_told_in_the_language_that_she_reads(office: Office) -> None:
    alice, sam = office.works("Alice"), User.objects.create_superuser("sam@example.com", "x")
    User.objects.filter(pk=alice.agent.user_id).update(language="de")
    with TestCase.captureOnCommitCallbacks(execute=True):
        actions.suspend(
            agent_id=alice.agent.pk,
            by=sam,
            category="conduct",
            reasons="She was rude to a customer on Monday, and again on Tuesday.",
        )
    subject = mail.outbox[-1].subject
    assert "suspended" not in subject
    with override("de"):
        assert subject == gettext("You are suspended: who decided it, why, and how to appeal")
