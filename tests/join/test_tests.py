"""Tests of languages and topics: drawn, answered, handed in, marked; the database's clock decides."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404
from rest_framework.exceptions import ValidationError

from agents.models import Skill
from agents.onboarding import queries
from agents.onboarding.actions import testing
from agents.onboarding.models import Application, Attempt, Blueprint, Question
from core import clock
from core.problems import Problem
from core.states import Stale
from tests.join.people import applicant, ask, bank, passed, reviewer, right, session
from tests.office import Caller

pytestmark = pytest.mark.django_db


def begin(application: Application | None = None, **fields: Any) -> Attempt:
    return testing.start((application or applicant()).pk, bank(**fields).pk)


def api(application: Application) -> Caller:
    """Her browser's calls."""
    caller = Caller()
    caller.client.force_login(application.user)  # type: ignore[arg-type]
    return caller


def late(attempt: Attempt, seconds: float) -> None:
    """The time was over so long ago."""
    Attempt.objects.filter(pk=attempt.pk).update(until=clock.now() - timedelta(seconds=seconds))
    attempt.refresh_from_db()


def test_a_test_draws_what_its_plan_says_and_keeps_its_own_copy() -> None:
    nora, blueprint = applicant(), bank(single=3)
    for n in range(6):
        ask("single", f"Question {n}", {"yes": True, "no": False})
    attempt = testing.start(nora.pk, blueprint.pk)
    assert [item.kind for item in attempt.items.all()] == ["single"] * 3 + [
        "several",
        "ordering",
        "cloze",
    ]
    before = list(attempt.items.values_list("text", "options", "key"))
    Question.objects.update(text="Another question", is_active=False)
    for question in Question.objects.all():
        question.options.all().delete()
    assert list(attempt.items.values_list("text", "options", "key")) == before


def test_questions_and_their_answers_come_in_another_order_each_time() -> None:
    blueprint = bank(several=0, ordering=0, cloze=0)
    ask("single", "Which is first?", {f"answer {n}": n == 0 for n in range(8)})
    seen = set()
    for _ in range(12):
        item = testing.start(applicant().pk, blueprint.pk).items.get()
        seen.add((item.text, tuple(option["text"] for option in item.options)))
    assert len({text for text, _options in seen}) == 2
    assert len(seen) > 6


def test_what_is_right_never_reaches_the_browser_before_the_end() -> None:
    nora = applicant()
    attempt = begin(nora, free=1)
    shown = api(nora).ok("GET", f"/join/attempts/{attempt.pk}")
    assert set(shown["items"][0]) == {"place", "kind", "text", "points", "options", "answer"}
    page = session(nora).get(f"/join/tests/{attempt.pk}/").content.decode()
    for text in (json.dumps(shown), page):
        assert "walked" not in text, "the gap's answers"
        assert "says what happens next" not in text, "the markers' guide"
    # Names of options follow the order in which they are shown, whatever is right.
    for item in attempt.items.exclude(options=[]):
        assert [option["id"] for option in item.options] == list("abc")


def test_every_kind_is_worth_what_was_right() -> None:
    nora = applicant()
    attempt = passed(nora, bank())
    assert (attempt.state, attempt.percent, attempt.level, attempt.passed) == ("done", 100, 4, True)
    assert queries.levels(nora) == ({"en": 4}, {})


def test_wrong_and_missing_answers_are_worth_nothing_and_guessing_all_gains_nothing() -> None:
    nora = applicant()
    attempt = begin(nora)
    several = attempt.items.get(kind="several")
    everything = [option["id"] for option in several.options]
    testing.answer(attempt, several.place, everything)
    order = attempt.items.get(kind="ordering")
    testing.answer(attempt, order.place, list(reversed(order.key)))
    testing.answer(attempt, attempt.items.get(kind="cloze").place, "goed")
    testing.submit(attempt)
    scores = {item.kind: item.score for item in attempt.items.all()}
    assert scores == {
        "single": Decimal(0), "several": Decimal("0.5"), "ordering": Decimal(0), "cloze": Decimal(0),
    }  # fmt: skip
    attempt.refresh_from_db()
    assert (attempt.level, attempt.passed) == (0, False)


def test_answers_are_kept_one_by_one_and_are_there_after_a_reload() -> None:
    nora = applicant()
    attempt = begin(nora)
    caller = api(nora)
    single = attempt.items.get(kind="single")
    here = f"/join/attempts/{attempt.pk}"
    kept = caller.ok("PUT", f"{here}/answers/{single.place}", {"answer": "b"})
    assert kept["answer"] == "b"
    caller.ok("PUT", f"{here}/answers/{single.place}", {"answer": "c"})
    assert caller.ok("GET", here)["items"][single.place - 1]["answer"] == "c"
    page = session(nora).get(f"/join/tests/{attempt.pk}/").content.decode()
    assert 'value="c" checked' in page
    assert 'value="b" checked' not in page
    # The button again goes on with the same test.
    assert testing.start(nora.pk, attempt.blueprint_id or 0).pk == attempt.pk


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("single", "z"),
        ("single", ["a"]),
        ("single", 1),
        ("single", {"a": 1}),
        ("several", "a"),
        ("several", ["a", "a"]),
        ("several", ["z"]),
        ("several", [1]),
        ("several", ["a"] * 30),
        ("ordering", ["a", "b"]),
        ("ordering", ["a", "b", "b"]),
        ("cloze", ["went"]),
        ("cloze", "x" * 101),
        ("cloze", "a\x00b"),
        ("cloze", True),
    ],
)
def test_an_answer_that_can_not_be_one_is_refused_and_the_one_before_stays(
    kind: str, answer: Any
) -> None:
    nora = applicant()
    attempt = begin(nora)
    right(attempt)
    item = attempt.items.get(kind=kind)
    problem = api(nora).refused(
        400, "PUT", f"/join/attempts/{attempt.pk}/answers/{item.place}", {"answer": answer}
    )
    assert "answer" in problem["errors"]
    before = item.answer
    item.refresh_from_db()
    assert item.answer == before


def test_handing_in_twice_is_harmless() -> None:
    nora = applicant()
    attempt = begin(nora)
    right(attempt)
    caller = api(nora)
    first = caller.ok("POST", f"/join/attempts/{attempt.pk}/submit")
    again = caller.ok("POST", f"/join/attempts/{attempt.pk}/submit")
    assert {**first, "server_time": ""} == {**again, "server_time": ""}
    assert (first["level"], first["passed"]) == (4, True)
    assert attempt.log.count() == 2, "marking, done: once each"


def test_answers_after_the_end_are_refused() -> None:
    nora = applicant()
    attempt = begin(nora)
    testing.submit(attempt)
    problem = api(nora).refused(
        409, "PUT", f"/join/attempts/{attempt.pk}/answers/1", {"answer": "a"}
    )
    assert problem["state"] == "done"
    assert not attempt.items.filter(answer__isnull=False).exists()


def test_a_slow_network_is_forgiven_for_some_seconds_and_no_longer(settings: Any) -> None:
    nora = applicant()
    attempt = begin(nora)
    late(attempt, settings.JOIN_TEST_GRACE_S - 5)
    testing.answer(attempt, 1, "a")
    late(attempt, settings.JOIN_TEST_GRACE_S + 1)
    with pytest.raises(Stale):
        testing.answer(attempt, 1, "b")
    right_form = {"q1": "c"}
    page = session(nora).post(f"/join/tests/{attempt.pk}/hand-in/", right_form, follow=True)
    assert "Not this time" in page.content.decode()
    assert attempt.items.get(place=1).answer == "a"


def test_a_test_that_nobody_ends_ends_by_itself_with_what_was_answered() -> None:
    attempt = begin()
    right(attempt)
    assert testing.end_overdue() == 0
    late(attempt, 20)
    assert testing.end_overdue() == 1
    assert testing.end_overdue() == 0
    attempt.refresh_from_db()
    assert (attempt.state, attempt.passed) == ("done", True)


def test_a_form_without_a_script_hands_all_in_at_once() -> None:
    nora = applicant()
    attempt = begin(nora)
    form: dict[str, Any] = {}
    for item in attempt.items.all():
        if item.kind == "ordering":
            form |= {f"q{item.place}-{id}": str(n) for n, id in enumerate(item.key, 1)}
        else:
            form[f"q{item.place}"] = item.key if item.kind == "several" else item.key[0]
    page = session(nora).post(f"/join/tests/{attempt.pk}/hand-in/", form, follow=True)
    assert "Passed" in page.content.decode()


def test_nobody_elses_test_is_there_for_anybody() -> None:
    nora, olga = applicant(), applicant()
    attempt = begin(nora)
    caller, browser = api(olga), session(olga)
    caller.refused(404, "GET", f"/join/attempts/{attempt.pk}")
    caller.refused(404, "PUT", f"/join/attempts/{attempt.pk}/answers/1", {"answer": "a"})
    caller.refused(404, "POST", f"/join/attempts/{attempt.pk}/submit")
    assert browser.get(f"/join/tests/{attempt.pk}/").status_code == 404
    assert browser.post(f"/join/tests/{attempt.pk}/hand-in/").status_code == 404
    Caller().refused(401, "GET", f"/join/attempts/{attempt.pk}")
    attempt.refresh_from_db()
    assert attempt.state == "running"
    assert not attempt.items.filter(answer__isnull=False).exists()


def test_a_write_without_the_pages_token_is_refused() -> None:
    nora = applicant()
    attempt = begin(nora)
    caller = api(nora)
    caller.client.handler.enforce_csrf_checks = True
    problem = caller.refused(403, "PUT", f"/join/attempts/{attempt.pk}/answers/1", {"answer": "a"})
    assert problem["type"].endswith("csrf")


def test_what_she_has_not_named_she_is_not_tested_in() -> None:
    nora = applicant(languages={"en": 3})
    french = bank("fr")
    with pytest.raises(Http404):
        testing.start(nora.pk, french.pk)
    assert session(nora).post(f"/join/tests/{french.pk}/").status_code == 404


def test_another_try_comes_after_the_wait_and_not_after_a_pass() -> None:
    nora, blueprint = applicant(), bank(retry_after_h=48)
    failed = testing.submit(testing.start(nora.pk, blueprint.pk))
    assert failed.passed is False
    browser = session(nora)
    page = browser.post(f"/join/tests/{blueprint.pk}/")
    assert page.status_code == 409
    assert "try again later" in page.content.decode()
    assert "not enough this time. Again in" in browser.get("/join/status/").content.decode()
    # A shorter wait afterwards changes nothing for who has tried already.
    Blueprint.objects.filter(pk=blueprint.pk).update(retry_after_h=0)
    with pytest.raises(Problem):
        testing.start(nora.pk, blueprint.pk)
    Attempt.objects.filter(pk=failed.pk).update(retry_at=clock.now())
    again = passed(nora, blueprint)
    assert again.pk != failed.pk
    with pytest.raises(Problem) as refused:
        testing.start(nora.pk, blueprint.pk)
    assert refused.value.code == "passed"


def test_written_answers_are_marked_by_a_person_and_then_there_is_a_result() -> None:
    nora, rita = applicant(), reviewer()
    attempt = begin(nora, free=1)
    right(attempt)
    testing.submit(attempt)
    assert attempt.state == "marking"
    (waiting,) = queries.tests(nora)
    assert (waiting.state, waiting.counts) == ("marking", True)
    written = attempt.items.get(kind="free")
    with pytest.raises(ValidationError):
        testing.mark(written.pk, Decimal(3), rita)
    with pytest.raises(Problem):
        testing.mark(written.pk, Decimal(2), nora.user)  # type: ignore[arg-type]
    testing.mark(written.pk, Decimal(1), rita)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.percent, attempt.level) == ("done", 83, 3)
    with pytest.raises(Problem):
        testing.mark(written.pk, Decimal(2), rita)


def test_a_written_answer_that_is_not_there_needs_no_person() -> None:
    attempt = begin(free=1)
    testing.submit(attempt)
    assert attempt.state == "done"


def test_results_of_topics_are_levels_too() -> None:
    parcels = Skill.objects.create(slug="parcels-x", name="Parcels")
    nora = applicant(skills={parcels.pk: 5})
    passed(nora, bank(skill=parcels))
    assert queries.levels(nora) == ({}, {parcels.pk: 4})


def test_a_level_is_reached_at_its_mark_and_not_below() -> None:
    from agents.onboarding import grading

    marks = {1: 30, 3: 70, 5: 95}
    assert [grading.level(marks, n) for n in (0, 29, 30, 69, 70, 94, 95, 100)] == [
        0,
        0,
        1,
        1,
        3,
        3,
        5,
        5,
    ]
    assert grading.percent(Decimal("6.99"), 10) == 69


def test_an_order_is_never_shown_as_it_should_be() -> None:
    nora, blueprint = applicant(), bank(single=0, several=0, cloze=0)
    ask("ordering", "Left to right", {"left": True, "right": True})
    for _ in range(10):
        item = testing.start(nora.pk, blueprint.pk).items.get()
        assert [option["id"] for option in item.options] != item.key
        Attempt.objects.filter(application=nora).delete()
