"""Words of the modules that both the customer's and the agent's page use."""

from django.utils.translation import gettext_lazy as _

from web.strings import plural

STRINGS = {
    # Conversation
    "you": _("You"),
    "them": _("They"),
    "assistant": _("Assistant"),
    "agent": _("Support"),
    "customer": _("Customer"),
    "says": _("{name}:"),
    "sending": _("Sending…"),
    "sent": _("Sent"),
    "read": _("Read"),
    "unsent.offline": _("Waits until you are online"),
    "unsent.retrying": _("Still trying to send…"),
    "unsent.failed": _("Not sent."),
    "unsent.ended": _("Not sent: this conversation has ended."),
    "typing": _("{name} is typing"),
    "new_messages": plural("{n} new message", "{n} new messages"),
    "to_bottom": _("Go to the latest message"),
    "load.failed": _("The messages could not be loaded. We keep trying."),
    "too_long": plural(
        "Too long by {n} character. Please send it in two parts; nothing is lost.",
        "Too long by {n} characters. Please send it in two parts; nothing is lost.",
    ),
    "nearly_long": plural("{n} character left", "{n} characters left"),
    # Errors: what happened, and what to do
    "error.offline": _("You seem to be offline. We try again as soon as the network is back."),
    "error.timeout": _("The answer took too long. Please try again."),
    "error.busy": plural(
        "That was a lot at once. Please try again in {n} second.",
        "That was a lot at once. Please try again in {n} seconds.",
    ),
    "error.signed_out": _("You were signed out. Please sign in again; what you typed is kept."),
    "error.forbidden": _("You are not allowed to do that."),
    "error.gone": _("That is no longer there."),
    "error.conflict": _("Something changed in the meantime. Please look again."),
    "error.too_large": _("That is too large to send. Please make it shorter."),
    "error.server": _("Something went wrong on our side. Please try again in a moment."),
    "error.unknown": _("That did not work. Please try again."),
    # Time
    "soon": _("any moment now"),
    "about": _("about {duration}"),
    "dismiss": _("Dismiss"),
}
