"""An applicant's steps: document, tests, training."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import ValidationError

from agents.onboarding import queries, states
from agents.onboarding.actions import documents, testing, training
from agents.onboarding.models import Application, Attempt, AttemptItem, TrainingPage
from agents.onboarding.models.bank import ORDERING, SEVERAL
from core import clock
from core.problems import Problem
from core.states import Stale
from web.join.forms import Identity
from web.join.views import applicant, said, throttled


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def document(request: HttpRequest, application: Application) -> HttpResponse:
    """The identity document."""
    if application.state != states.PREPARING:
        return redirect("join-status")
    form = Identity(request.POST or None, request.FILES or None)
    code = 200
    if request.method == "POST":
        if (wait := throttled(request, "join-upload", str(application.pk))) is not None:
            return wait
        code = 400
        if form.is_valid():
            try:
                documents.upload(
                    application.pk,
                    kind=form.cleaned_data["kind"],
                    upload=form.cleaned_data["file"],
                )
                return redirect("join-status")
            except Problem as problem:
                form.add_error("file", str(problem.detail))
                code = problem.status_code
            except Stale:
                return redirect("join-status")
    return render(
        request,
        "web/join/document.html",
        {
            "form": form,
            "latest": application.documents.first(),
            "megabytes": settings.MAX_FILE_BYTES // 1024 // 1024,
            "max_bytes": settings.MAX_FILE_BYTES,
            "days": settings.JOIN_DOCUMENT_DAYS,
        },
        status=code,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def begin(request: HttpRequest, application: Application, blueprint: int) -> HttpResponse:
    """What a test is like, and the button that starts its clock."""
    test = next(
        (
            each
            for each in queries.tests(application)
            if each.blueprint is not None and each.blueprint.pk == blueprint
        ),
        None,
    )
    if test is None:
        raise Http404
    if request.method == "POST":
        try:
            attempt = testing.start(application.pk, blueprint)
            return redirect("join-test", attempt_id=attempt.pk)
        except Problem as problem:
            return said(
                request, _("Not yet"), str(problem.detail), problem.status_code, status_page=True
            )
        except Stale:
            return redirect("join-status")
    if test.state == "running" and test.attempt is not None:
        return redirect("join-test", attempt_id=test.attempt.pk)
    if not test.may_start or application.state != states.PREPARING:
        return redirect("join-status")
    return render(
        request,
        "web/join/begin.html",
        {"test": test, "total": sum(test.blueprint.counts.values()) if test.blueprint else 0},
    )


@require_http_methods(["GET", "HEAD"])
@ensure_csrf_cookie
@applicant
def test(request: HttpRequest, application: Application, attempt_id: UUID) -> HttpResponse:
    """A test as it runs, with what was answered so far; once it is over, how it went."""
    testing.end_overdue(application.pk)
    attempt = queries.attempt_of(attempt_id, request.user.pk or 0)
    items = list(attempt.items.all())
    context: dict[str, Any] = {
        "attempt": attempt,
        "name": attempt.skill.name if attempt.skill else queries.language_name(attempt.language),
    }
    if attempt.state != states.RUNNING:
        return render(request, "web/join/result.html", context)
    now = clock.now()
    left_s = max(0, int((attempt.until - now).total_seconds()))
    context |= {
        "items": [{"item": item, "answer": item.answer, "places": _places(item)} for item in items],
        "minutes_left": left_s // 60,
        "config": {
            "attempt": str(attempt.pk),
            "until": int(attempt.until.timestamp() * 1000),
            "now": int(now.timestamp() * 1000),
        },
    }
    return render(request, "web/join/test.html", context)


def _places(item: AttemptItem) -> list[dict[str, Any]]:
    """For an order: its options as they were put, each with the place that it was given."""
    if item.kind != ORDERING:
        return []
    given = item.answer or []
    by_id = {option["id"]: option for option in item.options}
    order = given or list(by_id)
    return [{**by_id[id], "at": n if given else 0} for n, id in enumerate(order, 1)]


@require_POST
@applicant
def submit(request: HttpRequest, application: Application, attempt_id: UUID) -> HttpResponse:
    """Hand a test in, with all that the form holds."""
    attempt = queries.attempt_of(attempt_id, request.user.pk or 0)
    testing.submit(attempt, answers(request, attempt))
    return redirect("join-test", attempt_id=attempt.pk)


def answers(request: HttpRequest, attempt: Attempt) -> dict[int, Any]:
    """A form's answers by place; what was left empty is not among them."""
    found: dict[int, Any] = {}
    for item in attempt.items.all():
        name = f"q{item.place}"
        value: Any
        if item.kind == SEVERAL:
            value = request.POST.getlist(name)
        elif item.kind == ORDERING:
            places = {
                option["id"]: request.POST.get(f"{name}-{option['id']}", "")
                for option in item.options
            }
            whole = sorted(places.values()) == sorted(str(n + 1) for n in range(len(places)))
            value = sorted(places, key=lambda id: int(places[id])) if whole else None
        else:
            value = request.POST.get(name, "").strip()
        if value:
            found[item.place] = value
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def page(request: HttpRequest, application: Application, slug: str) -> HttpResponse:
    """A page of the training. Pages come one after the other."""
    standing = queries.standing(application)
    pages = [each for each, _done in standing.pages]
    reading = get_object_or_404(TrainingPage, slug=slug, is_active=True)
    done = dict(standing.pages)[reading]
    first = standing.next_page
    if not done and first is not None and first != reading:
        return redirect("join-training", slug=first.slug)
    if application.state != states.PREPARING and not done:
        return redirect("join-status")
    errors: dict[str, list[str]] = {}
    chosen: dict[int, int] = {}
    checks = list(reading.checks.prefetch_related("options"))
    if request.method == "POST" and application.state == states.PREPARING:
        for check in checks:
            value = request.POST.get(f"check-{check.pk}", "")
            if value.isdecimal() and len(value) < 12:
                chosen[check.pk] = int(value)
        try:
            training.finish(application.pk, reading, chosen)
            after = pages[pages.index(reading) + 1 :]
            if after:
                return redirect("join-training", slug=after[0].slug)
            return redirect("join-status")
        except ValidationError as wrong:
            errors = wrong.detail  # type: ignore[assignment]
        except Stale:
            return redirect("join-status")
    return render(
        request,
        "web/join/training.html",
        {
            "reading": reading,
            "number": pages.index(reading) + 1,
            "total": len(pages),
            "pages": standing.pages,
            "checks": [
                {
                    "check": check,
                    "options": list(check.options.all()),
                    "chosen": chosen.get(check.pk),
                    "errors": errors.get(f"check-{check.pk}", []),
                }
                for check in checks
            ],
            "done": done,
        },
        status=400 if errors else 200,
    )
