"""Celery's part of applications: mails, tests whose time is over, documents that are to go."""

import logging

from celery import shared_task

from agents.onboarding import letters
from agents.onboarding.actions import documents, testing, tidying

logger = logging.getLogger(__name__)


@shared_task(name="onboarding.letters")
def send_letters() -> None:
    """Send the mails that wait. Any number may run at once."""
    letters.send()


@shared_task(name="onboarding.rounds")
def rounds() -> None:
    """Twice a minute what wake-ups missed: tests that ended unattended, mails that were put off."""
    testing.end_overdue()
    letters.send()


@shared_task(name="onboarding.tidy")
def tidy() -> None:
    """Once an hour: delete what is kept no longer."""
    documents.delete_old()
    tidying.forget_unproven()


def wake() -> None:
    """Ask for the sender. Without a broker the next round does it."""
    try:
        send_letters.apply_async(retry=False)
    except send_letters.OperationalError as exc:
        logger.warning("no wake-up (%s): the next round does it", exc)
