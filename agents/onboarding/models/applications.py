"""Somebody who would like to be an agent, and what is known of her so far."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import LEVELS, Agent, Skill, language_code
from agents.onboarding import states
from agents.onboarding.storage import private_storage
from core.states import TransitionLog

HOURS = [
    ("few", _("up to 5 hours a week")),
    ("some", _("5 to 15 hours a week")),
    ("many", _("15 to 30 hours a week")),
    ("full", _("more than 30 hours a week")),
]
TIMES = [
    ("mornings", _("Mornings")),
    ("afternoons", _("Afternoons")),
    ("evenings", _("Evenings")),
    ("nights", _("Nights")),
    ("weekends", _("Weekends")),
]
DOCUMENT_KINDS = [
    ("passport", _("Passport")),
    ("card", _("Identity card")),
    ("permit", _("Residence permit")),
    ("licence", _("Driving licence")),
]


def _in_range(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(level__range=(1, 5)), name=name)


class Application(models.Model):
    """One person's way in. `user` is there once her address is proven, `agent` once she is admitted.

    `note` is what the applicant is told in writing of the last decision. `supervised_needed` is how
    many conversations a reviewer has to look at before she can be certified.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="application",
        verbose_name=_("log-in"),
    )
    agent = models.OneToOneField(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="application"
    )
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=states.APPLICATION.choices(),
        default=states.UNVERIFIED,
    )
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("first name"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(_("time zone"), max_length=64)
    hours = models.CharField(_("hours"), max_length=8, choices=HOURS)
    times = models.JSONField(_("times"), default=list)
    locale = models.CharField(max_length=16, blank=True, db_default="")
    consent_at = models.DateTimeField(_("consent given"))
    link_until = models.DateTimeField(editable=False)
    note = models.TextField(_("what she was told"), max_length=2000, blank=True, db_default="")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    supervised_needed = models.PositiveSmallIntegerField(
        _("conversations to look at"), default=3, db_default=3
    )
    created_at = models.DateTimeField(_("applied"), db_default=Now())
    state_at = models.DateTimeField(_("in this state since"), db_default=Now())

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        permissions = [("review_application", _("Can decide on applications"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=states.APPLICATION.states), name="application_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=states.UNVERIFIED) | Q(user__isnull=False),
                name="a_proven_address_has_a_log_in",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[states.PROBATION, states.CERTIFIED])
                | Q(agent__isnull=False),
                name="who_is_admitted_is_an_agent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[states.PROBATION, states.CERTIFIED])
                | Q(reviewer__isnull=False),
                name="a_person_admits",
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True) | Q(user__isnull=True) | ~Q(reviewer=F("user")),
                name="nobody_decides_on_her_own",
            ),
            models.CheckConstraint(
                condition=~Q(state=states.DECLINED) | ~Q(note=""), name="declined_in_writing"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "state_at"], name="applications_by_state"),
            models.Index(fields=["email"], name="applications_by_email"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.email})"


class ApplicationLog(TransitionLog):
    """Every move of an application, for ever."""

    of = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="log")

    class Meta:
        indexes = [models.Index(fields=["of", "at"], name="application_log")]


Application.Log = ApplicationLog  # type: ignore[attr-defined]


class ApplicationLanguage(models.Model):
    """A language she says she works in, and how well."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="languages")
    code = models.CharField(_("language"), max_length=3, validators=[language_code])
    level = models.PositiveSmallIntegerField(_("her own word"), choices=LEVELS)

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        constraints = [
            models.UniqueConstraint(fields=["application", "code"], name="one_claim_per_language"),
            _in_range("claimed_language_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.level}"


class ApplicationSkill(models.Model):
    """A topic she says she knows, and how well."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("her own word"), choices=LEVELS)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            models.UniqueConstraint(fields=["application", "skill"], name="one_claim_per_skill"),
            _in_range("claimed_skill_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


class Document(models.Model):
    """A picture of a document, as we wrote it ourselves. `file` is empty once it was deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=16, choices=DOCUMENT_KINDS)
    file = models.FileField(storage=private_storage, max_length=200, editable=False)
    content_type = models.CharField(_("format"), max_length=40, editable=False)
    size = models.PositiveIntegerField(_("bytes"), editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), db_default=Now())
    refused = models.TextField(_("why another one was asked for"), blank=True, db_default="")
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name = _("identity document")
        verbose_name_plural = _("identity documents")
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                condition=Q(deleted_at__isnull=True),
                name="documents_that_are_there",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class DocumentView(models.Model):
    """Who looked at a document, and when. Rows are only added."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="views")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("looked at"), db_default=Now())

    class Meta:
        ordering = ["-at"]
        verbose_name = _("look at a document")
        verbose_name_plural = _("looks at documents")

    def __str__(self) -> str:
        return str(self.by)


class Decision(models.Model):
    """What a reviewer decided, in full: a log's reason has room for a few words only."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="decisions")
    what = models.CharField(_("decision"), max_length=16)
    text = models.TextField(_("in writing"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")

    def __str__(self) -> str:
        return self.what


class Supervised(models.Model):
    """A conversation that she had under supervision. `ticket_id` is the ticket's: that room is above."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="supervised"
    )
    ticket_id = models.UUIDField(_("conversation"))
    ended_at = models.DateTimeField(_("ended"))
    fine = models.BooleanField(_("fine"), null=True, blank=True)
    words = models.TextField(_("what to tell her"), max_length=2000, blank=True, db_default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("looked at"), null=True, blank=True)

    class Meta:
        ordering = ["ended_at", "id"]
        verbose_name = _("supervised conversation")
        verbose_name_plural = _("supervised conversations")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "ticket_id"], name="a_conversation_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(fine__isnull=True)
                | (Q(by__isnull=False) & Q(at__isnull=False) & ~Q(words="")),
                name="judged_by_somebody_in_words",
            ),
        ]

    def __str__(self) -> str:
        return str(self.ticket_id)


class Letter(models.Model):
    """A mail that is to be sent. What it says is forgotten once it is out: it may hold a link."""

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    made_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    tries = models.PositiveSmallIntegerField(
        default=0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(sent_at__isnull=True), name="letters_to_send"
            )
        ]

    def __str__(self) -> str:
        return self.subject
