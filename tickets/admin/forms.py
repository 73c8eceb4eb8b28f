"""The form of a queue: what can't work is refused with the field and the reason."""

from typing import Any

from django import forms
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from agents.models import Presence
from tickets.models import Queue
from tickets.models.desks import MAX_SLOTS, MAX_WIDTH


class QueueForm(forms.ModelForm):
    """A queue. What can't work is refused with the field and the reason."""

    class Meta:
        model = Queue
        fields = ()  # the admin gives them
        error_messages = {
            "agent_cap": {
                "min_value": _(
                    "At most so many per agent: with 0 nobody could take one. Leave it empty for "
                    "no limit."
                ),
                "max_value": _("At most so many per agent: nobody has more than %d slots.")
                % MAX_SLOTS,
            },
            "slots": {
                "min_value": _("Slots a conversation takes: at least 1, or it would cost nothing."),
                "max_value": _("Slots a conversation takes: nobody has more than %d.") % MAX_SLOTS,
            },
            "broadcast": {
                "min_value": _("Offer to so many at once: at least 1 has to be asked."),
                "max_value": _("Offer to so many at once: at most %d are asked.") % MAX_WIDTH,
            },
            "priority": {
                "max_value": _("Priority: above 10 service levels a queue starves the others.")
            },
            "service_level_s": {
                "min_value": _("Service level (s): a promise needs a second at least.")
            },
            "offer_timeout_s": {
                "min_value": _("Offer runs out after (s): nobody can answer in less than 5."),
                "max_value": _(
                    "Offer runs out after (s): above 120 the customer waits for nothing."
                ),
            },
        }

    def clean(self) -> Any:
        """Raises ValidationError, per field."""
        data = super().clean() or self.cleaned_data
        desk, slots = data.get("desk"), data.get("slots")
        if desk and slots:
            most = Presence.objects.filter(agent__desks=desk).aggregate(most=Max("capacity"))[
                "most"
            ]
            if most is not None and slots > most:
                self.add_error(
                    "slots",
                    _(
                        "Slots a conversation takes: %(slots)d is more than any agent of "
                        "%(desk)s has (%(most)d): nobody could take one."
                    )
                    % {"slots": slots, "desk": desk, "most": most},
                )
        self._check_nudges(data)
        return data

    def _check_nudges(self, data: Any) -> None:
        before, before_label = 0, ""
        for name in ("nudge_after_s", "second_nudge_after_s", "hand_over_after_s"):
            seconds, label = data.get(name), str(self.fields[name].label)
            if not seconds:
                continue
            if seconds <= before:
                self.add_error(
                    name,
                    _("%(label)s: %(seconds)d is not later than “%(other)s” (%(before)d).")
                    % {
                        "label": label,
                        "seconds": seconds,
                        "other": before_label,
                        "before": before,
                    },
                )
            before, before_label = seconds, label
