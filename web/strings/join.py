"""Words of a test's page."""

from django.utils.translation import gettext_lazy as _

from web.strings import plural

STRINGS = {
    "test.saving": _("Keeping your answer…"),
    "test.saved": _("All answers are kept."),
    "test.offline": _("No connection. Your answers are kept here and sent when it is back."),
    "test.over": _("The time is over. What came in before counts."),
    "test.left": plural("{n} minute left", "{n} minutes left"),
    "test.open": plural("{n} question has no answer.", "{n} questions have no answer."),
    "test.all": _("All questions have an answer."),
    "test.up": _("Up: {text}"),
    "test.down": _("Down: {text}"),
}
