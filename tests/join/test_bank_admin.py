"""The bank of questions in the admin: what can't work is refused at its field, with the reason."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import Skill
from agents.onboarding.models import Blueprint, Check, Option, Question
from tests.factories import enter
from tests.join.people import applicant, bank, reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Client:
    client = Client()
    enter(client, reviewer())
    return client


def question(room: Client, options: list[tuple[str, bool]], pk: Any = None, **fields: Any) -> Any:
    """Save a question; None when it was taken, else the page with what is wrong."""
    form: dict[str, Any] = {
        "language": "en", "skill": "", "kind": "single", "level": "2", "points": "1",
        "text": "Which?", "guide": "", "is_active": "on", **fields,
        "options-TOTAL_FORMS": len(options), "options-INITIAL_FORMS": 0,
    }  # fmt: skip
    for n, (text, is_right) in enumerate(options):
        form |= {f"options-{n}-place": n + 1, f"options-{n}-text": text}
        if is_right:
            form[f"options-{n}-is_right"] = "on"
    address = (
        reverse("admin:onboarding_question_change", args=[pk])
        if pk
        else reverse("admin:onboarding_question_add")
    )
    answer = room.post(address, form)
    return None if answer.status_code == 302 else answer


def test_questions_of_every_kind_are_taken(room: Client) -> None:
    pairs = [("yes", True), ("no", False)]
    assert question(room, pairs) is None
    assert question(room, [*pairs, ("indeed", True)], kind="several") is None
    assert question(room, [("one", False), ("two", False)], kind="ordering") is None
    assert question(room, [("is", False)], kind="cloze", text="This ___ it.") is None
    assert question(room, [], kind="free") is None
    assert Question.objects.count() == 5
    assert Option.objects.count() == 8


@pytest.mark.parametrize(
    ("options", "fields", "words"),
    [
        ([("yes", False), ("no", False)], {}, "No answer is marked as right"),
        ([("yes", True), ("no", True)], {}, "2 answers are marked as right"),
        ([("yes", True)], {}, "at least two answers"),
        ([("yes", True), (" Yes", False)], {}, "Two answers are the same"),
        ([("yes", False), ("no", False)], {"kind": "several"}, "No answer is marked as right"),
        ([("yes", True), ("no", True)], {"kind": "several"}, "nothing to choose"),
        ([("one", True)], {"kind": "ordering"}, "at least two answers"),
        ([], {"kind": "cloze", "text": "This ___ it."}, "at least one answer"),
        ([("is", True)], {"kind": "cloze", "text": "This is it."}, "three underscores"),
        ([("is", True)], {"kind": "cloze", "text": "___ is ___."}, "three underscores"),
        ([("yes", True)], {"kind": "free"}, "remove them"),
        ([(str(n), n == 0) for n in range(11)], {}, "At most 10 answers"),
        ([("yes", True), ("no", False)], {"language": ""}, "a language or a topic"),
        ([("yes", True), ("no", False)], {"language": "English"}, "language"),
        ([("yes", True), ("no", False)], {"points": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_question_that_can_not_be_answered_is_refused_with_the_reason(
    room: Client, options: list[tuple[str, bool]], fields: dict[str, Any], words: str
) -> None:
    page = question(room, options, **fields)
    assert page is not None
    assert words in page.content.decode()
    assert not Question.objects.exists()


def test_both_a_language_and_a_topic_is_one_too_many(room: Client) -> None:
    skill = Skill.objects.create(slug="both", name="Both")
    page = question(room, [("yes", True), ("no", False)], skill=skill.pk)
    assert "not both" in page.content.decode()


def test_the_last_question_that_a_test_needs_can_not_be_taken_out_of_use(room: Client) -> None:
    bank()
    last = Question.objects.get(kind="single")
    pairs = [("Hello", True), ("Bye", False)]
    page = question(room, pairs, pk=last.pk, is_active="")
    assert "write another one first" in page.context["adminform"].form.errors["is_active"][0]
    last.refresh_from_db()
    assert last.is_active
    question(room, pairs)
    assert question(room, pairs, pk=last.pk, is_active="") is None


def plan(room: Client, **fields: Any) -> Any:
    """Save a test; None when it was taken, else the form's errors by field."""
    form = {
        "language": "en", "skill": "", "minutes": "10", "retry_after_h": "24", "is_active": "on",
        "single": "1", "several": "1", "ordering": "1", "cloze": "1", "free": "0",
        "mark_1": "", "mark_2": "50", "mark_3": "70", "mark_4": "90", "mark_5": "",
        "pass_level": "2", **fields,
    }  # fmt: skip
    answer = room.post(reverse("admin:onboarding_blueprint_add"), form)
    return None if answer.status_code == 302 else answer.context["adminform"].form.errors


@pytest.fixture
def questions() -> None:
    bank()
    Blueprint.objects.all().delete()


def test_a_test_that_can_be_drawn_is_taken_once_per_subject(room: Client, questions: None) -> None:
    assert plan(room) is None
    assert Blueprint.objects.get().marks == {2: 50, 3: 70, 4: 90}
    assert "edit that one" in str(plan(room))


@pytest.mark.parametrize(
    ("fields", "at", "words"),
    [
        ({"single": "3"}, "single", "1 questions of this kind in use: write 2 more"),
        ({"free": "2"}, "free", "write 1 more"),
        ({"language": "fr"}, "single", "0 questions of this kind"),
        (dict.fromkeys(("single", "several", "ordering", "cloze"), "0"), "single", "at least one"),
        ({"mark_3": "50"}, "mark_3", "needs more percent than level 2, which begins at 50"),
        ({"mark_4": "60"}, "mark_4", "needs more percent than level 3, which begins at 70"),
        ({"mark_4": "101"}, "mark_4", "from 1 to 100"),
        ({"mark_2": "0"}, "mark_2", "from 1 to 100"),
        ({"pass_level": "1"}, "pass_level", "Nobody could pass: give a percent for level 1"),
        ({"minutes": "0"}, "minutes", "greater than or equal to 1"),
        ({"minutes": "181"}, "minutes", "less than or equal to 180"),
        ({"language": ""}, "language", "a language or a topic"),
    ],
)
def test_a_test_that_can_not_work_is_refused_at_its_field(
    room: Client, questions: None, fields: dict[str, Any], at: str, words: str
) -> None:
    errors = plan(room, **fields)
    assert errors is not None
    assert words in " ".join(errors[at])
    assert not Blueprint.objects.exists()


def test_a_test_out_of_use_is_offered_to_nobody(room: Client) -> None:
    from agents.onboarding import queries

    blueprint = bank()
    nora = applicant()
    assert queries.tests(nora)[0].state == "new"
    Blueprint.objects.filter(pk=blueprint.pk).update(is_active=False)
    assert queries.tests(nora)[0].state == "none"


def test_a_training_question_without_a_right_answer_is_refused(room: Client) -> None:
    check = Check.objects.first()
    assert check is not None
    address = reverse("admin:onboarding_check_change", args=[check.pk])
    options = list(check.options.all())
    form: dict[str, Any] = {
        "page": check.page_id, "text": check.text, "hint": "", "place": 1,
        "options-TOTAL_FORMS": len(options), "options-INITIAL_FORMS": len(options),
    }  # fmt: skip
    for n, option in enumerate(options):
        form |= {
            f"options-{n}-id": option.pk, f"options-{n}-check_of": check.pk,
            f"options-{n}-place": n, f"options-{n}-text": option.text,
        }  # fmt: skip
    assert "exactly one answer" in room.post(address, form).content.decode()
    form["options-1-is_right"] = "on"
    assert room.post(address, form).status_code == 302


@pytest.mark.parametrize(
    "model", ["application", "attempt", "question", "blueprint", "trainingpage", "check"]
)
def test_every_list_of_the_way_in_opens(room: Client, model: str) -> None:
    bank()
    applicant()
    page = room.get(reverse(f"admin:onboarding_{model}_changelist"))
    assert page.status_code == 200
