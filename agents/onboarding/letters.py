"""Mails to applicants: written down with what they are about, and sent by a task."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils.translation import gettext as _

from agents.onboarding import signals
from agents.onboarding.models import Letter
from core import sql

logger = logging.getLogger(__name__)
AT_ONCE = 50
# After so many tries an address or a server is given up.
TRIES = 8
# A server that hung up on one mail is left alone until the next round.
PATIENCE_S = 60


def write(to: str, subject: str, text: str) -> None:
    """Put a mail into the box, in the caller's transaction. The sender wakes when it commits."""
    foot = _("Mails to this address are not read.")
    letter = Letter.objects.create(to=to, subject=subject, text=f"{text}\n\n{foot}\n")
    signals.letter_written.send(Letter, letter=letter)


def send() -> int:
    """Send what waits; returns how many went out. Each is locked while it is sent, so that two senders
    share the work; one whose server breaks off is tried again later."""
    sent = 0
    connection = get_connection()
    try:
        for _each in range(AT_ONCE):
            outcome = _one(connection)
            if outcome is None:
                break
            sent += outcome
    finally:
        connection.close()
    return sent


def _one(connection: object) -> int | None:
    """1 when a letter went out, 0 when it did not, None when none waits."""
    with transaction.atomic():
        with sql.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            now = cursor.fetchone()[0]
        letter = (
            Letter.objects.select_for_update(skip_locked=True)
            .filter(sent_at__isnull=True, tries__lt=TRIES, not_before__lte=now)
            .order_by("id")
            .first()
        )
        if letter is None:
            return None
        mail = EmailMessage(
            letter.subject,
            letter.text,
            settings.DEFAULT_FROM_EMAIL,
            [letter.to],
            connection=connection,  # type: ignore[arg-type]
            headers={"Auto-Submitted": "auto-generated"},
        )
        try:
            mail.send()
        except (OSError, smtplib.SMTPException) as trouble:
            logger.warning("mail: letter %s was not taken: %s", letter.pk, type(trouble).__name__)
            with sql.cursor() as cursor:
                cursor.execute(
                    """UPDATE onboarding_letter SET tries = tries + 1, not_before =
                       clock_timestamp() + make_interval(secs => %s * (tries + 1)) WHERE id = %s""",
                    [PATIENCE_S, letter.pk],
                )
            return 0
        with sql.cursor() as cursor:
            cursor.execute(
                "UPDATE onboarding_letter SET sent_at = clock_timestamp(), text = '' WHERE id = %s",
                [letter.pk],
            )
        return 1
