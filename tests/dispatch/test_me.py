"""GET /api/v1/agent/me: everything an agent's client draws."""

from datetime import datetime, timedelta

from core import clock
from dispatch import waves
from tests.office import Office


def test_it_holds_offers_conversations_and_the_day(office: Office) -> None:
    kim, alice = office.talk()
    lee = office.asks()
    waves.run()
    me = alice.me()
    assert (me["id"], me["name"], me["presence"]) == (str(alice.agent.pk), "Alice", "online")
    assert (me["capacity"], me["load"]) == (3, 2)
    assert [ticket["id"] for ticket in me["tickets"]] == [str(kim.ticket.pk)]
    assert [offer["ticket"] for offer in me["offers"]] == [str(lee.ticket.pk)]
    assert me["today"] == {"conversations": 0, "minutes": 0.0, "rating": None, "earned": []}
    assert me["socket"].endswith("/ws/agent/")


def test_its_time_is_the_databases(office: Office) -> None:
    alice = office.works("Alice")
    before = clock.now() - timedelta(milliseconds=1)
    said = datetime.fromisoformat(alice.me()["server_time"])
    assert before <= said <= clock.now()


def test_the_customers_email_stays_with_the_desk(office: Office) -> None:
    from tests.factories import make_customer

    customer = make_customer(office.desk)
    customer.email, customer.external_id = "MARKER@example.com", "MARKER-7"
    customer.save()
    _kim, alice = office.talk(customer=customer)
    assert "MARKER" not in str(alice.me())
