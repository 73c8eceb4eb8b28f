"""Whatever people do, in whatever order: the database agrees with a model of a few dicts.

The model knows tickets, offers and presences, and none of the product's code. After each step both
must say the same; after each wave nobody may wait whom a free and fitting agent could take.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.http import Http404
from hypothesis import HealthCheck, Phase
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from agents import presence
from agents.models import Agent, Presence
from core.problems import Problem
from core.states import Stale
from dispatch import actions, climbing, tasks, waves
from dispatch.actions import cooling
from dispatch.models import Offer
from tests.factories import World, make_desk, make_queue
from tests.ladders import add_step, waits
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets import queries
from tickets.actions import leaving
from tickets.catalogue import QueueRow
from tickets.models import Assignment, Customer, Ticket

NAMES = ("Alice", "Bob", "Charlie")
CAPACITY = (1, 2, 2)
TEAM: list[Agent] = []
ENDED = ("resolved", "abandoned")
# How many are asked at once by what is urgent; what takes more slots, of which each agent has one at
# a time, and wraps it up.
WIDTH = 2
# What is rare asks for a skill that nobody has, until its ladder drops it.
SLOTS, CAP = {"general": 1, "urgent": 1, "heavy": 2, "rare": 1}, {"heavy": 1}
DROPPED_AFTER_S = 60
who = st.sampled_from(range(len(NAMES)))
which = st.integers(0, 30)


@dataclass
class Person:
    """An agent, as the model sees her."""

    state: str = "offline"
    was: str = ""
    silent: bool = False
    missed: int = 0
    unreached: bool = False


@dataclass
class Talk:
    """A ticket, as the model sees it."""

    state: str
    customer: UUID
    agent: int | None = None
    offered_to: set[int] = field(default_factory=set)
    topic: str = "general"
    step: int = 0
    idle: bool = False
    wrapping: int | None = None
    extended: bool = False
    waiting_since: Any = None
    cooling: set[int] = field(default_factory=set)
    # Whom it is kept for; who had it last; and the conversation that it goes on with.
    kept_for: int | None = None
    last: int | None = None
    follows: UUID | None = None
    owed: bool = False
    # The newest promise that somebody wrote down, what the agent has written now, and an agent's
    # last words.
    promise: str = ""
    draft: str = ""
    words: str = ""

    @property
    def slots(self) -> int:
        """How many it takes of an agent."""
        return SLOTS[self.topic]

    @property
    def for_all(self) -> bool:
        """Whether the three agents are good enough for it."""
        return self.topic != "rare" or self.step > 0


class Dispatching(RuleBasedStateMachine):
    """The real thing and the model, side by side."""

    @initialize()
    def open_the_desk(self) -> None:
        """A desk for each example; the same three agents, for a password is slow to hash."""
        self.world = World(make_desk())
        make_queue(self.world.desk, "urgent", broadcast=WIDTH)
        make_queue(self.world.desk, "heavy", slots=2, agent_cap=1, wrap_up_s=600)
        rare = make_queue(self.world.desk, "rare", skills={"stars": 3})
        add_step(rare, DROPPED_AFTER_S, skills={"stars": 0}, skip_if_nobody=False)
        if not TEAM:
            TEAM.extend(
                self.world.agent(name, capacity=capacity)
                for name, capacity in zip(NAMES, CAPACITY, strict=True)
            )
        self.agents = self.world.agents = TEAM
        self.world.desk.agents.set(TEAM)
        for agent in TEAM:
            presence.set_presence(agent.pk, "offline", by="model")
        Presence.objects.filter(agent__in=TEAM).update(missed=0, recent=0, taken=0, offered_at=None)
        self.people = [Person() for _ in NAMES]
        self.talks: dict[UUID, Talk] = {}
        self.finals: dict[UUID, str] = {}
        # Begin in the middle of things: dice seldom open a desk by themselves.
        for number in (0, 1):
            self.chooses(number, "online")
        for topic in SLOTS:
            self.opens(True, topic)
        for number in (0, 1):
            self.accepts(number)

    def teardown(self) -> None:
        """Nobody of this example is there in the next one."""
        if hasattr(self, "world"):
            self.world.close()

    # -- the model's own arithmetic ----------------------------------------------------------------

    def load(self, agent: int) -> int:
        """Slots of conversations that are not idle, of wrap-ups and of pending offers."""
        return sum(
            talk.slots
            * (
                (talk.agent == agent and not talk.idle)
                + (talk.wrapping == agent)
                + (agent in talk.offered_to)
            )
            for talk in self.talks.values()
        )

    def free(self, agent: int, talk: Talk) -> bool:
        """Whether she can be offered it."""
        person = self.people[agent]
        reachable = not (person.silent or person.unreached)
        there = person.state == "online" and reachable
        return there and talk.for_all and self.has_room(agent, talk)

    def has_room(self, agent: int, talk: Talk) -> bool:
        """Whether it fits beside what else she has."""
        load = self.load(agent) - talk.slots * (agent in talk.offered_to)
        alike = [
            other
            for other in self.talks.values()
            if other is not talk
            and other.topic == talk.topic
            and (other.agent == agent or agent in other.offered_to)
        ]
        room = load + talk.slots <= CAPACITY[agent]
        return room and len(alike) < CAP.get(talk.topic, len(self.talks) + 1)

    def ended(self, talk: Talk, state: str) -> None:
        """It is over for the customer; her agent may have it to wrap up."""
        agent, talk.agent, talk.state = talk.agent, None, state
        if agent is not None and talk.topic == "heavy" and not talk.idle:
            talk.wrapping = agent
        talk.last, talk.idle = agent, False
        self.may_be_done(agent)

    def pick(
        self, number: int, *, active: bool = False, offered: bool = False, **state: Any
    ) -> Any:
        """One of the fitting tickets, or None."""
        fitting = [
            key
            for key, talk in self.talks.items()
            if (not active or talk.state == "active")
            and (not offered or talk.offered_to)
            and all(getattr(talk, name) == value for name, value in state.items())
        ]
        return fitting[number % len(fitting)] if fitting else None

    def returned(self, key: UUID, *, blamed: bool = True) -> None:
        """Her conversation goes back; she does not get it again at once."""
        talk = self.talks[key]
        if blamed and talk.agent is not None:
            talk.cooling.add(talk.agent)
        agent, talk.agent, talk.state = talk.agent, None, "waiting"
        talk.last, talk.promise, talk.draft = agent, talk.draft or talk.promise, ""
        talk.idle = False
        self.may_be_done(agent)

    def may_be_done(self, agent: int | None) -> None:
        """Who was finishing and has nothing left is offline."""
        if agent is not None:
            person = self.people[agent]
            idle = any(talk.agent == agent for talk in self.talks.values())
            if person.state == "finishing" and not self.load(agent) and not idle:
                person.state = "offline"

    def withdraw(self, agent: int) -> None:
        """Her offers go to others."""
        for talk in self.talks.values():
            talk.offered_to.discard(agent)
        self.may_be_done(agent)

    def taken(self, talk: Talk, agent: int) -> None:
        """It is hers: nobody else is asked any more, and she is handed what was promised."""
        talk.state, talk.agent, talk.kept_for, talk.owed = "active", agent, None, True
        (row,) = queries.active(customer_id=talk.customer)
        baton = queries.for_agent(row)["baton"]
        assert (baton is None) == (talk.last is None), f"{talk} came with {baton}"
        if baton and talk.last is not None:
            assert baton["from"] == NAMES[talk.last], f"{talk} came with {baton}"
            assert baton["promised"] == (talk.promise or talk.words), f"{talk} came with {baton}"
        self.people[agent].missed = 0
        self.forget_offers(talk)

    def forget_offers(self, talk: Talk) -> None:
        """All who were asked need not answer."""
        asked, talk.offered_to = talk.offered_to, set()
        for agent in asked:
            self.may_be_done(agent)

    # -- customers -----------------------------------------------------------------------------------

    @rule(human=st.booleans(), topic=st.sampled_from(list(SLOTS)))
    def opens(self, human: bool, topic: str) -> None:
        """Somebody new asks."""
        if len(self.talks) - len(self.finals) < 6:
            made = self.world.ticket(human=human, topic=topic)
            state = "waiting" if human else "assistant"
            self.talks[made.pk] = Talk(
                state, made.customer_id, waiting_since=made.waiting_since, topic=topic
            )

    @rule(number=which, human=st.booleans())
    def comes_back(self, number: int, human: bool) -> None:
        """Who was helped writes again: she goes on, and whoever helped her is asked first."""
        here = {talk.customer for talk in self.talks.values() if talk.state not in ENDED}
        gone = [
            key
            for key, talk in self.talks.items()
            if talk.state == "resolved" and talk.customer not in here
        ]
        if not gone or len(self.talks) - len(self.finals) >= 6:
            return
        customer = self.talks[gone[number % len(gone)]].customer
        key = [key for key in gone if self.talks[key].customer == customer][-1]
        earlier = self.talks[key]
        made = self.world.ticket(human=human, customer=Customer.objects.get(pk=customer))
        self.talks[made.pk] = Talk(
            "waiting" if human else "assistant",
            customer,
            waiting_since=made.waiting_since,
            topic=earlier.topic,
            # For nobody who could not take it as it begins.
            kept_for=None if earlier.topic == "rare" else earlier.last,
            follows=key,
        )
        self.wave()

    @rule(number=which)
    def asks_for_a_person(self, number: int) -> None:
        """The assistant was not enough."""
        if key := self.pick(number, state="assistant"):
            made = tickets.ask_human(key, self.talks[key].customer)
            self.talks[key].state, self.talks[key].waiting_since = "waiting", made.waiting_since

    @rule(number=which)
    def closes(self, number: int) -> None:
        """The customer has had enough, in whatever state; again is as good as once."""
        if not self.talks:
            return
        key = list(self.talks)[number % len(self.talks)]
        talk = self.talks[key]
        tickets.close(key, talk.customer)
        if talk.state not in ENDED:
            self.ended(talk, "abandoned" if talk.state == "waiting" else "resolved")
            self.forget_offers(talk)

    # -- presence --------------------------------------------------------------------------------------

    @rule(agent=who, to=st.sampled_from(["online", "online", "paused", "finishing", "offline"]))
    def chooses(self, agent: int, to: str) -> None:
        """An agent works the switch."""
        person = self.people[agent]
        if person.state == "offline" and to in ("paused", "finishing"):
            return
        presence.set_presence(self.agents[agent].pk, to, by="model")
        moved, person.state, person.was, person.silent = person.state != to, to, "", False
        if moved:
            person.unreached = False
        if moved and to == "online":
            person.missed = 0
        if moved and to != "online":
            self.withdraw(agent)
        self.may_be_done(agent)
        if to == "offline":
            tasks.return_conversations()
            for talk in self.talks.values():
                talk.wrapping = None if talk.wrapping == agent else talk.wrapping
            for key, talk in self.talks.items():
                if talk.agent == agent:
                    self.returned(key)

    @rule(agent=who)
    def falls_silent(self, agent: int) -> None:
        """Her heartbeats stop, and the sweep comes by."""
        person = self.people[agent]
        if person.state == "offline":
            return
        Presence.objects.filter(pk=self.agents[agent].pk).update(
            last_seen_at=F("last_seen_at") - timedelta(seconds=settings.PRESENCE_TTL_S + 1)
        )
        presence.sweep()
        person.was, person.state = person.state, "offline"
        self.withdraw(agent)
        for key, talk in self.talks.items():
            if talk.agent == agent:
                self.stays_silent(key)

    @rule(agent=who)
    def stays_lost(self, agent: int) -> None:
        """Past the grace time her conversations go to others, and she starts anew."""
        person = self.people[agent]
        if person.state != "offline" or not person.was:
            return
        Presence.objects.filter(pk=self.agents[agent].pk).update(
            last_seen_at=Now() - timedelta(seconds=settings.CONVERSATION_GRACE_S + 1)
        )
        tasks.return_conversations()
        person.was = ""
        for key, talk in self.talks.items():
            if talk.agent == agent:
                self.returned(key)

    @rule(agent=who)
    def is_heard_again(self, agent: int) -> None:
        """A heartbeat brings a lost agent back to what she was."""
        presence.touch([self.agents[agent].pk])
        person = self.people[agent]
        person.unreached = False
        if person.was:
            person.state, person.was = person.was, ""
            self.may_be_done(agent)

    # -- ladders ---------------------------------------------------------------------------------------

    @rule(number=which, by_hand=st.booleans())
    def climbs(self, number: int, by_hand: bool) -> None:
        """What nobody may take has waited long, or a supervisor has seen enough of that."""
        if self.pick(0, topic="rare", state="waiting") is None:
            self.opens(True, "rare")
        key = self.pick(number, topic="rare", state="waiting")
        if key is None:
            return
        talk = self.talks[key]
        if by_hand and talk.step:
            with pytest.raises(Stale):
                climbing.open_next(key, by="model")
        elif by_hand:
            assert climbing.open_next(key, by="model") == 1
        else:
            waits(DROPPED_AFTER_S + 1, Ticket(pk=key))
            talk.waiting_since = Ticket.objects.values_list("waiting_since", flat=True).get(pk=key)
            assert (climbing.run(), climbing.run()) == (1 - talk.step, 0), f"{talk} climbed amiss"
        talk.step = 1
        self.wave()

    # -- offers ----------------------------------------------------------------------------------------

    @rule()
    def wave(self) -> None:
        """Match. Whom it picks is its own affair; that nobody waits in vain is not."""
        asked_already = {key for key, talk in self.talks.items() if talk.offered_to}
        waves.run()
        known = {agent.pk: number for number, agent in enumerate(self.agents)}
        for offer in Offer.objects.filter(ticket__desk=self.world.desk, state="pending"):
            talk, agent = self.talks[offer.ticket_id], known[offer.agent_id]
            if agent in talk.offered_to:
                continue
            assert talk.state == "waiting", f"{talk} was offered"
            assert offer.ticket_id not in asked_already, f"{talk} was offered twice"
            assert self.free(agent, talk), (
                f"{NAMES[agent]} was offered {talk}: {self.people[agent]}"
            )
            assert agent not in talk.cooling, f"{NAMES[agent]} was asked again at once"
            assert self.may_ask(talk, agent), f"{talk} was offered to {NAMES[agent]}"
            talk.offered_to.add(agent)
        for talk in self.talks.values():
            assert len(talk.offered_to) <= (WIDTH if talk.topic == "urgent" else 1), (
                f"{talk}: too many"
            )
            if talk.state == "waiting" and not talk.offered_to:
                able = [
                    n
                    for n in range(len(NAMES))
                    if self.free(n, talk)
                    and n not in talk.cooling
                    and self.may_ask(talk, n)
                    and not self.may_be_kept_free(n, talk)
                ]
                assert not able, f"{talk} waits, and {[NAMES[n] for n in able]} could take it"

    def may_be_kept_free(self, agent: int, talk: Talk) -> bool:
        """Whether her slots may be kept for what takes all of them and has been missed before."""
        return CAPACITY[agent] > talk.slots and any(
            other.slots > talk.slots
            and other.state == "waiting"
            and other.cooling
            and not other.offered_to
            for other in self.talks.values()
        )

    def may_ask(self, talk: Talk, agent: int) -> bool:
        """Whether it is kept for nobody else who is there and has not said no."""
        kept = talk.kept_for
        if kept is None or kept in talk.cooling:
            return True
        return agent == kept or self.people[kept].state != "online"

    @rule(number=which)
    def is_kept_no_longer(self, number: int) -> None:
        """Whoever was asked for did not come in time."""
        if key := self.pick(number, state="waiting"):
            Ticket.objects.filter(pk=key, hold_until__isnull=False).update(hold_until=Now())
            self.talks[key].kept_for = None

    def decide(self, number: int, act: Callable[[UUID, UUID], Any]) -> tuple[Talk, int] | None:
        """Let an agent who was asked do something with her offer: the ticket, and who she is."""
        if self.pick(number, offered=True) is None:
            self.wave()
        key = self.pick(number, offered=True)
        if key is None:
            return None
        talk = self.talks[key]
        agent = sorted(talk.offered_to)[number % len(talk.offered_to)]
        own = self.agents[agent].pk
        offer = Offer.objects.get(ticket_id=key, agent_id=own, state="pending")
        act(offer.pk, own)
        for again in (actions.accept, actions.decline):
            with pytest.raises(Stale):
                again(offer.pk, own)
        return talk, agent

    @rule(number=which)
    def accepts(self, number: int) -> None:
        """She takes it. No second decision counts."""
        if decided := self.decide(number, actions.accept):
            talk, agent = decided
            self.taken(talk, agent)

    @rule(number=which)
    def declines(self, number: int) -> None:
        """She does not."""
        if decided := self.decide(number, actions.decline):
            talk, agent = decided
            talk.cooling.add(agent)
            talk.offered_to.discard(agent)
            self.people[agent].missed = 0
            self.wave()

    @rule(number=which, drawn=st.booleans())
    def lets_it_run_out(self, number: int, drawn: bool) -> None:
        """She does not answer in time: too late is too late, before and after the sweep.

        It is a miss when her phone had drawn it, and the second in a row makes her away.
        """

        def run_out(offer: UUID, agent: UUID) -> None:
            Offer.objects.filter(pk=offer).update(delivered_at=None)
            assert not drawn or actions.delivered(offer, agent)
            Offer.objects.filter(pk=offer).update(expires_at=Now() - timedelta(seconds=1))
            with pytest.raises(Stale, match="expired" if drawn else "rescinded"):
                actions.accept(offer, agent)
            assert actions.expire_due() == 1

        if decided := self.decide(number, run_out):
            talk, agent = decided
            person = self.people[agent]
            talk.cooling.add(agent)
            talk.offered_to.discard(agent)
            person.missed += drawn
            person.unreached |= not drawn
            if drawn and person.missed >= settings.MISSED_BEFORE_PAUSE:
                person.state = "paused"
                self.withdraw(agent)
            self.wave()

    @rule(agent=who, number=which)
    def claims(self, agent: int, number: int) -> None:
        """She takes one from the board, if she may."""
        key = self.pick(number)
        if key is None:
            return
        talk, own = self.talks[key], self.agents[agent].pk
        online = self.people[agent].state == "online"
        if talk.state == "waiting" and online and talk.for_all and self.has_room(agent, talk):
            actions.claim(key, own)
            self.taken(talk, agent)
        else:
            with pytest.raises((Stale, Problem, Http404)):
                actions.claim(key, own)

    # -- conversations -----------------------------------------------------------------------------------

    @rule(number=which, how=st.sampled_from(["release", "transfer", "send_back", "resolve"]))
    def lets_go(self, number: int, how: str) -> None:
        """A conversation leaves its agent."""
        key = self.pick(number, active=True)
        if key is None:
            return
        talk = self.talks[key]
        assert talk.agent is not None
        own = self.agents[talk.agent].pk
        if how == "resolve":
            tickets.resolve(key, own, disposition="solved")
            self.ended(talk, "resolved")
            return
        if how == "release":
            tickets.release(key, own)
        elif how == "send_back":
            tickets.send_back(key, by="supervisor")
        else:
            to = (talk.agent + 1) % len(NAMES)
            talk.kept_for, talk.draft = to, f"{talk.draft}!"
            written = {"promised": talk.draft}
            tickets.transfer(key, own, to_agent=self.agents[to].pk, baton=written)
        self.returned(key)
        self.wave()

    @rule(number=which)
    def is_passed_on(self, number: int) -> None:
        """The whole way: she promises, says something, passes it on, and whoever is asked accepts."""
        key = self.pick(number, active=True)
        if key is None:
            return
        talk = self.talks[key]
        self.writes_it_down(number, "A refund")
        self.says(number, "agent")
        self.lets_go(number, "transfer")
        if talk.offered_to:
            self.take(key)

    def take(self, key: UUID) -> None:
        """One of those who were asked accepts."""
        talk = self.talks[key]
        agent = min(talk.offered_to)
        own = self.agents[agent].pk
        actions.accept(Offer.objects.get(ticket=key, agent=own, state="pending").pk, own)
        self.taken(talk, agent)

    @rule(number=which, words=st.sampled_from(["", "A refund", "A call"]))
    def writes_it_down(self, number: int, words: str) -> None:
        """What she promised, for whoever comes after her."""
        if key := self.pick(number, active=True):
            talk = self.talks[key]
            assert talk.agent is not None
            tickets.draft_baton(key, self.agents[talk.agent].pk, {"promised": words})
            talk.draft = words

    @rule(number=which, who=st.sampled_from(["agent", "customer"]))
    def says(self, number: int, who: str) -> None:
        """A message: the agent's ends what she owes, the customer's begins it."""
        if key := self.pick(number, active=True):
            self.say(key, who)

    def say(self, key: UUID, who: str) -> None:
        """One message of one side."""
        talk = self.talks[key]
        assert talk.agent is not None
        post, own = tickets.post_as_customer, talk.customer
        if who == "agent":
            post, own = tickets.post_as_agent, self.agents[talk.agent].pk
            talk.words = f"{NAMES[talk.agent]}: “Yes”"
        post(key, own, client_id=uuid4(), text="Yes")
        talk.owed = who == "customer"
        if talk.idle:
            self.woke(talk)

    def woke(self, talk: Talk) -> None:
        """It takes its slots again; where her agent was full, as few offers as will do have gone."""
        talk.idle, agent = False, talk.agent
        assert agent is not None
        over = self.load(agent) - CAPACITY[agent]
        live = set(
            Offer.objects.filter(agent=self.agents[agent], state="pending").values_list(
                "ticket_id", flat=True
            )
        )
        gone = [key for key, it in self.talks.items() if agent in it.offered_to and key not in live]
        for key in gone:
            self.talks[key].offered_to.discard(agent)
        freed = [self.talks[key].slots for key in gone]
        assert not live or sum(freed) >= over, f"{NAMES[agent]} is asked, and is full"
        assert not freed or sum(freed) - max(freed) < over, "more was withdrawn than had to be"

    @rule(
        number=which,
        answered=st.booleans(),
        then=st.sampled_from(["", "back", "asked, back", "taken, back"]),
    )
    def is_silent_for_long(self, number: int, answered: bool, then: str = "") -> None:
        """The customer says nothing: the conversation is idle, unless it is she who waits. Perhaps
        she is back at once, or when her agent has been asked for others, or has taken them."""
        if key := self.pick(number, active=True):
            talk = self.talks[key]
            if answered:
                self.say(key, "agent")
            Ticket.objects.filter(pk=key).update(last_message_at=Now() - timedelta(hours=1))
            assert tickets.rest_idle() == (not talk.owed and not talk.idle)
            talk.idle |= not talk.owed
            self.may_be_done(talk.agent)
            if "asked" in then or "taken" in then:
                self.opens(True, "general")
                self.wave()
            for other in list(self.talks) if "taken" in then else []:
                if talk.agent in self.talks[other].offered_to:
                    self.take(other)
            if "back" in then:
                self.say(key, "customer")

    @rule(number=which, how=st.sampled_from(["done", "extend", "time"]))
    def wraps_up(self, number: int, how: str) -> None:
        """What came of it is written down: early, with more time once, or when the time is over."""
        if self.pick(0, topic="heavy", active=True) is None:
            self.opens(True, "heavy")
            self.wave()
        for key in [key for key, talk in self.talks.items() if talk.topic == "heavy"]:
            if self.talks[key].offered_to:
                self.take(key)
            if self.talks[key].state == "active":
                tickets.close(key, self.talks[key].customer)
                self.ended(self.talks[key], "resolved")
        wrapping = [key for key, talk in self.talks.items() if talk.wrapping is not None]
        if not wrapping:
            return
        key = wrapping[number % len(wrapping)]
        talk, row = self.talks[key], Assignment.objects.filter(ticket=key, held__gt=0)
        agent, before = talk.wrapping, row.get().wrap_until
        assert agent is not None
        own = self.agents[agent].pk
        if how == "extend":
            tickets.extend_wrap_up(key, own)
            assert (row.get().wrap_until > before) != talk.extended
            talk.extended = True
            return
        if how == "done":
            assert tickets.wrapped(key, own) == tickets.wrapped(key, own)
        else:
            row.update(wrap_until=Now() - timedelta(seconds=1))
            assert tickets.end_wrap_ups() == 1
        with pytest.raises(Stale):
            tickets.extend_wrap_up(key, own)
        talk.wrapping = None
        self.may_be_done(agent)

    @rule(number=which)
    def owes_an_answer_for_long(self, number: int) -> None:
        """An agent says nothing for minutes."""
        if key := self.pick(number, active=True):
            self.stays_silent(key)

    def stays_silent(self, key: UUID) -> None:
        """If she owes an answer: two reminders, and then somebody else gets it. Not while her line
        is gone."""
        talk, row = self.talks[key], Ticket.objects.filter(pk=key, owed_since__isnull=False)
        assert talk.agent is not None
        hers = Assignment.objects.filter(ticket=key, ended_at=None)
        counts = talk.owed and self.people[talk.agent].state != "offline"
        ago = timedelta(seconds=130)
        for nth in (1, 2, 3):
            row.update(owed_since=F("owed_since") - ago)
            hers.update(nudged_at=F("nudged_at") - ago)
            assert tickets.nudge_silent() == (counts and nth < 3), f"{talk} was nudged amiss"
            taken = tickets.hand_over_silent()
            assert taken == ([key] if counts and nth == 3 else []), f"{talk} was taken: {taken}"
        if taken:
            self.returned(key)
        else:
            row.update(owed_since=Now())

    # -- what must be true after every step ------------------------------------------------------------

    @invariant()
    def agrees(self) -> None:
        """The database says what the model says, and what has ended stays ended."""
        if not hasattr(self, "world"):
            return
        numbers = {agent.pk: number for number, agent in enumerate(self.agents)}
        for row in Ticket.objects.filter(desk=self.world.desk):
            talk = self.talks[row.pk]
            active = numbers[row.agent_id] if row.agent_id and row.state == "active" else None
            assert (row.state, active) == (talk.state, talk.agent)
            assert row.follows_id == talk.follows
            assert row.step == talk.step, f"{talk} stands at {row.step}"
            if row.state == "active":
                assert (row.owed_since is not None) == talk.owed, f"{talk} owes {row.owed_since}"
            assert (row.idle_since is not None) == talk.idle, f"{talk}: {row.idle_since}"
            assert row.waiting_since == talk.waiting_since, "the waiting time was reset"
            if row.pk in self.finals:
                assert row.state == self.finals[row.pk], "what had ended went on"
            elif row.state in ENDED:
                self.finals[row.pk] = row.state
        pending = set(
            Offer.objects.filter(ticket__desk=self.world.desk, state="pending").values_list(
                "ticket_id", "agent_id"
            )
        )
        modelled = {
            (key, self.agents[agent].pk)
            for key, talk in self.talks.items()
            for agent in talk.offered_to
        }
        assert pending == modelled
        for number, agent in enumerate(self.agents):
            row = Presence.objects.get(pk=agent.pk)
            person = self.people[number]
            assert (row.state, row.was) == (person.state, person.was), NAMES[number]
            assert row.missed == person.missed, NAMES[number]
            assert row.load == self.load(number), NAMES[number]
            assert row.excess == max(0, row.load - CAPACITY[number]), NAMES[number]


def test_whatever_people_do_the_database_agrees_with_the_model(world: World) -> None:
    TEAM.clear()
    run_state_machine_as_test(
        Dispatching,
        settings=profile(
            max_examples=int(os.environ.get("MODEL_EXAMPLES", "25")),
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert broken_promises() == []


def test_the_model_notices_when_who_declined_is_asked_again_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cooling, "cool", lambda pairs, for_s: None)
    TEAM.clear()
    machine = Dispatching()
    machine.open_the_desk()
    # All but her have enough to do.
    machine.chooses(2, "online")
    with pytest.raises(AssertionError, match="asked again at once"):
        machine.declines(0)


@pytest.mark.parametrize(
    ("bug", "says"),
    [
        (lambda patch: patch.setattr(climbing, "run", lambda: 0), "climbed amiss"),
        (
            lambda patch: patch.setattr(QueueRow, "rung", lambda queue, step: queue.rungs[0]),
            "could take it",
        ),
        (lambda patch: patch.setattr(leaving, "end_active", anew(leaving.end_active)), "stands at"),
    ],
    ids=["nothing climbs", "a wave looks at the ground only", "who is handed back begins anew"],
)
def test_the_model_notices_when_a_ladder_breaks(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    bug: Callable[[pytest.MonkeyPatch], None],
    says: str,
) -> None:
    def on_the_ladder() -> None:
        machine.climbs(0, False)
        key = machine.pick(0, topic="rare")
        if machine.talks[key].offered_to:
            machine.take(key)
        machine.agrees()
        presence.set_presence(TEAM[machine.talks[key].agent].pk, "offline", by="model")
        assert Ticket.objects.get(pk=key).step == 1, "stands at 0"

    TEAM.clear()
    machine = Dispatching()
    machine.open_the_desk()
    machine.chooses(2, "online")
    bug(monkeypatch)
    with pytest.raises(AssertionError, match=says):
        on_the_ladder()


def anew(end_active: Any) -> Any:
    """`end_active`, forgetting how high the ticket was."""

    def forgetful(ids: Any, to: str, *, values: Any, **more: Any) -> Any:
        return end_active(ids, to, values={**values, "step": 0}, **more)

    return forgetful


def test_the_model_notices_when_who_comes_back_takes_a_slot_too_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    retake = presence.retake_slots
    monkeypatch.setattr(presence, "retake_slots", lambda agent_id, n: retake(agent_id, n + 1))
    TEAM.clear()
    machine = Dispatching()
    machine.open_the_desk()
    machine.agrees()
    machine.is_silent_for_long(0, answered=True, then="back")
    with pytest.raises(AssertionError, match=r"Alice|Bob|Charlie"):
        machine.agrees()
