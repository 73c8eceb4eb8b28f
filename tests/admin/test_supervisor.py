"""A supervisor in the admin: every page opens, and a ticket goes back to its queue."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from agents.models import Presence, User
from dispatch import actions as dispatch
from dispatch.models import OfferLog
from tests.factories import (
    PASSWORD,
    World,
    app_code,
    bearer,
    enter,
    make_app,
    make_desk,
    make_offer,
)
from tickets import actions
from tickets.models import Desk, Ticket, TicketLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy() -> Any:
    """A desk where Alice has one conversation, declined another, and rated history exists."""
    world = World(make_desk(name="Harbour"))
    alice = world.agent("Alice", online=True)
    ticket = world.ticket(text="Where is my parcel?")
    dispatch.accept(make_offer(ticket).pk, alice.pk)
    other = world.ticket(text="A second one")
    dispatch.decline(make_offer(other).pk, alice.pk, reason="busy")
    return world, alice, ticket


def test_a_supervisor_logs_in_and_lands_in_the_admin(supervisor: User, static_files: None) -> None:
    client, secret = Client(), make_app(supervisor)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    answer = client.post(
        "/accounts/login/?next=/admin/", {"login": supervisor.email, "password": PASSWORD}
    )
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    answer = client.post(answer["Location"], {"code": app_code(secret)})
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/"
    page = client.get("/admin/")
    assert page.status_code == 200
    assert 'href="/account/"' in page.content.decode()


def test_every_admin_page_opens_for_a_supervisor(room: Client, busy: Any) -> None:
    pages = 0
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert room.get(reverse(f"{name}_changelist")).status_code == 200, name
        row = model._default_manager.first()
        if row is not None:
            page = room.get(reverse(f"{name}_change", args=[row.pk]))
            assert page.status_code == 200, name
            pages += 1
        if model_admin.has_add_permission(room.get("/admin/").wsgi_request):
            assert room.get(reverse(f"{name}_add")).status_code == 200, name
    assert pages > 6


def test_a_ticket_page_shows_messages_offers_and_transitions(room: Client, busy: Any) -> None:
    _world, alice, ticket = busy
    actions.post_as_agent(ticket.pk, alice.pk, client_id=ticket.client_id, text="On its <b>way</b>")
    page = room.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()
    for shown in (
        "Where is my parcel?",
        "On its &lt;b&gt;way&lt;/b&gt;",
        "accepted",
        "waiting",
        "active",
        "Alice",
    ):
        assert shown in page
    assert "<b>way</b>" not in page


def test_a_supervisor_returns_a_ticket_to_its_queue_with_its_waiting_time(
    room: Client, busy: Any
) -> None:
    _world, alice, ticket = busy
    before = Ticket.objects.get(pk=ticket.pk)
    answer = room.post(reverse("admin:tickets_ticket_return_one", args=[ticket.pk]), follow=True)
    assert "is back in its queue" in answer.content.decode()
    after = Ticket.objects.get(pk=ticket.pk)
    assert (after.state, after.agent_id, after.waiting_since) == (
        "waiting",
        None,
        before.waiting_since,
    )
    assert Presence.objects.get(pk=alice.pk).load == 0
    last = TicketLog.objects.filter(of=ticket.pk).order_by("-id").first()
    assert last is not None
    assert last.by.endswith("sam@example.com")

    again = room.post(reverse("admin:tickets_ticket_return_one", args=[ticket.pk]), follow=True)
    assert "was not returned: it is waiting" in again.content.decode()


def test_a_return_without_the_page_s_post_changes_nothing(room: Client, busy: Any) -> None:
    _world, _alice, ticket = busy
    room.get(reverse("admin:tickets_ticket_return_one", args=[ticket.pk]))
    assert Ticket.objects.get(pk=ticket.pk).state == "active"


def test_staff_without_the_right_cannot_return_a_ticket(busy: Any) -> None:
    _world, _alice, ticket = busy
    client = Client()
    enter(client, User.objects.create_user("viewer@example.com", PASSWORD, is_staff=True))
    answer = client.post(reverse("admin:tickets_ticket_return_one", args=[ticket.pk]))
    assert answer.status_code == 403
    assert Ticket.objects.get(pk=ticket.pk).state == "active"


def test_capacity_is_never_set_below_the_load(room: Client, busy: Any) -> None:
    _world, alice, _ticket = busy
    Presence.objects.filter(pk=alice.pk).update(load=2)
    page = reverse("admin:agents_presence_change", args=[alice.pk])
    form = {"capacity": "1", "log-TOTAL_FORMS": "0", "log-INITIAL_FORMS": "0"}
    assert "Nothing was changed" in room.post(page, form, follow=True).content.decode()
    assert Presence.objects.get(pk=alice.pk).capacity == 3
    room.post(page, {**form, "capacity": "5"}, follow=True)
    presence = Presence.objects.get(pk=alice.pk)
    assert (presence.capacity, presence.load) == (5, 2)


def test_desks_refuse_what_would_not_work_and_say_why(room: Client) -> None:
    form = {
        "name": "Quay",
        "key": "quay",
        "color": "green",
        "origins": "shop.example.com",
        "language": "EN",
        "require_identity": "on",
        "is_active": "on",
        "queues-TOTAL_FORMS": "0",
        "queues-INITIAL_FORMS": "0",
    }
    page = room.post(reverse("admin:tickets_desk_add"), form).content.decode()
    for sentence in (
        "A colour is # and six hex digits",
        "is not an origin",
        "two- or three-letter code",
    ):
        assert sentence in page
    assert not Desk.objects.filter(key="quay").exists()


def test_an_inactive_user_s_tokens_end_at_once(room: Client, busy: Any, api: Any) -> None:
    _world, alice, _ticket = busy
    headers = bearer(alice)
    assert api.get("/api/v1/agent/me", headers=headers).status_code == 200
    user = alice.user
    form = {"email": user.email, "first_name": "", "last_name": "", "_save": "Save"}
    room.post(reverse("admin:agents_user_change", args=[user.pk]), form)
    user.refresh_from_db()
    assert not user.is_active
    assert api.get("/api/v1/agent/me", headers=headers).status_code == 401


def test_logs_refuse_to_be_rewritten(busy: Any) -> None:
    from django.db import IntegrityError, InternalError, transaction

    for log in (TicketLog, OfferLog):
        for rewrite in (lambda rows: rows.update(reason="x"), lambda rows: rows.delete()):
            with (
                pytest.raises((InternalError, IntegrityError), match="append-only"),
                transaction.atomic(),
            ):
                rewrite(log.objects.all())
