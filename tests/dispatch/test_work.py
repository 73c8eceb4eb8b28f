"""GET /agent/work: what an agent sees of her own work, from the logs."""

from datetime import date, timedelta

import pytest
from django.db import connection

from agents.models import PresenceLog
from core import clock
from dispatch import waves
from dispatch.work import figures
from tests.office import AgentCaller, Office, some_id
from tickets.models import Assignment

HERE = "/agent/work?zone=UTC"


def answered(alice: AgentCaller, ticket: object) -> None:
    """She says something."""
    body = {"client_id": some_id(), "text": "Hello"}
    alice.ok("POST", f"/agent/tickets/{ticket}/messages", body, 201)


def test_a_day_is_counted_from_the_logs(office: Office) -> None:
    kim, alice = office.talk()
    answered(alice, kim.ticket.pk)
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    kim.ok("POST", f"{kim.here}/rating", {"score": 4, "comment": "Quick and kind"}, 201)
    Assignment.objects.filter(ticket=kim.ticket).update(
        ended_at=clock.now() + timedelta(seconds=300)
    )
    seen = alice.ok("GET", HERE)
    today = seen["today"]
    assert (today["conversations"], today["rating"], today["ratings"]) == (1, 4.0, 1)
    assert today["offers"] == {"accepted": 1, "declined": 0, "missed": 0, "not_counted": 0}
    assert (today["acceptance"], today["in_time"]) == (1.0, 1.0)
    assert 299 <= today["handle_s"] <= 310
    assert today["first_reply_s"] == 0
    assert seen["comments"] == [{"date": today["date"], "score": 4, "comment": "Quick and kind"}]
    # Who it was is nowhere, nor when exactly.
    assert str(kim.ticket.pk) not in str(seen)
    assert str(kim.customer.pk) not in str(seen)
    assert len(seen["week"]["days"]) == 7
    assert seen["week"]["conversations"] == 1


def test_what_was_never_hers_to_answer_does_not_count(office: Office) -> None:
    alice = office.works("Alice", capacity=5)
    # Declined; run out after it was on her screen; withdrawn as the customer left; never delivered.
    kim = office.asks()
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/decline", {})
    kim.ok("POST", f"{kim.here}/close", {})
    before = alice.ok("GET", HERE)["today"]
    assert before["offers"] == {"accepted": 0, "declined": 1, "missed": 0, "not_counted": 0}
    assert before["acceptance"] == 0.0
    lee = office.asks()
    waves.run()
    lee.ok("POST", f"{lee.here}/close", {})
    now = alice.ok("GET", HERE)["today"]
    assert now["offers"]["not_counted"] == 1
    assert now["acceptance"] == before["acceptance"]


def test_time_online_is_split_into_conversations_and_waiting(office: Office) -> None:
    kim, alice = office.talk()
    an_hour_ago = clock.now() - timedelta(hours=1)
    PresenceLog.objects.create(
        of_id=alice.agent.pk, was="offline", now="online", at=an_hour_ago, by="test"
    )
    Assignment.objects.filter(ticket=kim.ticket).update(
        started_at=an_hour_ago + timedelta(minutes=20)
    )
    first = an_hour_ago.date().isoformat()
    seen = alice.ok("GET", f"{HERE}&from={first}")["range"]
    assert 3595 <= seen["online_s"] <= 3605
    assert 1195 <= seen["waited_s"] <= 1205


def test_a_rating_is_of_who_had_it_last_and_a_colleague_sees_nothing_of_it(
    office: Office,
) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/release", {})
    bob = office.works("Bob")
    bob.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    bob.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    kim.ok("POST", f"{kim.here}/rating", {"score": 2, "comment": "MARKER"}, 201)
    assert bob.ok("GET", HERE)["today"]["rating"] == 2.0
    hers = alice.ok("GET", HERE)
    assert (hers["today"]["conversations"], hers["today"]["rating"]) == (1, None)
    assert "MARKER" not in str(hers)


def test_an_empty_day_says_nothing_instead_of_nought_percent(office: Office) -> None:
    alice = office.works("Alice", online=False)
    today = alice.ok("GET", HERE)["today"]
    assert (today["acceptance"], today["rating"], today["handle_s"], today["in_time"]) == (
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "to=2026-13-01",
        "from=0001-01-01",
        "from=2026-02-01&to=2026-01-01",
        "from=2025-01-01&to=2026-01-01",
        "zone=Nowhere",
    ],
)
def test_what_is_no_range_is_refused(office: Office, query: str) -> None:
    office.works("Alice").refused(400, "GET", f"/agent/work?{query}")


def test_among_many_offers_hers_are_found_by_index(office: Office) -> None:
    alice = office.works("Alice")
    kim = office.asks()
    crowd = [str(office.agent().pk) for _ in range(20)]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO dispatch_offer (id, ticket_id, agent_id, state, made_at, expires_at,
                   decided_at, decline_reason, waited_s, receipt)
               SELECT gen_random_uuid(), %s, a.id, 'declined', n.at, n.at, n.at, '', 0, '{}'
               FROM unnest(%s::uuid[]) a(id),
                   (SELECT clock_timestamp() - make_interval(mins => n) AS at
                    FROM generate_series(1, 2500) n) n""",
            [kim.ticket.pk, crowd],
        )
        cursor.execute("ANALYZE dispatch_offer")
        begin = clock.now() - timedelta(days=7)
        cursor.execute(f"EXPLAIN {figures.ASKED}", [alice.agent.pk, begin, clock.now()])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "offers_of_agent" in plan
    assert "Seq Scan" not in plan


def test_a_range_of_one_day_holds_that_day_alone(office: Office) -> None:
    _kim, alice = office.talk()
    yesterday = date.fromisoformat(alice.ok("GET", HERE)["today"]["date"]) - timedelta(days=1)
    day = yesterday.isoformat()
    seen = alice.ok("GET", f"{HERE}&from={day}&to={day}")["range"]
    assert [each["date"] for each in seen["days"]] == [day]
    assert seen["conversations"] == 0
