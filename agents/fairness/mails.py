"""What an agent is told by mail, at each step. The page says it all the same when mail fails."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from agents.models import User

logger = logging.getLogger(__name__)


def subject(what: str) -> str:
    """In a few words."""
    return {
        "suspended": _("You are suspended: who decided it, why, and how to appeal"),
        "lifted": _("Your suspension is lifted"),
        "appealed": _("We have your appeal"),
        "granted": _("Your appeal is granted"),
        "upheld": _("Your appeal is answered"),
    }[what]


def tell(user: User, what: str, about: dict[str, Any]) -> None:
    """Send it once all is committed."""
    page = f"{settings.PUBLIC_URL}/agent/suspension/"
    text = render_to_string(f"fairness/{what}.txt", {**about, "page": page, "user": user})

    def send() -> None:
        try:
            send_mail(subject(what), text.strip() + "\n", None, [user.email])
        except (OSError, SMTPException) as error:
            logger.warning("mail %s was not sent: %s", what, error)

    transaction.on_commit(send)
