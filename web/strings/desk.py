"""Words of what only a conversation needs: how it goes on, notes, canned replies, the customer."""

from django.utils.translation import gettext_lazy as _

from web.strings import plural

STRINGS = {
    # How it goes on
    "done.resolve": _("Resolved. Well done."),
    "done.resolve.today": plural(
        "Resolved. That is {n} conversation today.", "Resolved. That is {n} conversations today."
    ),
    "done.release": _("Back in the queue. The customer keeps the place."),
    "done.transfer": _("Handed over, with your note."),
    "action.resolve": _("Resolve conversation"),
    "action.release": _("Return to the queue"),
    "action.transfer": _("Hand over"),
    "action.note": _("Hand-over note"),
    "action.note.done": _("Done"),
    "action.supervisor": _("A supervisor"),
    "action.unsent": _("A message of yours is still on its way. Wait until it is sent."),
    "note.saving": _("Saving…"),
    "note.saved": _("Saved"),
    "note.kept": _("Kept on this device, saved when you are back online"),
    "undo.resolve": _("Resolving: {name}"),
    "undo.release": _("Returning to the queue: {name}"),
    "undo.transfer": _("Handing over: {name}"),
    "undo.heard": _("{name} has written again, so the conversation stays open."),
    # Internal notes
    "note.on": _("You write a note now. Only colleagues see it."),
    "note.off": _("You write to the customer now."),
    "note.send": _("Keep the note"),
    "note.refused": _("The note was not kept. Its words are in the composer again."),
    # Canned replies
    "canned.count": plural("{n} reply", "{n} replies"),
    "canned.nothing": _("No reply fits. Your text stays as it is."),
    "canned.empty": _("No replies yet. Write the first one below."),
    "canned.fill": _("Fill in: {name}"),
    "canned.unfilled": _("“{name}” is not filled in. Fill it in, or send once more as it is."),
    # The customer
    "about.verified": _("Signed in: the site vouches for who this is."),
    "about.guest": _("A guest: nobody has checked who this is."),
    "about.email": _("E-mail"),
    "about.page": _("Came from"),
    "about.device": _("Device"),
    "about.locale": _("Prefers"),
    "about.since": _("First here"),
    "about.by": _("with {names}"),
    "about.solved": _("solved"),
    "about.answered": _("answered"),
    "about.no_answer": _("no answer any more"),
    "about.not_possible": _("could not be helped"),
    "about.spam": _("spam or abuse"),
    "about.other": _("ended"),
    "about.closed": _("ended by the customer"),
    "about.left": _("nobody was reached"),
}
