"""Where an applicant stands, what she may do next, and what reviewers want to know."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.onboarding import states
from agents.onboarding.models import (
    Application,
    Attempt,
    Blueprint,
    Document,
    TrainingPage,
)
from core import clock
from core.languages import language_name as language_name

# How a step stands.
DONE, NEXT, LATER, PENDING, REFUSED = "done", "next", "later", "pending", "refused"
STATE_NAMES = {
    states.UNVERIFIED: gettext_lazy("Address not proven"),
    states.PREPARING: gettext_lazy("Applicant at work"),
    states.WAITING: gettext_lazy("Waits for a reviewer"),
    states.PROBATION: gettext_lazy("Supervised conversations"),
    states.CERTIFIED: gettext_lazy("Certified"),
    states.DECLINED: gettext_lazy("Declined"),
}


@dataclass(frozen=True)
class Test:
    """One test, as the applicant sees it. `state` is new, running, marking, passed, failed, wait or none
    (there is no test for what she named)."""

    name: str
    claimed: int
    blueprint: Blueprint | None
    attempt: Attempt | None
    state: str
    is_language: bool
    retry_at: datetime | None = None

    @property
    def may_start(self) -> bool:
        """Whether a press on the button begins one."""
        return self.state in ("new", "failed")

    @property
    def counts(self) -> bool:
        """Whether it is enough to hand in: passed, or a person has yet to read it."""
        return self.state in ("passed", "marking")


@dataclass
class Standing:
    """Everything that the applicant's page says."""

    application: Application
    steps: list[tuple[str, str]]
    document: Document | None
    tests: list[Test]
    pages: list[tuple[TrainingPage, bool]]
    missing: list[str] = field(default_factory=list)

    @property
    def may_hand_in(self) -> bool:
        """All that is asked is there, and it is not handed in yet."""
        return self.application.state == states.PREPARING and not self.missing

    @property
    def next_page(self) -> TrainingPage | None:
        """The first page that is not done."""
        return next((page for page, done in self.pages if not done), None)


def of_user(user_id: int) -> Application | None:
    """The application of this log-in."""
    return Application.objects.filter(user_id=user_id).select_related("agent").first()


def lands_at_status(user_id: int) -> bool:
    """Whether this log-in is an applicant's who does not work yet, or not any more."""
    return Application.objects.filter(
        Q(agent__isnull=True) | Q(state__in=[states.PREPARING, states.WAITING, states.DECLINED]),
        user_id=user_id,
    ).exists()


def attempt_of(attempt_id: UUID, user_id: int) -> Attempt:
    """Her own test. Raises Http404 for any other id."""
    attempt = (
        Attempt.objects.filter(pk=attempt_id, application__user_id=user_id)
        .select_related("application", "skill")
        .first()
    )
    if attempt is None:
        raise Http404
    return attempt


def document(application: Application) -> Document | None:
    """The document that counts: the latest, unless another one was asked for."""
    latest = application.documents.order_by("-uploaded_at").first()
    return None if latest is None or latest.refused else latest


def tests(application: Application) -> list[Test]:
    """A test for each language and topic that she named."""
    now = clock.now()
    blueprints = list(Blueprint.objects.filter(is_active=True).select_related("skill"))
    by_code = {each.language: each for each in blueprints if each.skill_id is None}
    by_skill = {each.skill_id: each for each in blueprints if each.skill_id is not None}
    latest: dict[tuple[str, int | None], Attempt] = {}
    for attempt in application.attempts.order_by("started_at"):
        latest[attempt.language, attempt.skill_id] = attempt
    found = []
    for language in application.languages.order_by("-level", "code"):
        found.append(
            _test(
                language_name(language.code), language.level, by_code.get(language.code),
                latest.get((language.code, None)), now, is_language=True,
            )
        )  # fmt: skip
    for claim in application.skills.select_related("skill").order_by("-level", "skill__name"):
        found.append(
            _test(
                claim.skill.name, claim.level, by_skill.get(claim.skill_id),
                latest.get(("", claim.skill_id)), now, is_language=False,
            )
        )  # fmt: skip
    return found


def _test(
    name: str,
    claimed: int,
    blueprint: Blueprint | None,
    attempt: Attempt | None,
    now: datetime,
    *,
    is_language: bool,
) -> Test:
    state, retry_at = "new", None
    if attempt is None:
        state = "new" if blueprint else "none"
    elif attempt.state != states.DONE:
        state = attempt.state
    elif attempt.passed:
        state = "passed"
    else:
        retry_at = attempt.retry_at
        state = "wait" if retry_at and retry_at > now else "failed"
        if blueprint is None:
            state = "none"
    return Test(name, claimed, blueprint, attempt, state, is_language, retry_at)


def levels(application: Application) -> tuple[dict[str, int], dict[int, int]]:
    """The levels that her tests gave: by language code, and by the skill's id."""
    passed = application.attempts.filter(state=states.DONE, passed=True, level__gte=1)
    languages: dict[str, int] = {}
    skills: dict[int, int] = {}
    for attempt in passed.order_by("level"):
        if attempt.skill_id:
            skills[attempt.skill_id] = attempt.level or 1
        else:
            languages[attempt.language] = attempt.level or 1
    return languages, skills


def standing(application: Application) -> Standing:
    """Where she stands."""
    done = set(application.trained.values_list("page_id", flat=True))
    pages = [(page, page.pk in done) for page in TrainingPage.objects.filter(is_active=True)]
    found = Standing(application, [], document(application), tests(application), pages)
    found.missing = _missing(found)
    found.steps = _steps(found)
    return found


def _missing(found: Standing) -> list[str]:
    missing = []
    if found.document is None:
        missing.append(_("a photo of your identity document"))
    if not any(test.counts for test in found.tests if test.is_language):
        missing.append(_("a passed language test"))
    if any(test.state == states.RUNNING for test in found.tests):
        missing.append(_("the end of the test that runs"))
    topics = [test for test in found.tests if not test.is_language and test.state != "none"]
    if topics and not any(test.counts for test in topics):
        missing.append(_("a passed test of one of your topics"))
    if found.next_page is not None:
        missing.append(_("the training"))
    return missing


def _steps(found: Standing) -> list[tuple[str, str]]:
    """The steps in order, each with how it stands."""
    state = found.application.state
    declined = state == states.DECLINED
    languages = [test for test in found.tests if test.is_language]
    topics = [test for test in found.tests if not test.is_language and test.state != "none"]
    tested = any(test.counts for test in languages) and (
        not topics or any(test.counts for test in topics)
    )
    own = [
        ("document", found.document is not None),
        ("tests", tested),
        ("training", found.next_page is None),
    ]
    steps = [("applied", DONE)]
    for name, done in own:
        open_now = DONE if done else LATER if declined else NEXT
        steps.append((name, open_now))
    after = [states.WAITING, states.PROBATION, states.CERTIFIED]
    at = after.index(state) if state in after else -1
    for position, name in enumerate(["review", "supervised", "certified"]):
        if declined:
            how = REFUSED if name == _refused_at(found.application) else LATER
            if name == "review" and found.application.agent_id:
                how = DONE
        elif position < at or state == states.CERTIFIED:
            how = DONE
        elif position == at:
            how = PENDING if name == "review" else NEXT
        else:
            how = NEXT if name == "review" and found.may_hand_in else LATER
        steps.append((name, how))
    return steps


def _refused_at(application: Application) -> str:
    return "supervised" if application.agent_id else "review"


def waiting_count() -> int:
    """How many applications want a reviewer: handed in, or with a conversation to look at."""
    unseen = Q(state=states.PROBATION, supervised__fine__isnull=True, supervised__isnull=False)
    wanting = Application.objects.filter(Q(state=states.WAITING) | unseen)
    return wanting.values("pk").distinct().count()
