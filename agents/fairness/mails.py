"""What an agent is told by mail, at each step. The page says it all the same when mail fails."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agents import mails
from agents.models import User

SUBJECTS = {
    "suspended": _("You are suspended: who decided it, why, and how to appeal"),
    "lifted": _("Your suspension is lifted"),
    "appealed": _("We have your appeal"),
    "granted": _("Your appeal is granted"),
    "upheld": _("Your appeal is answered"),
}


def tell(user: User, what: str, about: dict[str, Any]) -> None:
    """Send it once all is committed."""
    page = f"{settings.PUBLIC_URL}/agent/suspension/"
    mails.tell(user, f"fairness/{what}.txt", SUBJECTS[what], {**about, "page": page, "user": user})
