"""What an application says of a person goes with her account."""

import logging

from django.db import transaction

from agents.onboarding.models import (
    Application,
    AttemptItem,
    Decision,
    Document,
    Letter,
    Supervised,
)
from core import clock

logger = logging.getLogger(__name__)
# The only words that the database lets a decision change to.
GONE = "–"


def erase(user_id: int) -> None:
    """Names, addresses, answers, letters and documents of this person's applications.

    That there was an application, what was decided, by whom and when, stays. Inside the caller's transaction;
    files go once it is committed.
    """
    hers = Application.objects.filter(user_id=user_id)
    Letter.objects.filter(to__in=list(hers.values_list("email", flat=True))).delete()
    documents = Document.objects.filter(application__in=hers)
    files = [each.file for each in documents if each.file]
    documents.update(file="", refused="", deleted_at=clock.now())
    AttemptItem.objects.filter(attempt__application__in=hers).update(answer=None)
    Decision.objects.filter(application__in=hers).update(text=GONE)
    Supervised.objects.filter(application__in=hers, fine__isnull=False).update(words=GONE)
    hers.update(email="erased@erased.invalid", name=GONE, times=[], note=GONE)

    def remove() -> None:
        for file in files:
            try:
                file.storage.delete(file.name or "")
            except OSError:
                logger.exception("document %s could not be deleted", file.name)

    transaction.on_commit(remove)
