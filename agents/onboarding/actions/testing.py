"""Tests: begun, answered one by one, handed in, marked. The database's clock decides."""

import random
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import User
from agents.onboarding import grading, states
from agents.onboarding.models import (
    Application,
    Attempt,
    AttemptItem,
    Blueprint,
    Option,
    Question,
)
from agents.onboarding.models.bank import CLOZE, FREE, ORDERING
from core import clock, sql
from core.problems import Problem
from core.states import NOW, SQL, Stale, move

_dice = random.SystemRandom()


def start(application_id: UUID, blueprint_id: int) -> Attempt:
    """Begin a test, or go on with the one that runs. However many ask at once: one begins.

    Raises Http404 for a test that she has not named the subject of, Stale when she is not preparing,
    Problem 409 when she has passed, when the last try is still being marked, or before its wait is
    over.
    """
    end_overdue(application_id)
    with transaction.atomic():
        # The lock makes two who ask at once wait for each other.
        application = Application.objects.select_for_update().get(pk=application_id)
        blueprint = _named(application, blueprint_id)
        if application.state != states.PREPARING:
            raise Stale(application.state)
        last = (
            Attempt.objects.filter(
                application=application, language=blueprint.language, skill=blueprint.skill
            )
            .order_by("-started_at")
            .first()
        )
        if last is not None and last.state == states.RUNNING:
            return last
        _may_try(last)
        return _draw(application, blueprint)


def _named(application: Application, blueprint_id: int) -> Blueprint:
    blueprint = Blueprint.objects.filter(pk=blueprint_id, is_active=True).first()
    if blueprint is None:
        raise Http404
    named = (
        application.skills.filter(skill=blueprint.skill)
        if blueprint.skill_id
        else application.languages.filter(code=blueprint.language)
    )
    if not named.exists():
        raise Http404
    return blueprint


def _may_try(last: Attempt | None) -> None:
    if last is None:
        return
    if last.state == states.MARKING:
        raise Problem(409, "marking", _("A person is reading your last try. Wait for the result."))
    if last.passed:
        raise Problem(409, "passed", _("You have passed this test: there is nothing to repeat."))
    if last.retry_at and last.retry_at > clock.now():
        raise Problem(
            409,
            "too-early",
            _("You can try again later: from %s.") % last.retry_at.strftime("%Y-%m-%d %H:%M UTC"),
            retry_at=last.retry_at.isoformat(),
        )


def _draw(application: Application, blueprint: Blueprint) -> Attempt:
    """A new attempt with its questions, drawn at random from those in use."""
    drawn: list[Question] = []
    for kind, count in blueprint.counts.items():
        if not count:
            continue
        there = list(
            Question.objects.filter(
                is_active=True, kind=kind, language=blueprint.language, skill=blueprint.skill
            ).values_list("pk", flat=True)
        )
        if len(there) < count:
            raise Problem(
                409,
                "no-questions",
                _("This test is being changed right now. Try again tomorrow."),
            )
        chosen = _dice.sample(there, count)
        drawn += Question.objects.filter(pk__in=chosen).order_by("level", "pk")
    with sql.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(mins => %s)", [blueprint.minutes])
        until = cursor.fetchone()[0]
    attempt = Attempt.objects.create(
        application=application,
        blueprint=blueprint,
        language=blueprint.language,
        skill=blueprint.skill,
        until=until,
        rules={
            "marks": {str(level): mark for level, mark in blueprint.marks.items()},
            "pass_level": blueprint.pass_level,
            "retry_after_h": blueprint.retry_after_h,
        },
    )
    options: dict[int, list[Option]] = {}
    for option in Option.objects.filter(question__in=drawn):
        options.setdefault(option.question_id, []).append(option)
    AttemptItem.objects.bulk_create(
        _copy(attempt, place, question, options.get(question.pk, []))
        for place, question in enumerate(drawn, 1)
    )
    return attempt


def _copy(attempt: Attempt, place: int, question: Question, options: list[Option]) -> AttemptItem:
    """The question as it is asked. Names of options are new and say nothing of which is right."""
    shown: list[dict[str, str]] = []
    key: list[str] = []
    if question.kind == CLOZE:
        key = [option.text for option in options]
    elif question.kind != FREE:
        mixed = _dice.sample(options, len(options))
        while question.kind == ORDERING and mixed == options:
            # Left as it is shown, an order is no answer: then it must not be the right one.
            mixed = _dice.sample(options, len(options))
        names = {option.pk: "abcdefghijklmnopqrstuvwxyz"[n] for n, option in enumerate(mixed)}
        shown = [{"id": names[option.pk], "text": option.text} for option in mixed]
        right = options if question.kind == ORDERING else [o for o in options if o.is_right]
        key = [names[option.pk] for option in right]
    return AttemptItem(
        attempt=attempt,
        place=place,
        kind=question.kind,
        level=question.level,
        points=question.points,
        text=question.text,
        guide=question.guide,
        options=shown,
        key=key,
    )


def answer(attempt: Attempt, place: int, given: Any) -> AttemptItem:
    """Keep one answer. The same again changes nothing.

    Raises Http404 for a place that is not there, ValidationError for an answer that can't be one,
    Stale when the test was handed in or its time is over.
    """
    item = AttemptItem.objects.filter(attempt=attempt, place=place).first()
    if item is None:
        raise Http404
    try:
        value = grading.readable(item.kind, item.options, given)
    except ValueError as wrong:
        raise ValidationError({"answer": [str(wrong)]}) from None
    with transaction.atomic():
        _hold(attempt)
        AttemptItem.objects.filter(pk=item.pk).update(answer=value, answered_at=clock.now())
    item.answer = value
    return item


def _hold(attempt: Attempt) -> None:
    """Keep the attempt from being handed in until this transaction ends. Raises Stale when it is over."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM onboarding_attempt WHERE id = %s AND state = 'running'
               AND until + make_interval(secs => %s) > clock_timestamp() FOR SHARE""",
            [attempt.pk, settings.JOIN_TEST_GRACE_S],
        )
        if cursor.fetchone() is None:
            raise _over(attempt)


def _over(attempt: Attempt) -> Stale:
    state = Attempt.objects.values_list("state", flat=True).get(pk=attempt.pk)
    if state == states.RUNNING:
        return Stale(state, _("The time is over. What came in before counts."))
    return Stale(state, _("This test has been handed in. What came in before counts."))


def submit(attempt: Attempt, given: Mapping[int, Any] | None = None) -> Attempt:
    """Hand it in, with the answers of a form if there are any; again changes nothing.

    Answers that come too late, or can't be ones, are left out: what was kept before counts.
    """
    for place, value in (given or {}).items():
        try:
            answer(attempt, place, value)
        except (Stale, ValidationError, Http404):
            continue
    _end([attempt.pk], by="applicant", reason="handed in")
    attempt.refresh_from_db()
    return attempt


def end_overdue(application_id: UUID | None = None) -> int:
    """End tests whose time is over, with what was answered; returns how many."""
    late = Attempt.objects.filter(
        state=states.RUNNING, until__lt=clock.now() - timedelta(seconds=settings.JOIN_TEST_GRACE_S)
    )
    if application_id is not None:
        late = late.filter(application_id=application_id)
    return _end(list(late.values_list("pk", flat=True)), by="system", reason="time over")


def _end(ids: list[UUID], *, by: str, reason: str) -> int:
    with transaction.atomic():
        moved = move(
            Attempt,
            states.ATTEMPT,
            ids,
            states.MARKING,
            by=by,
            reason=reason,
            values={
                "ended_at": NOW,
                "retry_at": SQL(
                    "clock_timestamp() + make_interval(hours => (r.rules->>'retry_after_h')::int)"
                ),
            },
        )
        for row in moved:
            for item in AttemptItem.objects.filter(attempt_id=row.id, score__isnull=True):
                item.score = grading.score(item.kind, item.points, item.key, item.answer)
                item.save(update_fields=["score"])
            _conclude(row.id, by="system")
    return len(moved)


def mark(item_id: int, given: Decimal, by: User) -> None:
    """A reviewer gives a free answer its points. Raises Problem 409 when it needs none, 403 for one's
    own, ValidationError for more than there are."""
    with transaction.atomic():
        # One after the other: of two who give the last points at once, the later one sees all.
        attempt_id = AttemptItem.objects.values_list("attempt_id", flat=True).get(pk=item_id)
        Attempt.objects.select_for_update().get(pk=attempt_id)
        item = AttemptItem.objects.select_related("attempt__application").get(pk=item_id)
        if item.attempt.application.user_id == by.pk:
            raise Problem(403, "own-application", _("Your own test is marked by somebody else."))
        if item.attempt.state != states.MARKING or item.kind != FREE:
            raise Problem(409, "marked", _("This answer has its points already."))
        if not 0 <= given <= item.points:
            raise ValidationError({"score": [_("From 0 to %d points.") % item.points]})
        item.score, item.marked_by = given, by
        item.save(update_fields=["score", "marked_by"])
        _conclude(item.attempt_id, by=f"staff:{by.pk}:{by.email}")


def _conclude(attempt_id: UUID, *, by: str) -> None:
    """The result, once every answer has its points."""
    items = list(AttemptItem.objects.filter(attempt_id=attempt_id))
    if any(item.score is None for item in items):
        return
    attempt = Attempt.objects.get(pk=attempt_id)
    possible = sum(item.points for item in items)
    given = sum((item.score or Decimal(0) for item in items), Decimal(0))
    reached = grading.percent(given, possible)
    marks = {int(level): mark for level, mark in attempt.rules["marks"].items()}
    level = grading.level(marks, reached)
    move(
        Attempt,
        states.ATTEMPT,
        [attempt_id],
        states.DONE,
        by=by,
        reason=f"{reached} %, level {level}",
        values={
            "percent": reached,
            "level": level,
            "passed": level >= attempt.rules["pass_level"],
        },
    )
