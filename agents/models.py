"""Who can work: users, agents, their languages and skills, and their presence."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    URLValidator,
)
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agents import states
from core.states import TransitionLog

LEVELS = [
    (1, _("Basic")),
    (2, _("Conversational")),
    (3, _("Good")),
    (4, _("Very good")),
    (5, _("Native or expert")),
]
language_code = RegexValidator(
    r"^[a-z]{2,3}$", _("A language is its two- or three-letter code, such as en.")
)


class UserManager(BaseUserManager["User"]):
    """People log in by e-mail; there are no user names."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password (none: nobody can log in as them)."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who may do everything in the admin."""
        return self.create_user(
            email, password, **{"is_staff": True, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        """By e-mail, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person who logs in: an agent, a supervisor, or both."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)

    language = models.CharField(
        _("reads"), max_length=10, blank=True, db_default="", editable=False
    )
    # Raised to end every browser session of this person; see get_session_auth_hash.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_email"),
        ]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, over the session epoch too: raising it logs a person out everywhere."""
        return salted_hmac(
            "flagdown.session",
            f"{self.password}:{self.session_epoch}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Skill(models.Model):
    """Something a kind of request needs and an agent has, with a level."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name"]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """Someone who answers customers. `profile_version` counts changes of languages and skills."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="agent")
    name = models.CharField(_("first name, as customers see it"), max_length=80)
    photo = models.CharField(
        _("photo"),
        max_length=200,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("The https address of a picture."),
    )
    supervises = models.BooleanField(
        _("takes what is for supervisors"),
        default=False,
        db_default=False,
        help_text=_(
            "Conversations that nobody else could take, and those passed on to a supervisor."
        ),
    )
    profile_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.name


class AgentLanguage(models.Model):
    """A language an agent works in."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="languages")
    code = models.CharField(_("language"), max_length=3, validators=[language_code])
    level = models.PositiveSmallIntegerField(
        _("level"),
        choices=LEVELS,
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        constraints = [
            models.UniqueConstraint(fields=["agent", "code"], name="one_level_per_language"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="language_level_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.level}"


class AgentSkill(models.Model):
    """A skill an agent has."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="holders")
    level = models.PositiveSmallIntegerField(
        _("level"),
        choices=LEVELS,
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="one_level_per_skill"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="skill_level_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


class Presence(models.Model):
    """The hot half of an agent: what changes by the second.

    `load` counts the slots of open conversations, wrap-ups and pending offers; the database refuses
    it above `capacity`, but for the `excess` of idle conversations that woke while she was full.
    `epoch` grows with each socket that connects: only the newest one's end counts as a lost line.
    `was` is the presence to come back to for an agent whose heartbeat stopped.
    """

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE)
    state = models.CharField(
        _("presence"), max_length=16, choices=states.PRESENCE.choices(), default=states.OFFLINE
    )
    reason = models.CharField(_("reason"), max_length=80, blank=True)
    since = models.DateTimeField(_("since"), db_default=Now())
    was = models.CharField(max_length=16, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("capacity"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Conversations at the same time."),
    )
    load = models.SmallIntegerField(_("load"), default=0)
    excess = models.SmallIntegerField(default=0, db_default=0, editable=False)
    auto_accept = models.BooleanField(
        _("accepts by herself"),
        default=False,
        db_default=False,
        help_text=_("Offers become hers as soon as her phone has drawn them."),
    )
    # Offers in a row that ran out on her.
    missed = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # When an offer last ran out that no phone had drawn: until she is heard again, nobody asks her.
    unreached_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Offers lately: a count that halves with time (agents.presence.RECENT_HALF_S), as of `recent_at`.
    recent = models.FloatField(default=0, db_default=0, editable=False)
    recent_at = models.DateTimeField(db_default=Now(), editable=False)
    taken = models.PositiveIntegerField(_("conversations taken"), default=0, db_default=0)
    offered_at = models.DateTimeField(null=True, editable=False)
    epoch = models.BigIntegerField(default=0)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    # Whether a phone of hers has confirmed a push: then she can be reached without a line.
    pushes = models.BooleanField(default=False, db_default=False, editable=False)
    idle_since = models.DateTimeField(db_default=Now())
    board_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            models.CheckConstraint(
                condition=Q(load__gte=0)
                & Q(excess__gte=0)
                & Q(load__lte=F("capacity") + F("excess")),
                name="load_within_capacity",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.PRESENCE.states), name="presence_known"
            ),
        ]
        indexes = [
            models.Index(fields=["agent"], condition=~Q(state="offline"), name="present_agents"),
            models.Index(fields=["agent"], condition=Q(pushes=True), name="agents_reached_by_push"),
            # Asked with each ticket that leaves the board; written only by those who look at it.
            models.Index(
                fields=["board_until"],
                condition=Q(board_until__isnull=False),
                name="agents_at_the_board",
            ),
        ]

    def __str__(self) -> str:
        return self.state


class PresenceLog(TransitionLog):
    """Every change of presence, for ever."""

    of = models.ForeignKey(Presence, on_delete=models.CASCADE, related_name="log")

    class Meta:
        indexes = [models.Index(fields=["of", "at"], name="presence_log_by_agent")]


Presence.Log = PresenceLog  # type: ignore[attr-defined]


class AgentToken(models.Model):
    """A bearer token of a native client. Only its digest is kept; deleting the row revokes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    # What the client called itself when it logged in.
    user_agent = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    # To within ten minutes: a write with each call would cost more than it tells.
    last_used_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"


class PushSubscription(models.Model):
    """A browser of an agent's that a push service can wake (RFC 8030), with the keys to write to it.

    `held_by` is the log-in it was made with (agents.push.subscriptions): it ends with that.
    `confirmed_at` is when a push last came through, null until one has; `failures` counts what has
    failed since.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    device = models.CharField(_("device"), max_length=80, blank=True)
    held_by = models.CharField(max_length=80)
    created_at = models.DateTimeField(_("since"), db_default=Now())
    confirmed_at = models.DateTimeField(_("last came through"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")

    def __str__(self) -> str:
        return self.device or str(self.id)
