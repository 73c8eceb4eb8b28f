"""What comes on top: the floor of a day, quests, tips."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from agents.models import PresenceLog
from core import clock
from pay.actions import closing
from pay.models import Earner, QuestMember, Tipping
from tests.office import AgentCaller, CustomerCaller, Heard, Office
from tests.pay.test_settling import resolve
from tests.pay.worlds import booked, lines, make_quest, make_tariff
from tickets.models import Assignment


def was_online(agent: AgentCaller, begin: datetime, hours: float) -> None:
    """As the log tells it."""
    for was, now, at in (
        ("offline", "online", begin),
        ("online", "offline", begin + timedelta(hours=hours)),
    ):
        PresenceLog.objects.create(of=agent.agent.presence, was=was, now=now, at=at, by="test")


def yesterday() -> date:
    return clock.now().date() - timedelta(days=1)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_a_day_below_the_floor_is_topped_up_once_and_waiting_is_paid(office: Office) -> None:
    make_tariff(
        desk=office.desk, floor=Decimal("12.00"), waiting=Decimal("3.00"),
        starts_at=clock.now() - timedelta(days=30),
    )  # fmt: skip
    alice = office.works("Alice", online=False)
    day = yesterday()
    was_online(alice, at(day, 9), 2)
    ticket = office.ticket()
    Assignment.objects.create(
        ticket=ticket, agent=alice.agent, started_at=at(day, 10), held=0,
        ended_at=at(day, 10) + timedelta(minutes=30),
    )  # fmt: skip
    closed = [closing.close_day(alice.agent.pk, day) for _ in range(3)]
    assert closed == [True, False, False]
    # Two hours online, half an hour of it in a conversation: 4.50 for waiting, 24.00 at least.
    assert sorted(booked(alice.agent)) == [("floor", 1950), ("waiting", 450)]
    assert sorted(lines(alice.agent)) == [("earned", -450), ("floor", 2400), ("waiting", 450)]


def test_a_change_of_zone_counts_no_hour_twice(office: Office) -> None:
    make_tariff(
        desk=office.desk, floor=Decimal("12.00"), starts_at=clock.now() - timedelta(days=30)
    )
    alice = office.works("Alice", online=False)
    day = yesterday() - timedelta(days=2)
    was_online(alice, at(day, 12), 1)
    Earner.objects.create(agent=alice.agent, time_zone="Pacific/Kiritimati")  # 14 h ahead
    closing.close_day(alice.agent.pk, day + timedelta(days=1))
    assert booked(alice.agent) == [("floor", 1200)]
    alice.ok("PUT", "/agent/earnings/zone", {"zone": "UTC"})
    closing.close_day(alice.agent.pk, day)
    assert booked(alice.agent) == [("floor", 1200)]


def test_a_day_that_is_not_over_is_not_closed(office: Office) -> None:
    make_tariff(desk=office.desk, floor=Decimal("12.00"))
    alice = office.works("Alice")
    assert closing.close_day(alice.agent.pk, clock.now().date()) is False
    assert booked(alice.agent) == []


def test_a_quest_counts_what_she_ends_after_she_joined_and_pays_once(
    office: Office, heard: Heard
) -> None:
    make_tariff(desk=office.desk)
    quest = make_quest(office.desk)
    kim, alice = office.talk()
    resolve(kim, alice)
    (seen,) = alice.ok("POST", f"/agent/quests/{quest.pk}/join", {})["quests"]
    assert (seen["joined"], seen["done"]) == (True, 0)
    for expected in (1, 2, 2):
        lee = office.asks()
        alice.ok("POST", f"/agent/tickets/{lee.ticket.pk}/claim", {})
        resolve(lee, alice)
        (seen,) = alice.ok("GET", "/agent/earnings")["quests"]
        assert seen["done"] == expected
    assert seen["reached_at"] is not None
    assert [b for b in booked(alice.agent) if b[0] == "quest"] == [("quest", 500)]
    assert QuestMember.objects.get().done == 2


def test_a_quest_of_another_desk_or_one_that_is_over_takes_nobody(office: Office) -> None:
    from tests.factories import make_desk

    alice = office.works("Alice")
    alice.refused(404, "POST", f"/agent/quests/{make_quest(make_desk()).pk}/join", {})
    over = make_quest(office.desk, ends_at=clock.now() - timedelta(minutes=1))
    assert alice.refused(409, "POST", f"/agent/quests/{over.pk}/join", {})["state"] == "over"


def rated(office: Office) -> tuple[CustomerCaller, AgentCaller]:
    kim, alice = office.talk()
    resolve(kim, alice)
    kim.ok("POST", f"{kim.here}/rating", {"score": 5}, 201)
    return kim, alice


def test_a_tip_is_promised_once_after_the_rating(office: Office, heard: Heard) -> None:
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(1), Decimal(2)], is_on=True)
    kim, alice = rated(office)
    assert kim.ok("GET", f"{kim.here}/tip")["amounts"] == [
        {"amount": "1.00", "currency": "EUR"},
        {"amount": "2.00", "currency": "EUR"},
    ]
    wrong = kim.refused(400, "POST", f"{kim.here}/tip", {"amount": "900"})
    assert "1.00, 2.00" in wrong["errors"]["amount"][0]
    for status in (201, 200):
        given = kim.ok("POST", f"{kim.here}/tip", {"amount": "2.00"}, status)
        assert given == {"amounts": [], "tip": {"amount": "2.00", "currency": "EUR"}}
    kim.refused(409, "POST", f"{kim.here}/tip", {"amount": "1.00"})
    assert booked(alice.agent) == [("tip", 200)]
    assert "earnings.changed" in heard.kinds(alice.agent)


def test_no_tip_without_the_desk_or_before_the_rating(office: Office) -> None:
    kim, alice = office.talk()
    resolve(kim, alice)
    kim.refused(409, "POST", f"{kim.here}/tip", {"amount": "2.00"})
    Tipping.objects.create(desk=office.desk, amounts=[Decimal(2)], is_on=True)
    kim.refused(409, "POST", f"{kim.here}/tip", {"amount": "2.00"})
    assert kim.ok("GET", f"{kim.here}/tip") == {"amounts": [], "tip": None}
    assert booked(alice.agent) == []
