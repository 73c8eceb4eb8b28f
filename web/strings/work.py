"""Words of an agent's view of her own work."""

from django.utils.translation import gettext_lazy as _

from web.strings import plural

STRINGS = {
    "work.week": _("This week"),
    "work.bar": plural("{day}: {n} conversation", "{day}: {n} conversations"),
    "work.bar.online": _("{said}, online {time}"),
    "work.ratings": plural("{n} rating", "{n} ratings"),
    "work.of": _("{accepted} of {counted}"),
    "work.not_counted": plural(
        "{n} more does not count: it was withdrawn, or it never reached your screen.",
        "{n} more do not count: they were withdrawn, or they never reached your screen.",
    ),
    "work.declined": _("{declined} declined, {missed} missed"),
    "work.score": _("{score} of 5"),
    "work.record.made": _("Your work record is ready."),
    "work.record.revoked": _("The record is revoked. Whoever checks it is told so."),
    "work.record.copied": _("The link is copied."),
    "shifts.kept": _("Kept. It binds you to nothing."),
    "shifts.from": _("{day}, from"),
    "shifts.to": _("{day}, to"),
    "shifts.off": _("not then"),
    "shifts.at": _("{begins} to {ends}"),
    "work.data.waits": _("It is being put together…"),
    "work.data.ready": _("Ready. It stays until {when}."),
    "work.record.at": _("Made {when}"),
}
