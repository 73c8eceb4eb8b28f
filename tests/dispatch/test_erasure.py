"""An agent leaves: what said who she was is gone everywhere, what belongs to others and to the books stays."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client

from agents.fairness import actions as fairness
from agents.models import User
from agents.onboarding import queries
from agents.onboarding.actions import applying, documents, reviewing
from agents.onboarding.models import Decision, Document
from dispatch.models import Erasure
from dispatch.work import erasure
from pay.actions import payouts
from tests.join.people import file, handed_in, photo, reviewer
from tests.office import AgentCaller, Heard, Office, some_id
from tests.pay.test_payouts import ready
from tests.phones import Phone

MARKER = "Zyxmarker"
# Where money went has to be known for as long as the law says.
BOOKS = {("pay_destination", "holder")}


def everywhere(word: str) -> set[tuple[str, str]]:
    """Every (table, column) in which a word stands."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'json')
               AND table_name IN (SELECT table_name FROM information_schema.tables
                                  WHERE table_type = 'BASE TABLE' AND table_schema = 'public')"""
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s)',
                [f"%{word}%"],
            )
            if cursor.fetchone()[0]:
                found.add((table, column))
    return found


def due(agent: AgentCaller) -> None:
    """Two weeks have passed."""
    Erasure.objects.filter(agent=agent.agent).update(due_at=F("requested_at"))


@pytest.fixture
def marked(office: Office, heard: Heard) -> AgentCaller:
    """Alice, whose every own text holds the marker."""
    alice = office.works("Alice")
    User.objects.filter(pk=alice.agent.user_id).update(
        email=f"{MARKER.lower()}@example.com", first_name=MARKER, last_name=MARKER
    )
    alice.agent.name = f"Ana {MARKER}"
    alice.agent.photo = f"https://example.com/{MARKER}.jpg"
    alice.agent.save()
    alice.agent.user.refresh_from_db()
    alice.ok(
        "POST",
        "/agent/canned-replies",
        {"shortcut": "x", "text": f"I am {MARKER}", "client_id": some_id()},
        201,
    )
    alice.ok("POST", "/agent/work-records", {"client_id": some_id()}, 201)
    alice.ok(
        "POST",
        "/agent/push/subscriptions",
        {**Phone().subscription, "device": MARKER},
        201,
    )
    alice.ok(
        "PUT",
        "/agent/payout-destination",
        {"holder": MARKER, "iban": "DE89 3704 0044 0532 0130 00"},
    )
    return alice


def test_nothing_says_who_she_was_but_where_her_money_went(
    marked: AgentCaller, office: Office
) -> None:
    assert len(everywhere(MARKER)) > 5, "the marker is planted"
    erasure.ask(marked.agent.pk)
    due(marked)
    assert erasure.erase_due() == 1
    assert everywhere(MARKER) == BOOKS
    marked.agent.refresh_from_db()
    assert marked.agent.name == "Agent"
    # Nor can anybody come in as her any more.
    assert marked.send("GET", "/agent/me").status_code == 401
    assert erasure.erase_due() == 0


def test_who_applied_was_suspended_and_appealed_is_forgotten_like_everybody(
    office: Office, heard: Heard
) -> None:
    rita, sam = reviewer(), reviewer()
    application = handed_in(name=MARKER, email=f"{MARKER.lower()}@example.com")
    reviewing.ask_document(application.pk, rita, f"{MARKER} is hard to read on it")
    documents.upload(application.pk, kind="passport", upload=file(photo()))
    applying.hand_in(application.pk, queries.standing(application).missing)
    agent = reviewing.admit(application.pk, rita, [office.desk.pk], 0)
    reviewing.certify(application.pk, rita, f"Welcome, {MARKER}")
    fairness.suspend(
        agent_id=agent.pk, by=sam, category="conduct", reasons=f"{MARKER} was rude to a customer."
    )
    fairness.appeal(agent_id=agent.pk, text=f"I am {MARKER}, and I was not rude to anybody.")
    files = [each.file.path for each in Document.objects.filter(application=application)]
    assert any(Path(path).exists() for path in files)
    assert ("onboarding_decision", "text") in everywhere(MARKER)
    erasure.ask(agent.pk)
    Erasure.objects.filter(agent=agent).update(due_at=F("requested_at"))
    assert erasure.erase_due() == 1
    assert everywhere(MARKER) == set()
    heard.commit()
    assert not any(Path(path).exists() for path in files)
    # What was decided stays, and nothing else of it can be changed.
    decision = Decision.objects.filter(application=application).first()
    assert decision is not None
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(what="declined")


def test_her_conversations_stay_and_say_an_agent(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    alice.ok(
        "POST",
        f"/agent/tickets/{kim.ticket.pk}/messages",
        {"client_id": some_id(), "text": "It is on its way."},
        201,
    )
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    erasure.ask(alice.agent.pk)
    due(alice)
    assert erasure.erase_due() == 1
    assert "It is on its way." in kim.texts()
    assert kim.now()["agent"]["name"] == "Agent"


def test_until_it_is_due_she_may_stay_after_all(marked: AgentCaller, heard: Heard) -> None:
    first = erasure.ask(marked.agent.pk)
    assert erasure.ask(marked.agent.pk).pk == first.pk
    assert first.due_at - first.requested_at > timedelta(days=13)
    assert marked.me()["presence"] == "offline"
    assert erasure.erase_due() == 0
    erasure.keep(marked.agent.pk)
    due(marked)
    assert erasure.erase_due() == 0
    heard.commit()
    assert [message.subject for message in mail.outbox] == [
        "Your account will be deleted",
        "Your account stays",
    ]


def test_open_conversations_come_first(office: Office, heard: Heard) -> None:
    _kim, alice = office.talk()
    with pytest.raises(Exception, match="open conversations"):
        erasure.ask(alice.agent.pk)


def test_what_she_has_is_paid_out_however_little_and_before_that_nothing_is_erased(
    office: Office, heard: Heard
) -> None:
    from pay.queries import balances

    alice = office.works("Alice")
    payouts.cancel_own(ready(alice.agent).pk, alice.agent.pk)
    before = balances.of_agent(alice.agent.pk)
    assert any(before.values())
    erasure.ask(alice.agent.pk)
    assert not any(balances.of_agent(alice.agent.pk).values())
    due(alice)
    assert erasure.erase_due() == 0, "the money is not there yet"


def test_she_asks_on_her_own_page_by_typing_her_address(
    marked: AgentCaller, static_files: None
) -> None:
    browser = Client()
    browser.force_login(marked.agent.user)
    page = browser.get("/account/leave/").content.decode()
    assert "What stays" in page
    refused = browser.post("/account/leave/", {"act": "delete", "email": "other@example.com"})
    assert refused.status_code == 400
    assert erasure.pending(marked.agent.pk) is None
    browser.post("/account/leave/", {"act": "delete", "email": marked.agent.user.email})
    assert erasure.pending(marked.agent.pk) is not None
    assert "Keep my account" in browser.get("/account/leave/").content.decode()
    browser.post("/account/leave/", {"act": "keep"})
    assert erasure.pending(marked.agent.pk) is None


def test_nobody_asks_for_somebody_else(
    marked: AgentCaller, office: Office, static_files: None
) -> None:
    bob = office.works("Bob")
    browser = Client()
    browser.force_login(bob.agent.user)
    assert (
        browser.post(
            "/account/leave/", {"act": "delete", "email": marked.agent.user.email}
        ).status_code
        == 400
    )
    assert Erasure.objects.count() == 0
    assert Client().post("/account/leave/", {"act": "delete"}).status_code == 302
