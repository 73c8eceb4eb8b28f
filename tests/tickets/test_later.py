"""POST …/later: answers go to who could not wait, by a real mail server, and the ticket keeps its place."""

from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

import pytest
from django.db import connection

from core import redis as hints
from dispatch import actions, climbing, tasks, waves
from tests import databases, mailbox
from tests.factories import make_desk, make_offer
from tests.ladders import add_step, waits
from tests.mailbox import Mailbox
from tests.office import AgentCaller, CustomerCaller, Heard, Office, some_id
from tests.races.harness import together
from tickets import actions as tickets
from tickets.actions import later
from tickets.models import Message, Queue, Ticket

EMAIL = "kim@example.com"


@pytest.fixture
def post(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mail server that Django is told to use."""
    # No other test's pause is ours.
    monkeypatch.setattr(later, "SERVER_PAUSE", "flagdown:mail:this-test")
    hints.client().delete("flagdown:mail:this-test")
    with mailbox.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def at_the_last_step(office: Office) -> CustomerCaller:
    """Kim has waited until the ladder's end."""
    if not Queue.objects.get(desk=office.desk).steps.exists():
        add_step(Queue.objects.get(desk=office.desk), 60, is_last=True)
    kim = office.asks()
    waits(61, kim.ticket)
    climbing.run()
    return kim


def left(office: Office) -> tuple[CustomerCaller, AgentCaller]:
    """Kim left her address and went; then Alice came and took the ticket."""
    kim = at_the_last_step(office)
    kim.ok("POST", f"{kim.here}/later", {"email": EMAIL})
    alice = office.works("Alice")
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    return kim, alice


def says(alice: AgentCaller, kim: CustomerCaller, text: str) -> None:
    """Alice answers."""
    body = {"client_id": some_id(), "text": text}
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/messages", body, 201)


def quiet(kim: CustomerCaller, seconds: float = 21) -> None:
    """Nobody has said anything for so long."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE tickets_message SET at = clock_timestamp() - make_interval(secs => %s)
               WHERE ticket_id = %s""",
            [seconds, kim.ticket.pk],
        )


def test_an_address_is_taken_at_the_last_step_and_the_ticket_keeps_its_place(
    office: Office, heard: Heard
) -> None:
    kim = at_the_last_step(office)
    since = Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    assert kim.now()["later"] == {"offered": True, "email": None}
    heard.forget()
    answer = kim.ok("POST", f"{kim.here}/later", {"email": EMAIL})
    assert answer["later"] == {"offered": True, "email": EMAIL}
    assert [frame["ticket"]["later"]["email"] for frame in heard.by(kim.customer)] == [EMAIL]
    after = Ticket.objects.get(pk=kim.ticket.pk)
    assert (after.state, after.waiting_since) == ("waiting", since)
    with office.unchanged():
        kim.ok("POST", f"{kim.here}/later", {"email": EMAIL})
    assert kim.ok("POST", f"{kim.here}/later", {"email": ""})["later"]["email"] is None


def test_an_address_is_refused_before_the_last_step_and_after_the_end(office: Office) -> None:
    kim = office.asks()
    with office.unchanged():
        problem = kim.refused(409, "POST", f"{kim.here}/later", {"email": EMAIL})
        assert problem["state"] == "waiting"
        for wrong in (
            "nonsense",
            "a@b@c",
            "kim@\u05d0a.com",
            '"\\\x0b"@a.com',
            "k@[127.0.0.1]",
            None,
            5,
        ):
            kim.refused(400, "POST", f"{kim.here}/later", {"email": wrong})
        kim.refused(400, "POST", f"{kim.here}/later", {})
    lee = at_the_last_step(office)
    lee.ok("POST", f"{lee.here}/close", {})
    assert lee.refused(409, "POST", f"{lee.here}/later", {"email": EMAIL})["state"] == "abandoned"


def test_what_the_agent_says_is_mailed_once_all_is_quiet_and_only_once(
    office: Office, post: Mailbox, settings: Any
) -> None:
    kim, alice = left(office)
    says(alice, kim, "Your parcel is on its way.")
    says(alice, kim, "It comes on Monday.\n.\nReally.")
    assert tickets.mail_answers() == 0, "it is not quiet yet"
    quiet(kim)
    assert tickets.mail_answers() == 1
    assert tickets.mail_answers() == 0
    (mail,) = post.mails
    assert (mail["To"], mail["From"]) == (
        EMAIL,
        f"Test desk <{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>",
    )
    assert mail["Subject"] == "Your question at Test desk"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert mail.get_content_type() == "text/plain"
    for part in ("Your parcel is on its way.", "Really.", "Alice", f"/chat/{office.desk.key}/"):
        assert part in text
    assert "Hello\n" not in text, "what she asked herself is not mailed"
    says(alice, kim, "And the invoice, too.")
    quiet(kim)
    tickets.mail_answers()
    again = post.mails[-1]
    assert "And the invoice, too." in again.get_content()
    assert "It comes on Monday." not in again.get_content()
    assert again["Message-ID"] != mail["Message-ID"]


def test_who_is_back_and_reads_gets_no_mail(office: Office, post: Mailbox) -> None:
    kim, alice = left(office)
    says(alice, kim, "Are you there?")
    kim.ok("POST", f"{kim.here}/read", {"seq": 2}, 204)
    quiet(kim)
    assert tickets.mail_answers() == 0
    kim.say("Yes!")
    quiet(kim)
    assert tickets.mail_answers() == 0
    assert post.mails == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT mailed_seq FROM tickets_ticket WHERE id = %s", [kim.ticket.pk])
        assert cursor.fetchone()[0] == 3, "and it is not looked at again"


def test_without_an_address_nothing_is_mailed(office: Office, post: Mailbox) -> None:
    kim, alice = office.talk()
    says(alice, kim, "Good morning")
    quiet(kim)
    assert tickets.mail_answers() == 0


def test_the_address_is_forgotten_once_all_is_over_and_mailed(
    office: Office, post: Mailbox
) -> None:
    kim, alice = left(office)
    says(alice, kim, "Done, and refunded.")
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    quiet(kim)
    tickets.mail_answers()
    assert "refunded" in post.mails[0].get_content()
    assert Ticket.objects.get(pk=kim.ticket.pk).later_email == ""


def test_a_mail_that_the_server_did_not_take_goes_out_later(
    office: Office, post: Mailbox, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    kim, alice = left(office)
    says(alice, kim, "Here is the answer.")
    quiet(kim)
    post.refuses[EMAIL] = "450 greylisted"
    assert tickets.mail_answers() == 0
    post.refuses.clear()
    assert tickets.mail_answers() == 0, "the server asked for patience"
    put_off_no_longer()
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    assert tickets.mail_answers() == 0
    settings.EMAIL_PORT = port
    assert tickets.mail_answers() == 0, "a server that is away is not asked each second"
    hints.client().delete(later.SERVER_PAUSE)
    assert tickets.mail_answers() == 1
    assert len(post.mails) == 1


def put_off_no_longer() -> None:
    """The time until which mails were put off is over."""
    Ticket.objects.update(mail_not_before=None)


def two_answered(office: Office) -> tuple[CustomerCaller, CustomerCaller]:
    """Kim, who has been waiting for her mail for longer, and Lee."""
    kim, alice = left(office)
    lee, bob = at_the_last_step(office), office.works("Bob")
    lee.ok("POST", f"{lee.here}/later", {"email": "lee@example.com"})
    bob.ok("POST", f"/agent/tickets/{lee.ticket.pk}/claim", {})
    says(alice, kim, "One")
    says(bob, lee, "Two")
    quiet(kim, 30)
    quiet(lee)
    return kim, lee


def test_a_mail_that_can_not_be_written_does_not_keep_the_others_back(
    office: Office, post: Mailbox
) -> None:
    kim, _lee = two_answered(office)
    # As a release without today's check may have stored it.
    Ticket.objects.filter(pk=kim.ticket.pk).update(later_email="kim@\u05d0a.com")
    assert tickets.mail_answers() == 1
    assert [mail["To"] for mail in post.mails] == ["lee@example.com"]


def test_mails_that_a_server_puts_off_again_and_again_do_not_keep_the_others_back(
    office: Office, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kim, _lee = two_answered(office)
    monkeypatch.setattr(later, "BATCH", 1)
    post.refuses[EMAIL] = "450 no such domain just now"
    assert tickets.mail_answers() == 0
    assert tickets.mail_answers() == 1
    assert [mail["To"] for mail in post.mails] == ["lee@example.com"]
    put_off_no_longer()
    quiet(kim, later.GIVE_UP_S + 1)
    tickets.mail_answers()
    assert Ticket.objects.get(pk=kim.ticket.pk).later_email == "", "after five days it is given up"


def test_a_mail_that_the_server_breaks_off_at_does_not_keep_the_others_back(
    office: Office, post: Mailbox
) -> None:
    two_answered(office)

    def break_off() -> None:
        post.on_mail = lambda: None
        raise ConnectionResetError

    post.on_mail = break_off
    post.handle_error = lambda *_: None  # type: ignore[method-assign]
    assert tickets.mail_answers() == 0
    hints.client().delete(later.SERVER_PAUSE)
    assert tickets.mail_answers() == 1
    assert [mail["To"] for mail in post.mails] == ["lee@example.com"]


def test_an_address_that_is_refused_for_good_is_forgotten_and_the_customer_is_told(
    office: Office, post: Mailbox, heard: Heard
) -> None:
    kim, _lee = two_answered(office)
    post.refuses[EMAIL] = "550 no such user"
    heard.forget()
    assert tickets.mail_answers() == 1, "the other's mail goes out all the same"
    assert [mail["To"] for mail in post.mails] == ["lee@example.com"]
    assert heard.by(kim.customer)[-1]["ticket"]["later"]["email"] is None
    assert tickets.mail_answers() == 0


def test_the_tick_asks_for_mails_only_when_some_are_due(
    office: Office, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(tasks.mail, "apply_async", lambda **options: asked.append(options))
    kim, alice = left(office)
    tasks.send_mail()
    assert not asked
    says(alice, kim, "Here")
    quiet(kim)
    tasks.send_mail()
    assert len(asked) == 1


def test_of_two_workers_at_once_one_mails_and_nothing_goes_twice(
    django_db_setup: None, django_db_blocker: Any, post: Mailbox
) -> None:
    with django_db_blocker.unblock(), databases.own_database():
        office = Office(make_desk())
        add_step(Queue.objects.get(desk=office.desk), 60, is_last=True)
        alice = office.agent("Alice", online=True)
        kims = [office.ticket() for _ in range(3)]
        for kim in kims:
            actions.accept(make_offer(kim).pk, alice.pk)
            tickets.post_as_agent(kim.pk, alice.pk, client_id=kim.client_id, text="Here")
        Ticket.objects.update(later_email=EMAIL, mailed_seq=1)
        Message.objects.update(at=kims[0].opened_at.replace(year=2020))
        for outcome in together(*[tasks.mail] * 4):
            assert outcome.broke is None, outcome.broke
        tasks.mail()
    assert len(post.mails) == 3
    assert len({mail["Message-ID"] for mail in post.mails}) == 3


def test_a_crash_after_the_server_took_it_repeats_the_mail_under_the_same_id(
    office: Office, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What remains of "exactly once": the answer is never lost, and mail programs know the repeat."""
    kim, alice = left(office)
    says(alice, kim, "Here it is.")
    quiet(kim)
    with monkeypatch.context() as crash:
        crash.setattr(later, "_done", lambda letters: interrupted() if letters else None)
        with pytest.raises(KeyboardInterrupt):
            tickets.mail_answers()
    assert tickets.mail_answers() == 1
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert tickets.mail_answers() == 0


def interrupted() -> None:
    raise KeyboardInterrupt
