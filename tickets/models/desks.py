"""What is asked for: desks, their queues, and each queue's ladder."""

import re
import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agents.models import LEVELS, Agent, Skill, language_code

LEVEL = [MinValueValidator(1), MaxValueValidator(5)]
MAX_SLOTS = 20
MAX_WIDTH = 50


# Scheme, host and port. It goes into a content policy as it stands: nothing else may be in it.
ORIGIN = re.compile(
    r"https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?"
)


def check_origins(values: list[str]) -> None:
    """Each is scheme, host and port, nothing more. Raises ValidationError naming the first that is not."""
    for value in values:
        if not ORIGIN.fullmatch(value):
            raise ValidationError(
                _("“%(value)s” is not an origin. Write it like https://shop.example.com"),
                "origin",
                {"value": value},
            )


class Desk(models.Model):
    """The brand's counter that customers come to, reached by its public key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(
        _("public key"), unique=True, help_text=_("In the chat's address and the widget's tag.")
    )
    name = models.CharField(_("name"), max_length=80)
    color = models.CharField(
        _("brand colour"),
        max_length=7,
        default="#1f6f5c",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour is # and six hex digits."))],
    )
    origins = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        validators=[check_origins],
        verbose_name=_("allowed origins"),
        help_text=_(
            "Sites that may embed the widget, separated by commas: https://shop.example.com"
        ),
    )
    language = models.CharField(
        _("default language"), max_length=3, default="en", validators=[language_code]
    )
    require_identity = models.BooleanField(
        _("require identity"),
        default=False,
        help_text=_("Refuse every session that the host site has not signed."),
    )
    identity_secret = models.CharField(
        _("identity secret"),
        max_length=128,
        blank=True,
        help_text=_("The host site signs identity tokens with it (HS256). At least 32 characters."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    shows_email = models.BooleanField(
        _("agents see e-mail addresses"),
        default=False,
        db_default=False,
        help_text=_("Of the customer they talk with. Without it only supervisors do."),
    )
    agents = models.ManyToManyField(
        Agent, related_name="desks", blank=True, verbose_name=_("agents")
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("desk")
        verbose_name_plural = _("desks")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError when identity is required but can't be checked."""
        if self.require_identity and len(self.identity_secret) < 32:
            raise ValidationError(
                {
                    "identity_secret": _(
                        "Set a secret of at least 32 characters, or do not require identity."
                    )
                }
            )


class Queue(models.Model):
    """A kind of request at a desk, and what it takes to answer it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="queues")
    slug = models.SlugField(_("topic"), help_text=_("How clients name it."))
    name = models.CharField(_("name"), max_length=80)
    is_public = models.BooleanField(_("customers may choose it"), default=True)
    is_default = models.BooleanField(_("takes what has no topic"), default=False)
    service_level_s = models.PositiveIntegerField(
        _("service level (s)"),
        default=60,
        validators=[MinValueValidator(1)],
        help_text=_("A person should answer within this many seconds."),
    )
    offer_timeout_s = models.PositiveSmallIntegerField(
        _("offer runs out after (s)"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(120)],
    )
    expected_minutes = models.PositiveSmallIntegerField(
        _("expected minutes"), default=6, validators=[MinValueValidator(1)]
    )
    language_level = models.PositiveSmallIntegerField(
        _("language level needed"), choices=LEVELS, default=2, validators=LEVEL
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(10)],
        help_text=_("A ticket starts as urgent as if it had waited this many service levels."),
    )
    broadcast = models.PositiveSmallIntegerField(
        _("offer to so many at once"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_WIDTH)],
        help_text=_("1: one after the other. More: the first to accept wins."),
    )
    slots = models.PositiveSmallIntegerField(
        _("slots a conversation takes"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_SLOTS)],
    )
    agent_cap = models.PositiveSmallIntegerField(
        _("at most so many per agent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_SLOTS)],
        help_text=_("Conversations of this queue that one agent has at a time. Empty: no limit."),
    )
    spacing_s = models.PositiveSmallIntegerField(
        _("pause between offers (s)"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(600)],
        help_text=_("An agent gets no offer of this queue within this time after another offer."),
    )
    idle_after_s = models.PositiveIntegerField(
        _("conversation is idle after (s)"),
        default=600,
        db_default=600,
        validators=[MaxValueValidator(86_400)],
        help_text=_(
            "When the customer has not answered for this long, the agent gets the slot back until she does. 0: never."
        ),
    )
    wrap_up_s = models.PositiveSmallIntegerField(
        _("wrap-up (s)"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(1800)],
        help_text=_("Time after a conversation before its slot is free again."),
    )
    wrap_up_extension_s = models.PositiveSmallIntegerField(
        _("wrap-up extension (s)"),
        default=60,
        db_default=60,
        validators=[MaxValueValidator(1800)],
        help_text=_("What an agent may add to the wrap-up, once."),
    )
    nudge_after_s = models.PositiveIntegerField(
        _("first nudge after (s)"),
        default=120,
        db_default=120,
        help_text=_("An agent who owes an answer for this long is asked kindly. 0: never."),
    )
    second_nudge_after_s = models.PositiveIntegerField(
        _("second nudge after (s)"), default=240, db_default=240
    )
    hand_over_after_s = models.PositiveIntegerField(
        _("hand over after (s)"),
        default=360,
        db_default=360,
        help_text=_("Then somebody else gets the conversation."),
    )
    same_agent_s = models.PositiveIntegerField(
        _("wait for the same agent (s)"),
        default=60,
        db_default=60,
        validators=[MaxValueValidator(3600)],
        help_text=_(
            "Who comes back, or is passed on to a person, waits this long for that person before others are asked."
        ),
    )

    class Meta:
        ordering = ["desk", "name"]
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        constraints = [
            models.UniqueConstraint(fields=["desk", "slug"], name="one_queue_per_topic"),
            models.UniqueConstraint(
                fields=["desk"], condition=Q(is_default=True), name="one_default_queue_per_desk"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk} · {self.name}"


class QueueSkill(models.Model):
    """A skill that a queue needs."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(
        _("at least"), choices=LEVELS, default=1, validators=LEVEL
    )

    class Meta:
        verbose_name = _("required skill")
        verbose_name_plural = _("required skills")
        constraints = [
            models.UniqueConstraint(fields=["queue", "skill"], name="one_level_per_queue_skill")
        ]

    def __str__(self) -> str:
        return f"{self.skill} ≥ {self.level}"


class LadderStep(models.Model):
    """A step of a queue's ladder: what changes once a ticket has waited `after_s`.

    What a step leaves empty stays as the steps before it left it (see tickets.ladder).
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="steps")
    after_s = models.PositiveIntegerField(
        _("after (s)"),
        validators=[MinValueValidator(1), MaxValueValidator(604_800)],
        help_text=_("Of waiting, counted from when the customer asked for a person."),
    )
    language_level = models.PositiveSmallIntegerField(
        _("language level needed"), choices=LEVELS, null=True, blank=True, validators=LEVEL
    )
    fallback_queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fallback queue"),
        help_text=_("Who may answer that queue may answer this one too."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), null=True, blank=True, validators=[MaxValueValidator(50)]
    )
    broadcast = models.PositiveSmallIntegerField(
        _("offer to so many at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_WIDTH)],
    )
    pay_multiplier = models.DecimalField(
        _("pay multiplier"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    call_in = models.BooleanField(
        _("call in who is off duty"),
        default=False,
        db_default=False,
        help_text=_("Agents who could take it and are not online are asked to come."),
    )
    alert = models.BooleanField(_("alert supervisors"), default=False, db_default=False)
    is_last = models.BooleanField(
        _("last step"),
        default=False,
        db_default=False,
        help_text=_(
            "Supervisors may take it too, and the customer may choose to be answered later. It keeps its place."
        ),
    )
    skip_if_nobody = models.BooleanField(
        _("skip when nobody could take it"),
        default=True,
        db_default=True,
        help_text=_("When nobody online qualifies at this step, the next one opens at once."),
    )

    class Meta:
        ordering = ["queue", "after_s"]
        verbose_name = _("ladder step")
        verbose_name_plural = _("ladder")
        constraints = [
            models.UniqueConstraint(fields=["queue", "after_s"], name="one_step_per_moment"),
            models.UniqueConstraint(
                fields=["queue"], condition=Q(is_last=True), name="one_last_step_per_queue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.after_s} s"


class LadderSkill(models.Model):
    """A required skill that a step asks for at another level, or no longer (0)."""

    step = models.ForeignKey(LadderStep, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(
        _("at least"),
        choices=[(0, _("Not needed")), *LEVELS],
        default=0,
        db_default=0,
        validators=[MaxValueValidator(5)],
    )

    class Meta:
        verbose_name = _("skill at this step")
        verbose_name_plural = _("skills at this step")
        constraints = [
            models.UniqueConstraint(fields=["step", "skill"], name="one_level_per_step_skill")
        ]

    def __str__(self) -> str:
        return f"{self.skill} ≥ {self.level}"
