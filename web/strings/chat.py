"""Words of the customer's page."""

from django.utils.translation import gettext_lazy as _

STRINGS = {
    "title.unread": _("({n}) {title}"),
    "sub.welcome": _("A person answers you here"),
    "sub.opening": _("Sending your message…"),
    "sub.assistant": _("Your message is noted"),
    "sub.waiting": _("Finding a person for you"),
    "sub.active": _("Here for you at {desk}"),
    "sub.ended": _("This conversation has ended"),
    "place.next": _("Next"),
    "place.next.label": _("in line"),
    "place.label": _("your place in line"),
    "wait.label": _("expected wait"),
    "wait.soon": _("Very soon"),
    "wait.unknown": _("Unknown"),
    "wait.unknown.label": _("nobody is online yet"),
    "then.normal": _(
        "If it takes longer, you keep your place and move up as time passes. You may close this "
        "page and come back."
    ),
    "then.late": _(
        "It takes longer than we thought, and we are sorry. You keep your place, and the longer "
        "you wait, the sooner you are served. You may close this page and come back."
    ),
    "then.unknown": _(
        "Your message is safe. The first person who comes online gets it, in the order of the "
        "line. You may close this page and come back."
    ),
    "then.back": _(
        "{name} could not stay. You keep the time you have waited, and the next person reads on "
        "from here. You may close this page and come back."
    ),
    "say.place": _("You are number {n} in line. Expected wait: {wait}."),
    "say.place.open": _(
        "You are number {n} in line. Nobody is online right now; you keep your place."
    ),
    "later.say": _("It takes long today. You may keep waiting, or leave an e-mail for the answer."),
    "later.offered": _(
        "It takes long today. Wait here, or have the answer sent to you. You keep your place either way."
    ),
    "later.waits": _("You wait here. If you must go, the answer can come by e-mail."),
    "later.kept": _(
        "You keep your place. If you are away when a person answers, it goes to {email}."
    ),
    "later.none": _("No answer goes by e-mail. You wait here and keep your place."),
    "later.invalid": _("Please write an e-mail address, as in name@example.com."),
    "joined": _("{name} joined"),
    "placeholder.first": _("Write your question…"),
    "placeholder.message": _("Write a message…"),
    "placeholder.waiting": _("Add something…"),
    "placeholder.again": _("Write again…"),
    "send.first": _("Send, and talk to a human"),
    "send": _("Send"),
    "end.resolved": _("This conversation has ended"),
    "end.resolved.text": _("Thank you for writing. If something is left, just write again."),
    "end.abandoned": _("You left the line"),
    "end.abandoned.text": _(
        "Nobody had joined you yet. What you wrote is kept, and a new message brings you back "
        "into the line."
    ),
    "rate.1": _("Bad"),
    "rate.2": _("Not good"),
    "rate.3": _("All right"),
    "rate.4": _("Good"),
    "rate.5": _("Very good"),
    "rate.thanks": _("Thank you. That helps us."),
    "tip.title": _("A tip for {name}?"),
    "tip.title.nameless": _("A tip for who answered you?"),
    "tip.give": _("Give {amount}"),
    "tip.given": _("You gave {name} {amount}. Thank you!"),
    "tip.given.nameless": _("You gave {amount}. Thank you!"),
    "expired": _(
        "We could not continue the earlier conversation. What you typed is kept: send it to "
        "start a new one."
    ),
    "human.asked": _("You are in line now. A person will answer."),
    "close.waiting": _("You give up your place in line. You can write again at any time."),
    "close.active": _("You can write again at any time."),
    "open.slow": _("Still sending… Nothing is lost."),
    "open.offline": _("Offline. It is sent when you are back."),
    "open.failed": _("Your message could not be sent. It stands in the box below."),
    "live.lost": _("Reconnecting… Nothing is lost."),
    "live.offline": _("Offline. Your messages are kept."),
}
