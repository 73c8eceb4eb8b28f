"""Canned replies and notes in the admin."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.factories import make_desk, make_queue
from tests.office import Office, some_id
from tickets.models import CannedReply

ADD = reverse("admin:tickets_cannedreply_add")


def filled(here: Any, **more: Any) -> dict[str, Any]:
    """The form, as a supervisor fills it in."""
    return {
        "desk": str(here.pk),
        "queue": "",
        "shortcut": "hello",
        "language": "",
        "title": "",
        "text": "Hello {customer}",
        **more,
    }


def test_a_desk_s_reply_is_written_and_what_can_t_work_is_refused_at_its_field(
    office: Office, admin_client: Client, static_files: None
) -> None:
    other = make_queue(make_desk(), "elsewhere")
    for wrong, words in (
        ({"text": "Hello {customer"}, "A brace stands alone"),
        ({"shortcut": "two words"}, "A shortcut is one word"),
        ({"language": "german"}, "at most 3"),
        ({"queue": str(other.pk)}, "another desk"),
        ({"desk": ""}, "required"),
    ):
        page = admin_client.post(ADD, filled(office.desk, **wrong))
        assert page.status_code == 200, wrong
        assert words in page.content.decode(), wrong
    assert not CannedReply.objects.filter(desk=office.desk).exists()
    assert admin_client.post(ADD, filled(office.desk)).status_code == 302
    again = admin_client.post(ADD, filled(office.desk))
    assert "already" in again.content.decode()
    alice = office.works("Alice")
    (reply,) = alice.ok("GET", "/agent/canned-replies")["replies"]
    assert reply["text"] == "Hello {customer}"


def test_an_agent_s_own_replies_are_nobody_s_to_read(
    office: Office, admin_client: Client, static_files: None
) -> None:
    alice = office.works("Alice")
    body = {"client_id": some_id(), "shortcut": "mine", "text": "MARKER"}
    own = alice.ok("POST", "/agent/canned-replies", body, 201)
    page = admin_client.get(reverse("admin:tickets_cannedreply_changelist"))
    assert "MARKER" not in page.content.decode()
    assert "/mine" not in page.content.decode()
    change = reverse("admin:tickets_cannedreply_change", args=[own["id"]])
    assert "MARKER" not in admin_client.get(change, follow=True).content.decode()


def test_supervisors_read_the_notes_of_a_conversation(
    office: Office, admin_client: Client, static_files: None
) -> None:
    kim, alice = office.talk()
    note = {"client_id": some_id(), "text": "MARKER be kind"}
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/notes", note, 201)
    page = admin_client.get(reverse("admin:tickets_ticket_change", args=[kim.ticket.pk]))
    assert "MARKER be kind" in page.content.decode()
