"""A wave reads only the agents who have changed, and misses none of them."""

import threading

import pytest
from django.db import connection, transaction

from agents import presence
from agents.models import Agent, AgentLanguage, Presence
from dispatch import waves
from dispatch.models import Offer
from dispatch.waves import floor as floors
from dispatch.waves.floor import Floor, own_floor
from tests import databases
from tests.factories import World, make_desk, make_queue


def offers_to(agent):
    return Offer.objects.filter(agent=agent, state="pending").count()


@pytest.fixture
def known(django_db_setup, django_db_blocker, monkeypatch):
    """Alice and Bob are known to this thread's floor, which has no full reading before it.

    In a database of their own: a running worker would make the offers first.
    """
    monkeypatch.setattr(floors, "FULL_EVERY_S", 3600.0)
    with django_db_blocker.unblock(), databases.own_database():
        world = World(make_desk())
        world.agent("Alice", online=True, capacity=1)
        world.agent("Bob", online=True, capacity=1)
        waves.run()
        yield world


def read_now():
    """The capacities of those at work, as the floor knows them after one more reading."""
    with transaction.atomic():
        moment = own_floor().read()
    crew = own_floor().crew
    return {
        agent.pk: crew.agent(crew.place(agent.pk), moment.at).capacity
        for agent in Agent.objects.all()
        if crew.place(agent.pk) is not None
    }


def test_a_second_reading_takes_only_who_has_changed(known, monkeypatch):
    taken = []
    take = Floor._take
    monkeypatch.setattr(
        Floor, "_take", lambda self, rows, at: taken.append(len(rows)) or take(self, rows, at)
    )
    read_now()
    read_now()
    assert taken[-1] == 0
    alice, _ = known.agents
    Presence.objects.filter(pk=alice.pk).update(capacity=2)
    read_now()
    assert taken[-1] == 1


def test_a_heartbeat_alone_is_no_change(known):
    alice, _ = known.agents

    def version():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT version::text FROM agents_presence WHERE agent_id = %s", [alice.pk]
            )
            return cursor.fetchone()[0]

    before = version()
    presence.touch([alice.pk])
    assert version() == before


def test_a_change_that_commits_after_a_later_one_was_read_is_not_missed(known):
    alice, bob = known.agents
    changed, read = threading.Event(), threading.Event()

    def slow_change():
        try:
            with transaction.atomic():
                Presence.objects.filter(pk=alice.pk).update(capacity=7)
                changed.set()
                assert read.wait(20)
        finally:
            connection.close()

    slow = threading.Thread(target=slow_change)
    slow.start()
    assert changed.wait(20)
    # A later transaction changes Bob, commits first, and is read while Alice's is still open.
    Presence.objects.filter(pk=bob.pk).update(capacity=5)
    assert read_now()[bob.pk] == 5
    read.set()
    slow.join()
    assert read_now()[alice.pk] == 7


def test_what_a_wave_that_was_rolled_back_has_read_is_read_again(known):
    alice, _ = known.agents
    Presence.objects.filter(pk=alice.pk).update(capacity=4)
    with transaction.atomic():
        own_floor().read()
        transaction.set_rollback(True)
    Presence.objects.filter(pk=alice.pk).update(capacity=3)
    assert read_now()[alice.pk] == 3


def test_a_language_learned_counts_in_the_next_wave(known):
    alice, _ = known.agents
    ticket = known.ticket()
    type(ticket).objects.filter(pk=ticket.pk).update(language="fi")
    waves.run()
    assert offers_to(alice) == 0
    AgentLanguage.objects.create(agent=alice, code="fi", level=4)
    waves.run()
    assert offers_to(alice) == 1


def test_who_was_silent_too_long_is_offered_something_once_she_is_heard(known):
    alice, bob = known.agents
    presence.set_presence(bob.pk, "offline", by="test")
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET last_seen_at = clock_timestamp() - interval '1 h'
               WHERE agent_id = %s""",
            [alice.pk],
        )
    known.ticket()
    assert waves.run() == 0
    presence.touch([alice.pk])
    assert waves.run() == 1
    assert offers_to(alice) == 1


def test_an_edited_queue_counts_in_the_next_wave(known):
    queue = make_queue(known.desk, "other", offer_timeout_s=30)
    first = known.ticket(topic="other")
    waves.run()
    queue.offer_timeout_s = 60
    queue.save()
    second = known.ticket(topic="other")
    waves.run()
    timeouts = dict(Offer.objects.values_list("ticket_id", "timeout_s"))
    assert (timeouts[first.pk], timeouts[second.pk]) == (30, 60)


def test_long_lines_that_nobody_can_serve_hide_no_other(known, monkeypatch):
    monkeypatch.setattr(waves, "MOST", 2)
    make_queue(known.desk, "astrology", skills={"stars": 3})
    for _ in range(8):
        known.ticket(topic="astrology")
    served = [known.ticket() for _ in range(2)]
    assert waves.run() == 2
    assert set(Offer.objects.filter(state="pending").values_list("ticket_id", flat=True)) >= {
        ticket.pk for ticket in served
    }
