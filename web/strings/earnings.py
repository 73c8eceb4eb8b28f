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
    "payout.least": _("Payouts begin at {least}."),
    "payout.nowhere": _("Say where it is to go, and it is paid out every week by itself."),
    "payout.weekly": _("Every {day}, from {least} on, by itself: to {where}"),
    "payout.asked": _("To {where}, whenever you ask for it"),
    "payout.bank": _("account ··{last4}"),
    "payout.stripe": _("Stripe ··{last4}"),
    "payout.have": _("You have {there}. Payouts begin at {least}."),
    "payout.requested": _("Waits for approval"),
    "payout.held": _("Held back"),
    "payout.approved": _("Approved"),
    "payout.sent": _("On its way"),
    "payout.paid": _("Paid"),
    "payout.returned": _("Came back"),
    "payout.cancelled": _("Taken back"),
    "payout.done": _("Asked for: {amount}"),
    "payout.back.done": _("Yours again: {amount}"),
    "paper.none": _("There is a statement for each month in which something was booked."),
    "paper.year": _("{year}, for the tax office"),
    "paper.get": _("{title} as {as}"),
    "quest.joined": _("You are in. What you do from now on counts."),
}
