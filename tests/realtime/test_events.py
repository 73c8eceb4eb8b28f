"""Who hears what over real sockets: both sides of a conversation, all of it, and nobody else."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from channels.layers import get_channel_layer
from websockets.sync.client import connect

from realtime import groups
from realtime.events import OfferMade, Series, Typing
from realtime.publish import AT_ONCE, MANY, publish, send_now
from tests import contract
from tests.factories import PASSWORD
from tests.office import some_id, token_of
from tests.people import AgentClient, CustomerClient, Line, in_state
from tests.stack import Stack


class Talk:
    """Kim and Alice in a conversation, Lee and Bob beside it, each with a line."""

    def __init__(self, stack: Stack, world: Any, lines: ExitStack) -> None:
        self.alice = AgentClient(stack, world.agent("Alice"), PASSWORD)
        self.bob = world.agent("Bob")
        self.alices = lines.enter_context(self.alice.line())
        self.bobs = Line(lines.enter_context(connect(self.alice.socket)))
        self.bobs.send(type="auth", token=token_of(self.bob))
        self.bobs.wait("ready")
        self.alice.go("online")
        self.kim = CustomerClient.asking(stack, world.desk.key, "Hello")
        self.ticket = self.kim.ticket["id"]
        self.kims = lines.enter_context(self.kim.line())
        offer = self.alices.wait("offer.made")["offer"]
        assert self.alice.accept(offer["id"]).status_code == 200
        self.alices.wait("ticket.assigned")
        self.kims.wait("ticket.changed", where=in_state("active"))
        self.lee = CustomerClient(stack, world.desk.key, name="Lee")
        self.lees = lines.enter_context(self.lee.line())

    def heard_by_strangers(self) -> list[dict[str, Any]]:
        """What came to Lee and Bob until now."""
        found = []
        for line in (self.lees, self.bobs):
            line.frames.clear()
            line.send(type="ping")
            line.wait("pong")
            found += [frame for frame in line.frames if frame["type"] != "pong"]
        return found


@pytest.fixture
def talk(stack: Stack, world: Any) -> Iterator[Talk]:
    """A conversation with four lines."""
    with ExitStack() as lines:
        yield Talk(stack, world, lines)


def test_a_conversation_is_heard_by_its_two_sides_and_nobody_else(talk: Talk) -> None:
    talk.kims.send(type="typing", ticket=talk.ticket)
    assert talk.alices.wait("typing") == {"type": "typing", "ticket_id": talk.ticket}
    talk.alices.send(type="typing", ticket=talk.ticket)
    assert talk.kims.wait("typing") == {"type": "typing", "ticket_id": talk.ticket}
    said = talk.kim.say("MARKER where is it?")
    assert talk.alices.wait("message.posted", ticket_id=talk.ticket)["message"] == said
    talk.alice.ok("POST", f"/agent/tickets/{talk.ticket}/read", {"seq": 2})
    assert talk.kims.wait("message.read")["seq"] == 2
    answered = talk.alice.say(talk.ticket, "MARKER on its way")
    assert (
        talk.kims.wait("message.posted", where=lambda f: f["message"]["seq"] == 3)["message"]
        == answered
    )
    talk.kim.ok("POST", f"/chat/tickets/{talk.ticket}/read", {"seq": 3})
    assert talk.alices.wait("message.read")["seq"] == 3
    assert talk.heard_by_strangers() == []
    for side, line in (("customer", talk.kims), ("agent", talk.alices)):
        for frame in line.frames:
            if frame["type"] not in {"ready", "pong"}:
                contract.check_frame(side, frame)


def test_a_stranger_cannot_make_anybody_believe_that_she_types(talk: Talk) -> None:
    for line in (talk.lees, talk.bobs):
        line.send(type="typing", ticket=talk.ticket)
        line.send(type="ping")
        line.wait("pong")
    for line in (talk.kims, talk.alices):
        line.frames.clear()
        line.send(type="ping")
        line.wait("pong")
        assert [frame["type"] for frame in line.frames if frame["type"] == "typing"] == []


def test_what_was_said_while_away_is_found_by_the_last_seq(stack: Stack, talk: Talk) -> None:
    talk.kims.connection.close()
    for text in ("one", "two", "three"):
        talk.alice.say(talk.ticket, text)
    with talk.kim.line() as line:
        missed = talk.kim.messages(after=1)
        assert [(m["seq"], m["text"]) for m in missed] == [(2, "one"), (3, "two"), (4, "three")]
        talk.alice.say(talk.ticket, "four")
        assert line.wait("message.posted")["message"]["seq"] == 5


def test_every_open_tab_hears_the_same(talk: Talk) -> None:
    with talk.kim.line() as second:
        said = talk.alice.say(talk.ticket, "Both of you")
        for line in (talk.kims, second):
            assert line.wait("message.posted")["message"] == said


def test_nothing_of_one_party_reaches_the_other(talk: Talk, world: Any) -> None:
    from agents.models import AgentSkill
    from tests.factories import make_skill

    AgentSkill.objects.create(
        agent=talk.alice.agent, skill=make_skill("secret-marker-skill"), level=5
    )
    talk.alice.go("finishing", reason="MARKER tired")
    talk.alice.ok(
        "POST",
        f"/agent/tickets/{talk.ticket}/resolve",
        {"disposition": "MARKER-fraud", "note": "MARKER suspicious"},
    )
    talk.kims.wait("ticket.changed", where=in_state("resolved"))
    talk.kim.ok(
        "POST", f"/chat/tickets/{talk.ticket}/rating", {"score": 1, "comment": "MARKER rude"}
    )
    seen = json.dumps([talk.kims.frames, talk.kim.refresh(), talk.kim.messages()])
    assert "MARKER" not in seen
    assert "marker-skill" not in seen
    assert talk.alice.agent.user.email not in seen
    talk.alices.send(type="ping")
    talk.alices.wait("pong")
    assert "rude" not in json.dumps([talk.alices.frames, talk.alice.me()])


def test_our_publishing_and_the_channel_layers_own_both_arrive(stack: Stack, world: Any) -> None:
    lee = CustomerClient(stack, world.desk.key, name="Lee")
    group = groups.customer(_id_of(lee))
    ours, theirs = Typing(some_id()), Typing(some_id())
    with lee.line() as line:
        send_now([(group, ours)])
        assert line.wait("typing")["ticket_id"] == ours.ticket_id

        async def by_the_layer() -> None:
            layer = get_channel_layer()
            await layer.group_send(group, {"type": "event", "frame": theirs.frame()})
            await layer.close_pools() if hasattr(layer, "close_pools") else None

        asyncio.run(by_the_layer())
        assert line.wait("typing")["ticket_id"] == theirs.ticket_id
        publish((group, ours), (group, theirs))
        for event in (ours, theirs):
            assert line.wait("typing")["ticket_id"] == event.ticket_id


@pytest.mark.parametrize("count", [MANY, AT_ONCE + 1])
def test_many_events_at_once_arrive_each_and_in_order(stack: Stack, world: Any, count: int) -> None:
    lee = CustomerClient(stack, world.desk.key, name="Lee")
    group = groups.customer(_id_of(lee))
    sent = [f"{some_id()}" for _ in range(count)]
    with lee.line() as line:
        send_now([(group, Typing(ticket)) for ticket in sent])
        line.wait("typing", ticket_id=sent[-1])
        heard = [frame["ticket_id"] for frame in line.frames if frame["type"] == "typing"]
    assert heard == sent


def test_many_events_arrive_where_redis_runs_no_scripts(
    stack: Stack, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.publish.SCRIPT", "refused as it would be by a rule")
    lee = CustomerClient(stack, world.desk.key, name="Lee")
    group = groups.customer(_id_of(lee))
    sent = [f"{some_id()}" for _ in range(MANY)]
    with lee.line() as line:
        send_now([(group, Typing(ticket)) for ticket in sent])
        line.wait("typing", ticket_id=sent[-1])
        heard = [frame["ticket_id"] for frame in line.frames if frame["type"] == "typing"]
    assert heard == sent


def test_an_event_of_a_series_says_what_one_made_alone_does() -> None:
    common = {"topic_name": 'Über "alles"\n', "minutes": 6, "pay": None, "skills": {"a": [1, 2]}}
    own = {"id": "1", "waited_s": 0, "reasons": ["}"]}
    said = Series(OfferMade, "offer", common).event(own).frame()
    assert json.loads(said) == json.loads(OfferMade({**common, **own}).frame())


def _id_of(customer: CustomerClient) -> str:
    """Whose token this is."""
    import jwt

    claims = jwt.decode(customer.token, options={"verify_signature": False})
    return str(claims["sub"])
