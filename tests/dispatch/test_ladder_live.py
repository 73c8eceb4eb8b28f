"""A ladder climbed by the real tick, heard over real sockets."""

from typing import Any

from dispatch.models import Alert
from tests.factories import PASSWORD
from tests.ladders import add_step
from tests.people import AgentClient, CustomerClient
from tests.stack import Stack, until
from tickets.models import Queue


def test_nobody_comes_so_one_is_called_in_and_the_customer_may_be_answered_later(
    stack: Stack, world: Any
) -> None:
    add_step(Queue.objects.get(desk=world.desk), 1, call_in=True, alert=True, is_last=True)
    alice = AgentClient(stack, world.agent("Alice"), PASSWORD)
    with alice.line() as phone:
        kim = CustomerClient.asking(stack, world.desk.key)
        with kim.line() as page:
            asked = phone.wait("call_in")["call_in"]
            assert asked["ticket"] == kim.ticket["id"]
            page.wait("ticket.changed", where=lambda frame: frame["ticket"]["later"]["offered"])
            assert Alert.objects.filter(ticket=kim.ticket["id"], kind="last_step").count() == 1
            assert alice.me()["call_ins"] == [asked]
            kim.ok("POST", f"/chat/tickets/{kim.ticket['id']}/later", {"email": "kim@example.com"})
            alice.go("online")
            offer = phone.wait("offer.made")["offer"]
            assert (offer["ticket"], offer["step"]) == (kim.ticket["id"], 1)
            until(lambda: not alice.me()["call_ins"])
