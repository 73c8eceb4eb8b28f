"""Words of the agent app's modules."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from web.strings import plural

STRINGS = {
    # Connection
    "agent.net.open": _("Connected"),
    "agent.net.connecting": _("Connecting…"),
    "agent.net.waiting": _("Reconnecting… Your words are kept."),
    "agent.net.offline": _("No network. Your words are kept."),
    "agent.net.failed": _("Trouble on our side. We keep trying."),
    # Presence
    "presence.online": _("You are online."),
    "presence.paused": _("You are paused. Nothing new rings."),
    "presence.finishing": _("You finish your conversations, then stop. Nothing new rings."),
    "presence.offline": _("You are offline. Nothing rings."),
    "presence.why.lost": _(
        "We lost contact with this device for a while, so you were set to offline. You come back by yourself."
    ),
    "presence.why.back": _("You are back. All is as it was."),
    "presence.why.finished": _("That was the last one. You are offline now. Thank you!"),
    "presence.why.other": _("Your status was changed: {status}"),
    "missed.text": _("Two offers ran out."),
    "pause.break": _("Short break"),
    "pause.meal": _("Meal"),
    "pause.training": _("Training"),
    "pause.technical": _("Something does not work"),
    "pause.other": _("Paused"),
    "pause.since": _("{reason}, since {time}"),
    "finishing.left": plural(
        "One conversation left, then you are offline.",
        "{n} conversations left, then you are offline.",
    ),
    "places": _("{n} of {of} places taken"),
    "open.conversations": plural(
        "You have one open conversation", "You have {n} open conversations"
    ),
    # Offer
    "offer.title": _("New conversation"),
    "offer.more": plural("+{n} more", "+{n} more"),
    "offer.least": _("Expected pay, at least {amount}"),
    "offer.said": _("New conversation: {what}. {n} seconds to answer."),
    "offer.left": plural("{n} second left", "{n} seconds left"),
    "offer.accepted": _("{name} is yours. Say hello."),
    "offer.elsewhere": _("You accepted it on another device."),
    "offer.declined": _("Declined. The next person gets it; no harm done."),
    "offer.expired": _("Time ran out: it went to the next person. No harm done."),
    "offer.rescinded": _("It is no longer waiting: the customer left, or a colleague was faster."),
    "offer.taken": _("A colleague was faster. The next one rings soon."),
    "offer.customer_left": _("The customer left before anybody could answer."),
    "offer.undelivered": _(
        "This phone was out of reach for a moment, so somebody else was asked. It does not count against you."
    ),
    "offer.rate": _("Paid {rate} of the usual"),
    "offer.slots": plural("Takes {n} place", "Takes {n} places"),
    "offer.retry": _("No connection. We try again while there is time."),
    # Board
    "board.count": plural("{n} waiting", "{n} waiting"),
    "board.taken": _("A colleague was faster."),
    "board.full": _("All your places are taken. Finish one first."),
    "board.not_online": _("Go online to take a conversation."),
    "board.waited": pgettext_lazy("how long a customer has waited", "Waiting {time}"),
    "board.claim": _("Take: {what}"),
    # Conversations
    "guest": _("Guest"),
    "talk.unread": plural("{n} unread", "{n} unread"),
    "talk.typing": _("typing…"),
    "talk.write_to": _("Write to {name}…"),
    "talk.idle": _("Idle: the place is free"),
    "talk.due": _("owes an answer"),
    "talk.own": _("You: {text}"),
    "talk.new": _("No messages yet"),
    "talk.left.closed": _("The customer has ended this conversation."),
    "talk.left.resolved": _("This conversation is resolved."),
    "talk.left.reassigned": _("This conversation is with a colleague now."),
    "talk.left.lost": _(
        "We lost contact with this device for too long, so a colleague takes over. You did nothing wrong."
    ),
    "talk.left.silent": _("Handed to a colleague: the customer had no answer for too long."),
    "talk.left.silent_for": _("Handed to a colleague: no answer for {time}."),
    "talk.left.other": _("This conversation is no longer with you."),
    "talk.assigned": _("New conversation with {name}"),
    "talk.said": _("{name}: {text}"),
    # An answer that is owed
    "nudge.waits": _("{name} waits for your answer."),
    "nudge.left": _("A colleague takes over in {time}."),
    "nudge.now": _("A colleague takes over now."),
    # From who had it before, and for who has it next
    "baton.from": _("From {name}"),
    "baton.note": _("Note from a colleague"),
    "baton.why.lost": _("the line was lost"),
    "baton.why.silent": _("no answer for too long"),
    "baton.why.released": _("returned to the queue"),
    "baton.why.transferred": _("handed over"),
    "baton.why.returned": _("returned by a supervisor"),
    "baton.why.left": _("went offline"),
    "baton.why.other": _("handed over"),
    "past.gone": _("The earlier conversation can no longer be read."),
    # Wrap-up
    "wrap.of": _("Wrap-up: {name}"),
    "wrap.said": _("Wrap-up for {name}: {time} until the place is free."),
    # Called in
    "call.short": _("{language} is short of people"),
    "call.short.any": _("People are short"),
    "call.waiting": plural("{n} waits.", "{n} wait."),
    "call.rate": _("Pay {rate}"),
    # Sound, title
    "sound.on": _("Sound is on"),
    "sound.off": _("Sound is off"),
    "sound.switch_on": _("Switch the sound on"),
    "sound.switch_off": _("Switch the sound off"),
    "title.offer": _("New conversation!"),
    "title.unread": _("({n}) Flagdown"),
    "title": _("Flagdown"),
}
