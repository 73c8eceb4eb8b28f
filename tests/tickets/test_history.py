"""…/customer and …/history: what is known of whom an agent talks with, and what was said before."""

import time
from typing import Any

import jwt

from dispatch import waves
from tests.factories import make_desk
from tests.office import AgentCaller, Caller, CustomerCaller, Office, some_id
from tickets import context
from tickets.models import Customer

SECRET = "a secret of at least 32 characters, really"


def had(office: Office, agent: AgentCaller, customer: Customer, text: str) -> CustomerCaller:
    """A conversation that was resolved."""
    kim = office.asks(customer=customer, text=text)
    agent.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    agent.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    return kim


def signed(office: Office, **claims: Any) -> str:
    """The host site's word."""
    whole = {"aud": office.desk.key, "sub": "visitor-1", "exp": int(time.time()) + 60, **claims}
    return jwt.encode(whole, SECRET, algorithm="HS256")


def test_who_talks_with_her_sees_what_the_host_site_says(office: Office) -> None:
    office.desk.identity_secret = SECRET
    office.desk.save()
    attributes = {
        "order": "A-1001",
        "orders": 3,
        "nested": {"no": 1},
        "list": [1],
        "two words": "no",
        "empty": "",
        "yes": True,
        "long": "x" * 500,
    }
    body = {
        "desk": office.desk.key,
        "identity": signed(office, name="Kim", email="k@x.org", attributes=attributes),
        "locale": "de-DE",
        "page": "https://shop.example.com/cart?token=SECRET#top",
        "ticket": {"client_id": some_id(), "text": "Hello", "human": True},
    }
    phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
    session = Caller().ok("POST", "/chat/sessions", body, 201, user_agent=phone)
    alice = office.works("Alice")
    ticket = session["ticket"]["id"]
    alice.ok("POST", f"/agent/tickets/{ticket}/claim", {})
    known = alice.ok("GET", f"/agent/tickets/{ticket}/customer")
    assert known["verified"] is True
    assert known["email"] is None
    assert (known["page"], known["device"], known["locale"]) == (
        "https://shop.example.com/cart",
        "Chrome · Android",
        "de-DE",
    )
    assert {each["name"]: each["value"] for each in known["attributes"]} == {
        "order": "A-1001",
        "orders": "3",
        "long": "x" * 200,
    }
    # The next visit says it anew, and what it leaves out is over.
    body["identity"] = signed(office, attributes={"order": "A-1002"})
    Caller().ok("POST", "/chat/sessions", {**body, "ticket": None}, 201)
    now = alice.ok("GET", f"/agent/tickets/{ticket}/customer")["attributes"]
    assert now == [{"name": "order", "value": "A-1002"}]
    office.desk.shows_email = True
    office.desk.save()
    assert alice.ok("GET", f"/agent/tickets/{ticket}/customer")["email"] == "k@x.org"


def test_a_guest_is_called_a_guest_whatever_she_says(office: Office) -> None:
    kim, alice = office.talk()
    known = alice.ok("GET", f"/agent/tickets/{kim.ticket.pk}/customer")
    assert (known["verified"], known["attributes"], known["conversations"]) == (False, [], 0)


def test_earlier_conversations_come_page_by_page_without_what_she_thought_of_them(
    office: Office,
) -> None:
    bob, alice = office.works("Bob"), office.works("Alice", capacity=5)
    customer = Customer.objects.create(desk=office.desk, name="Kim")
    past = [had(office, bob, customer, f"Number {n}") for n in range(5)]
    past[0].ok("POST", f"{past[0].here}/rating", {"score": 1, "comment": "MARKER"}, 201)
    now = office.asks(customer=customer)
    alice.ok("POST", f"/agent/tickets/{now.ticket.pk}/claim", {})
    here = f"/agent/tickets/{now.ticket.pk}/history"
    page = alice.ok("GET", f"{here}?limit=2")
    assert page["more"] is True
    found = page["conversations"]
    while page["more"]:
        page = alice.ok("GET", f"{here}?limit=2&before={found[-1]['id']}")
        found += page["conversations"]
    assert [each["id"] for each in found] == [str(kim.ticket.pk) for kim in reversed(past)]
    assert {(each["disposition"], *each["agents"]) for each in found} == {("solved", "Bob")}
    assert "MARKER" not in str(found)
    assert "score" not in str(found)
    said = alice.ok("GET", f"{here}/{past[3].ticket.pk}/messages")["messages"]
    assert [message["text"] for message in said] == ["Number 3"]
    known = alice.ok("GET", f"/agent/tickets/{now.ticket.pk}/customer")
    assert known["conversations"] == 5


def test_only_who_has_a_conversation_with_her_reads_them_and_only_hers(office: Office) -> None:
    bob = office.works("Bob")
    customer = Customer.objects.create(desk=office.desk, name="Kim")
    before = had(office, bob, customer, "MARKER one")
    lee = had(office, bob, Customer.objects.create(desk=office.desk, name="Lee"), "MARKER two")
    now = office.asks(customer=customer)
    alice, charlie = office.works("Alice"), Office(make_desk()).works("Charlie")
    alice.ok("POST", f"/agent/tickets/{now.ticket.pk}/claim", {})
    here = f"/agent/tickets/{now.ticket.pk}"
    for other in (bob, charlie):
        for path in ("customer", "history", f"history/{before.ticket.pk}/messages"):
            assert "MARKER" not in str(other.refused(404, "GET", f"{here}/{path}"))
    # Another customer's, one that is none, and the one that is going on.
    for foreign in (lee.ticket.pk, some_id(), now.ticket.pk):
        alice.refused(404, "GET", f"{here}/history/{foreign}/messages")
    # By a foreign `before` nothing comes: it stands nowhere in her list.
    assert alice.ok("GET", f"{here}/history?before={lee.ticket.pk}")["conversations"] == []
    alice.refused(400, "GET", f"{here}/history?before=1")
    alice.ok("POST", f"{here}/release", {})
    for path in ("customer", "history", f"history/{before.ticket.pk}/messages"):
        alice.refused(404, "GET", f"{here}/{path}")


def test_who_was_not_reached_is_in_the_history_too(office: Office) -> None:
    kim = office.asks()
    kim.ok("POST", f"{kim.here}/close", {})
    again, alice = office.asks(customer=kim.customer), office.works("Alice")
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    page = alice.ok("GET", f"/agent/tickets/{again.ticket.pk}/history")
    (only,) = page["conversations"]
    assert (only["state"], only["agents"]) == ("abandoned", [])


def test_what_a_page_or_a_device_is_called_holds_no_secret_and_no_nonsense() -> None:
    assert context.page("https://u:p@x.org:8443/a/b?c=d#e") == "https://x.org:8443/a/b"
    for address in ("", "javascript:alert(1)", "file:///etc/passwd", "https://", "http://[", "x"):
        assert context.page(address) == ""
    assert context.device("curl/8") == ""
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604.1"
    assert context.device(iphone) == "Safari · iPhone"
    assert context.attributes({f"a{n}": n for n in range(30)}) == {f"a{n}": n for n in range(20)}
    assert context.attributes("no map") == {}
