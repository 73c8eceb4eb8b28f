"""Words of the earnings view."""

from django.utils.translation import gettext_lazy as _

from web.strings import plural

STRINGS = {
    "earnings.week": _("This week"),
    "earnings.lines": _("Line by line"),
    "earnings.nothing": _("nothing"),
    "quest.about": plural("{n} conversation until {until}", "{n} conversations until {until}"),
    "quest.about_topic": plural(
        "{n} conversation of “{topic}” until {until}",
        "{n} conversations of “{topic}” until {until}",
    ),
    "quest.progress": _("{done} of {target}"),
    "quest.reached": _("Reached. The reward is booked."),
    "quest.free": _("If you like. Declining costs nothing."),
    "quest.joined": _("You are in. What you do from now on counts."),
}
