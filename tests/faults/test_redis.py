"""Redis carries hints: without it everything is slower by a tick, and nothing is lost."""

from typing import Any

from tests.factories import World
from tests.faults.history import History
from tests.faults.house import House, Phone, offered, patience, timed
from tests.faults.test_worker import on_duty
from tests.figures import figure
from tests.people import AgentClient, CustomerClient

# A request never waits longer for Redis than this.
ANSWER_S = 2.0


class Talk:
    """An agent in a conversation, and an offer that she has not answered yet."""

    def __init__(self, house: House, world: World) -> None:
        self.house, self.world = house, world
        self.alice = on_duty(house, world)
        self.phone = Phone(self.alice).connect()
        self.kim = CustomerClient.asking(house, world.desk.key)
        offer = self.phone.wait("offer.made", patience(3))["offer"]
        assert self.alice.accept(offer["id"]).status_code == 200
        self.page = Phone(self.kim).connect()
        self.lee = CustomerClient.asking(house, world.desk.key)
        self.offer = self.phone.wait("offer.made", patience(3))["offer"]
        self.history = History()

    def go_on(self, label: str) -> None:
        """Everything that people do, each call recorded."""
        said = f"/chat/tickets/{self.kim.ticket['id']}/messages"
        for number in range(3):
            self.history.say(self.kim, "kim", said, f"kim {label} {number}")
            self.history.say(
                self.alice,
                "alice",
                f"/agent/tickets/{self.kim.ticket['id']}/messages",
                f"alice {label} {number}",
            )

    def newcomer(self) -> dict[str, Any]:
        """Somebody new asks for a person."""
        first = {"client_id": self.world.desk.pk.hex, "text": "Hello", "human": True}
        body = {"desk": self.world.desk.key, "name": "Mo", "ticket": first}
        operation = self.history.call(
            "mo", "start", "mo", lambda: self.house.http.post("/api/v1/chat/sessions", json=body)
        )
        assert operation.outcome == "ok", operation
        ticket: dict[str, Any] = operation.answer["ticket"]
        return ticket

    def accept(self) -> None:
        """Alice takes the offer that she has."""
        operation = self.history.call(
            "alice", "accept", self.offer["id"], lambda: self.alice.accept(self.offer["id"])
        )
        assert operation.outcome == "ok", operation

    def check(self) -> None:
        """Nothing acknowledged is lost, and nobody waited for Redis."""
        assert self.history.wrong(self.kim.messages()) == []
        assert all(operation.outcome == "ok" for operation in self.history.operations)
        assert self.history.slowest() <= patience(ANSWER_S)


def test_a_wiped_redis_loses_no_offer_and_silences_no_socket(house: House, world: World) -> None:
    talk = Talk(house, world)
    with house.redis.client() as redis:
        redis.flushall()
    talk.go_on("wiped")
    talk.accept()
    ticket = talk.newcomer()
    with timed(patience(5)) as took:
        talk.phone.wait("offer.made", patience(5))
        offered(talk.alice, ticket["id"], within=patience(5))
    figure("next_offer_s", round(took["s"], 2))
    talk.check()
    hang_up(talk)


def test_without_redis_everything_is_answered_and_kept_and_when_it_is_back_all_flows(
    house: House, world: World
) -> None:
    talk = Talk(house, world)
    with house.redis.stopped():
        talk.accept()
        talk.go_on("stopped")
        ticket = talk.newcomer()
    recovers(talk, ticket)


def test_a_frozen_redis_holds_no_request_for_more_than_two_seconds(
    house: House, world: World
) -> None:
    talk = Talk(house, world)
    with house.redis.frozen():
        talk.accept()
        talk.go_on("frozen")
        ticket = talk.newcomer()
    recovers(talk, ticket)


def test_a_flapping_redis_loses_nothing(house: House, world: World) -> None:
    talk = Talk(house, world)
    for number in range(3):
        with house.redis.stopped():
            talk.go_on(f"away {number}")
        talk.go_on(f"back {number}")
    talk.accept()
    recovers(talk, talk.newcomer())


def recovers(talk: Talk, ticket: dict[str, Any]) -> None:
    """After the fault: offers are made and events arrive within ten seconds."""
    figure("slowest_answer_s", round(talk.history.slowest(), 2))
    with timed(patience(10)) as took:
        offered(talk.alice, ticket["id"], within=patience(10))
        figure("reconnects", talk.phone.reconnects)
        reaches(talk.alice, talk, within=patience(10))
    figure("recovery_s", round(took["s"], 2))
    talk.check()
    hang_up(talk)


def reaches(alice: AgentClient, talk: Talk, within: float) -> None:
    """What is said now is heard on both lines; a client in doubt says a new thing."""
    heard = {"page": False, "phone": False}
    ticket = talk.kim.ticket["id"]
    for number in range(int(within)):
        alice.say(ticket, f"can you hear me {number}")
        for name, line in (("page", talk.page), ("phone", talk.phone)):
            if not heard[name]:
                try:
                    line.wait("message.posted", 1.2, ticket_id=ticket)
                    heard[name] = True
                except AssertionError:
                    continue
        if all(heard.values()):
            return
    raise AssertionError(f"not heard within {within} s: {heard}")


def hang_up(talk: Talk) -> None:
    """Close both lines."""
    talk.phone.hang_up()
    talk.page.hang_up()
