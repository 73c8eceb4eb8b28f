"""Words of the check of a phone, before a shift."""

from django.utils.translation import gettext_lazy as _

from web.strings import plural

STRINGS = {
    "reach.busy": _("Checking this phone…"),
    "reach.good": _("Ready for a shift"),
    "reach.fair": _("Good enough to work"),
    "reach.bad": _("Not ready yet"),
    "reach.good.more": _("Everything works here."),
    "reach.fair.more": _("It works, with what stands below."),
    "reach.bad.more": _("Mend what is red first, so that no customer waits for nothing."),
    "reach.network.good": _("{ms} ms there and back, nothing lost."),
    "reach.network.slow": _("Slow: {time} there and back. Chatting works; give pages a moment."),
    "reach.network.lossy": plural(
        "{n} of {of} questions was lost. Go nearer to a window, or change to Wi-Fi.",
        "{n} of {of} questions were lost. Go nearer to a window, or change to Wi-Fi.",
    ),
    "reach.network.none": _("No answer at all. Check mobile data or Wi-Fi."),
    "reach.line.good": _("The line is open: offers ring within a second."),
    "reach.line.poll": _(
        "This network blocks live lines, so we ask in short turns. Offers ring a moment later."
    ),
    "reach.line.bad": _("No line at the moment. We keep trying."),
    "reach.push.on": _("Switched on. Send a test to be sure that it comes through."),
    "reach.push.off": _(
        "Off: when the screen is locked, nothing rings. Switched on, this phone stays reachable in your pocket."
    ),
    "reach.push.blocked": _(
        "Notifications are blocked for this site. Allow them in the browser's settings for it, then check again."
    ),
    "reach.push.install": _("An iPhone rings only for apps on the home screen. It takes a moment:"),
    "reach.push.none": _(
        "This browser cannot do it. Keep the page open while you are online, or use Chrome or Firefox."
    ),
    "reach.push.unset": _("Not set up here yet. Keep the page open while you are online."),
    "reach.push.testing": _("Sent. It should come within a few seconds…"),
    "reach.push.came": _("It came through after {seconds} s."),
    "reach.push.lost": _(
        "It has not come. Look at the phone's settings: battery saver and notifications of the browser."
    ),
    "reach.push.failed": _("That did not work. Try again in a moment."),
    "reach.push.turned_off": _("Off. Nothing rings while the app is closed."),
    "reach.clock.ahead": _("{time} ahead of ours. Countdowns go by ours, so you lose nothing."),
    "reach.clock.behind": _("{time} behind ours. Countdowns go by ours, so you lose nothing."),
}
