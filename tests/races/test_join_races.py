"""Applicants press twice, and the end of a test meets its last answer: real commits, real threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from agents.onboarding import states
from agents.onboarding.actions import applying, testing
from agents.onboarding.models import Application, Attempt
from core import clock
from core.problems import Problem
from core.states import Stale
from tests.join.people import PASSWORD, applicant, apply, bank, right

ROUNDS = 12


@pytest.fixture(scope="module")
def blueprint(django_db_setup: None, django_db_blocker: Any) -> Any:
    """A bank in a language that no other test has."""
    with django_db_blocker.unblock():
        yield bank("vo")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Let all begin at the same moment; what each returned, or raised."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_who_start_the_same_test_at_once_get_the_same_one(
    committed: None, blueprint: Any
) -> None:
    for _ in range(ROUNDS):
        nora = applicant(languages={"vo": 3})
        started = at_once(*[lambda: testing.start(nora.pk, blueprint.pk)] * 4)  # noqa: B023
        assert len({attempt.pk for attempt in started}) == 1, started
        assert Attempt.objects.filter(application=nora).count() == 1


def test_an_answer_that_meets_the_end_counts_or_is_refused_and_never_half(
    committed: None, blueprint: Any
) -> None:
    seen = set()
    for _ in range(ROUNDS * 2):
        nora = applicant(languages={"vo": 3})
        attempt = testing.start(nora.pk, blueprint.pk)
        item = attempt.items.get(kind="single")
        answered, _ended, _again = at_once(
            lambda: testing.answer(attempt, item.place, item.key[0]),  # noqa: B023
            lambda: testing.submit(attempt),  # noqa: B023
            lambda: testing.submit(Attempt.objects.get(pk=attempt.pk)),  # noqa: B023
        )
        item.refresh_from_db()
        kept = not isinstance(answered, Stale)
        assert kept or item.answer is None, "refused is refused"
        assert item.score == (item.points if kept else 0), "what was taken has its points"
        attempt.refresh_from_db()
        assert attempt.state == states.DONE
        assert [row.now for row in attempt.log.order_by("id")] == ["marking", "done"]
        seen.add(kept)
    assert seen, "one of the two happened each time"


def test_the_clock_and_the_applicant_end_a_test_once(committed: None, blueprint: Any) -> None:
    for _ in range(ROUNDS):
        nora = applicant(languages={"vo": 3})
        attempt = testing.start(nora.pk, blueprint.pk)
        right(attempt)
        Attempt.objects.filter(pk=attempt.pk).update(until=clock.now() - timedelta(minutes=1))
        at_once(
            lambda: testing.end_overdue(nora.pk),  # noqa: B023
            lambda: testing.submit(attempt),  # noqa: B023
            lambda: testing.end_overdue(),
        )
        attempt.refresh_from_db()
        assert (attempt.state, attempt.passed, attempt.log.count()) == ("done", True, 2)


def test_two_links_of_one_address_opened_at_once_make_one_log_in(committed: None) -> None:
    for _ in range(6):
        email = apply()
        apply(email=email)
        tokens = [applying.token_of(each.pk) for each in Application.objects.filter(email=email)]
        made = at_once(
            *(
                lambda token=token: applying.confirm(token, PASSWORD)
                for token in [*tokens, tokens[0]]
            )
        )
        done = [each for each in made if not isinstance(each, Problem)]
        assert len(done) == 1, made
        assert Application.objects.get(email=email).user == done[0]
