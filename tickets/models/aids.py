"""What helps an agent to answer: canned replies, and notes that only colleagues see."""

import re
import uuid

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, language_code
from tickets.models.conversations import Ticket
from tickets.models.desks import Desk, Queue

MAX_CANNED = 4000
MAX_NOTE = 4000
# What an agent may keep for herself: enough for any shift, and little to load.
MAX_OWN = 200
PLACEHOLDER = re.compile(r"\{\w{1,40}\}")

shortcut = RegexValidator(
    r"^[\w-]{1,30}\Z", _("A shortcut is one word of letters, digits, - and _, such as refund.")
)


def check_placeholders(text: str) -> None:
    """Every brace belongs to a placeholder. Raises ValidationError."""
    left = PLACEHOLDER.sub("", text)
    if "{" in left or "}" in left:
        raise ValidationError(
            _("A brace stands alone. Write placeholders like {customer}, in one word."),
            "placeholder",
        )


class CannedReply(models.Model):
    """A reply that is chosen by "/": shared by a desk, or an agent's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey(
        Desk, on_delete=models.CASCADE, null=True, related_name="canned", verbose_name=_("desk")
    )
    queue = models.ForeignKey(
        Queue,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue"),
        help_text=_("Only for conversations of this queue. Empty: for all of the desk's."),
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, null=True, editable=False, related_name="canned"
    )
    client_id = models.UUIDField(null=True, editable=False)
    language = models.CharField(
        _("language"),
        max_length=3,
        blank=True,
        validators=[language_code],
        help_text=_("Its code, such as en. Empty: for every language."),
    )
    shortcut = models.CharField(
        _("shortcut"), max_length=30, validators=[shortcut], help_text=_("Typed after the slash.")
    )
    title = models.CharField(_("title"), max_length=80, blank=True)
    text = models.TextField(
        _("text"),
        validators=[MaxLengthValidator(MAX_CANNED), check_placeholders],
        help_text=_(
            "{customer}, {agent}, {desk} and {topic} are filled in, and so is what the host site says"
            " of a signed-in customer, such as {order}. The agent is asked for the others."
        ),
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["shortcut", "language"]
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        constraints = [
            models.CheckConstraint(
                condition=Q(desk__isnull=True, queue__isnull=True, agent__isnull=False)
                | Q(desk__isnull=False, agent__isnull=True),
                name="canned_of_a_desk_or_an_agent",
            ),
            models.UniqueConstraint(
                fields=["desk", "queue", "language", "shortcut"],
                condition=Q(agent__isnull=True),
                nulls_distinct=False,
                name="one_shared_reply_per_shortcut",
            ),
            models.UniqueConstraint(
                fields=["agent", "language", "shortcut"],
                condition=Q(agent__isnull=False),
                name="one_own_reply_per_shortcut",
            ),
            models.UniqueConstraint(
                fields=["agent", "client_id"], name="one_canned_reply_per_client_id"
            ),
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut}"

    def clean(self) -> None:
        """Raises ValidationError for a queue of another desk, or a shortcut that is there already."""
        if self.queue and self.queue.desk_id != self.desk_id:
            raise ValidationError({"queue": _("This queue belongs to another desk.")})
        # A form without the field `agent` does not look at a constraint that names it.
        if self.desk_id and not self.agent_id and self._has_twin():
            raise ValidationError(
                {
                    "shortcut": _(
                        "This desk has a reply with this shortcut, queue and language already."
                    )
                }
            )

    def _has_twin(self) -> bool:
        twins = CannedReply.objects.filter(
            desk=self.desk,
            queue=self.queue,
            agent=None,
            language=self.language,
            shortcut=self.shortcut,
        )
        return bool(twins.exclude(pk=self.pk).exists())


class Note(models.Model):
    """Something about a conversation that its customer never sees.

    It has an order of its own: the messages' `seq` has no gaps, and whoever could see one would
    know that there is a note.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="notes", db_index=False
    )
    seq = models.PositiveIntegerField()
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    client_id = models.UUIDField()
    text = models.TextField(_("text"))
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["seq"]
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="one_note_per_seq"),
            models.UniqueConstraint(
                fields=["ticket", "agent", "client_id"], name="one_note_per_client_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq}. {self.agent}"
