"""Mails to people who have an account: in the language that they read, and never in the way."""

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from agents.login.languages import read_by
from agents.models import User

logger = logging.getLogger(__name__)


def tell(
    user: User, template: str, subject: Any, about: Mapping[str, Any], *, to: str = ""
) -> None:
    """Send it once all is committed. `subject` is a lazy text; `to` where her address is gone by then.

    Whatever it says stands on a page, too: a mail server that fails is logged, and nothing else.
    """
    with read_by(user):
        words, text = str(subject), render_to_string(template, dict(about))
    address = to or user.email

    def send() -> None:
        try:
            send_mail(words, text.strip() + "\n", None, [address])
        except (OSError, SMTPException) as error:
            logger.warning("mail %s was not sent: %s", template, error)

    transaction.on_commit(send)
