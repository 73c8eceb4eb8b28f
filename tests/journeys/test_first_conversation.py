"""The main job over real HTTP, real sockets and a real worker."""

from typing import Any

from tests.factories import PASSWORD
from tests.people import AgentClient, CustomerClient, in_state
from tests.stack import Stack


def test_a_customer_asks_and_an_agents_phone_rings(stack: Stack, world: Any) -> None:
    alice = AgentClient(stack, world.agent("Alice"), PASSWORD)
    with alice.line() as phone:
        alice.go("online")
        kim = CustomerClient.asking(stack, world.desk.key, "My parcel is late")
        with kim.line() as page:
            offer = phone.wait("offer.made")["offer"]
            phone.send(type="offer.delivered", offer=offer["id"])
            taken = alice.accept(offer["id"])
            assert taken.status_code == 200
            joined = page.wait("ticket.changed", where=in_state("active"))["ticket"]
            assert joined["agent"] == {"name": "Alice", "photo": None}

            ticket = offer["ticket"]
            phone.send(type="typing", ticket=ticket)
            page.wait("typing")
            alice.say(ticket, "Let me look")
            assert page.wait("message.posted")["message"]["text"] == "Let me look"
            page.send(type="typing", ticket=ticket)
            phone.wait("typing")
            kim.say("Thank you")
            assert phone.wait("message.posted", ticket_id=ticket)["message"]["seq"] in {2, 3}

            alice.ok("POST", f"/agent/tickets/{ticket}/resolve", {"disposition": "solved"})
            page.wait("ticket.changed", where=in_state("resolved"))
            kim.ok("POST", f"/chat/tickets/{ticket}/rating", {"score": 5, "comment": "Quick"})
    assert [m["seq"] for m in kim.messages()] == [1, 2, 3]
    assert kim.refresh()["rated"] is True
    assert alice.me()["load"] == 0
