"""The training: page after page, each with a question, and as many tries as it takes."""

import pytest

from agents.onboarding.models import Check, TrainingPage
from tests.join.people import applicant, session, trained

pytestmark = pytest.mark.django_db


def answers(page: TrainingPage, *, rightly: bool) -> dict[str, str]:
    return {
        f"check-{check.pk}": str(check.options.filter(is_right=rightly)[0].pk)
        for check in page.checks.all()
    }


def test_a_page_is_done_once_all_its_questions_are_answered_rightly_however_often_she_tries() -> (
    None
):
    nora = applicant()
    browser = session(nora)
    first, second = TrainingPage.objects.filter(is_active=True)[:2]
    for _ in range(3):
        page = browser.post(f"/join/training/{first.slug}/", answers(first, rightly=False))
        assert page.status_code == 400
        assert "Not quite." in page.content.decode()
    half = answers(first, rightly=True)
    half.popitem()
    assert (
        "Choose an answer." in browser.post(f"/join/training/{first.slug}/", half).content.decode()
    )
    assert not nora.trained.exists()
    for _ in range(2):
        done = browser.post(f"/join/training/{first.slug}/", answers(first, rightly=True))
        assert done.headers["Location"] == f"/join/training/{second.slug}/"
    assert nora.trained.count() == 1


def test_pages_come_one_after_the_other() -> None:
    browser = session(applicant())
    first, *_between, last = TrainingPage.objects.filter(is_active=True)
    assert browser.get(f"/join/training/{last.slug}/").headers["Location"] == (
        f"/join/training/{first.slug}/"
    )
    assert browser.get("/join/training/no-such-page/").status_code == 404


def test_which_answer_is_right_is_not_in_the_page() -> None:
    browser = session(applicant())
    first = TrainingPage.objects.filter(is_active=True)[0]
    page = browser.get(f"/join/training/{first.slug}/").content.decode()
    for check in Check.objects.filter(page=first):
        assert check.text in page.replace("&#x27;", "'")
        assert check.hint not in page
    assert "right" not in page.split("<form")[2]


@pytest.mark.parametrize("value", ["", "abc", "-1", "9" * 30, "999999"])
def test_an_answer_that_is_none_is_not_right(value: str) -> None:
    nora = applicant()
    first = TrainingPage.objects.filter(is_active=True)[0]
    chosen = dict.fromkeys(answers(first, rightly=True), value)
    assert session(nora).post(f"/join/training/{first.slug}/", chosen).status_code == 400
    assert not nora.trained.exists()


def test_all_of_it_is_done_in_the_end() -> None:
    nora = applicant()
    trained(nora)
    page = session(nora).get("/join/status/").content.decode()
    assert 'data-step="training" data-how="done"' in page
