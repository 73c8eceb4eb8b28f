"""The training: read, answered, done."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.onboarding import states
from agents.onboarding.models import Application, CheckOption, TrainingDone, TrainingPage
from core.states import Stale


def finish(application_id: UUID, page: TrainingPage, chosen: Mapping[int, int]) -> None:
    """A page's questions answered: `chosen` is an option for each question. Again changes nothing.

    Raises ValidationError naming the questions that are answered wrongly, in the form `check-ID`, and
    Stale when the application is not being prepared.
    """
    right = dict(
        CheckOption.objects.filter(check_of__page=page, is_right=True).values_list(
            "check_of_id", "pk"
        )
    )
    wrong = {}
    for check in page.checks.all():
        if chosen.get(check.pk) is None:
            wrong[f"check-{check.pk}"] = [_("Choose an answer.")]
        elif chosen[check.pk] != right.get(check.pk):
            hint = check.hint or _("Read the page again: the answer is there.")
            wrong[f"check-{check.pk}"] = [_("Not quite. %s") % hint]
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        now = Application.objects.select_for_update().get(pk=application_id).state
        if now != states.PREPARING:
            raise Stale(now)
        TrainingDone.objects.get_or_create(application_id=application_id, page=page)
