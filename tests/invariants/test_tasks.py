"""A task carries no facts: delivered twice, at once or one after the other, it does no more."""

from datetime import timedelta

from django.db.models import Count
from django.db.models.functions import Now

from dispatch import tasks
from dispatch.models import Canary, Offer, OfferLog
from tests.factories import World, make_offer
from tests.races import prepare
from tests.races.harness import nothing_broke, together
from tests.races.promises import broken_promises


def test_every_task_delivered_three_times_does_what_it_does_once(world: World) -> None:
    alice = world.agent("Alice", online=True, capacity=2)
    world.agent("Bob", online=True, capacity=1)
    late = make_offer(world.ticket())
    Offer.objects.filter(pk=late.pk).update(
        delivered_at=Now(), expires_at=Now() - timedelta(seconds=1)
    )
    prepare.tickets(world, 8)
    for _ in range(5):
        outcomes = together(tasks.tick, tasks.tick, tasks.wave, tasks.wave, tasks.tick, tasks.wave)
        assert nothing_broke("tasks", outcomes) == []
    tasks.tick()
    assert Offer.objects.filter(state="pending").count() == 3, "as many as there are slots"
    assert OfferLog.objects.filter(of=late).count() == 2, "made once, expired once"
    twice = OfferLog.objects.values("of", "now").annotate(n=Count("id")).filter(n__gt=1)
    assert list(twice) == []
    assert Canary.objects.filter(name="tick").count() == 1
    assert Offer.objects.filter(agent=alice, state="pending").count() <= 2
    assert broken_promises() == []


def test_a_step_that_breaks_does_not_stop_the_others(world: World, monkeypatch, caplog) -> None:
    def broken() -> None:
        raise RuntimeError("planted")

    world.agent("Alice", online=True)
    ticket = world.ticket()
    monkeypatch.setattr(tasks, "STEPS", (broken, *tasks.STEPS))
    tasks.tick()
    assert Offer.objects.filter(ticket=ticket, state="pending").exists()
    assert "tick: broken failed" in caplog.text
