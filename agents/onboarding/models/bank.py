"""The bank of questions, and how a test is put together from it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agents.models import LEVELS, Skill, language_code

SINGLE, SEVERAL, ORDERING, CLOZE, FREE = "single", "several", "ordering", "cloze", "free"
KINDS = [
    (SINGLE, _("One of several")),
    (SEVERAL, _("All that are right")),
    (ORDERING, _("Put in order")),
    (CLOZE, _("Fill the gap")),
    (FREE, _("Answer a customer")),
]
# What stands in the text of a question where the gap is.
GAP = "___"
ONE_SUBJECT = (Q(skill__isnull=True) & ~Q(language="")) | (Q(skill__isnull=False) & Q(language=""))


class Subject(models.Model):
    """Base: about a language, or about a skill."""

    language = models.CharField(
        _("language"),
        max_length=3,
        blank=True,
        db_default="",
        validators=[language_code],
        help_text=_("Its code, such as en. Leave it empty for a question about a topic."),
    )
    skill = models.ForeignKey(
        Skill,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("topic"),
    )

    class Meta:
        abstract = True

    @property
    def subject(self) -> str:
        """Its name, as reviewers read it."""
        return str(self.skill) if self.skill else self.language


class Question(Subject):
    """One question. What a test has asked is copied there: editing it changes no result."""

    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    text = models.TextField(
        _("question"),
        max_length=2000,
        help_text=_("For a gap, write ___ where it is."),
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=LEVELS, default=2)
    points = models.PositiveSmallIntegerField(
        _("points"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    guide = models.TextField(
        _("what a good answer has"),
        max_length=1000,
        blank=True,
        help_text=_("For who marks free answers. Applicants never see it."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(condition=ONE_SUBJECT, name="a_question_has_one_subject"),
            models.CheckConstraint(condition=Q(points__range=(1, 20)), name="points_1_to_20"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="question_level_1_to_5"),
        ]
        indexes = [models.Index(fields=["language", "skill", "kind"], name="questions_by_subject")]

    def __str__(self) -> str:
        return self.text[:80]


class Option(models.Model):
    """A choice, a place in an order (as they stand here), or an answer that fills the gap."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(_("text"), max_length=300)
    is_right = models.BooleanField(_("right"), default=False)
    place = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        ordering = ["place", "id"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return self.text


class Blueprint(Subject):
    """How a test of a language or a topic is put together, and what its result means.

    `mark_N` is the share of points, in percent, from which the result is level N; an empty level is
    never given. Who reaches `pass_level` has passed.
    """

    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=15, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    single = models.PositiveSmallIntegerField(_("one of several"), default=5)
    several = models.PositiveSmallIntegerField(_("all that are right"), default=0)
    ordering = models.PositiveSmallIntegerField(_("put in order"), default=0)
    cloze = models.PositiveSmallIntegerField(_("fill the gap"), default=0)
    free = models.PositiveSmallIntegerField(_("answer a customer"), default=0)
    mark_1 = models.PositiveSmallIntegerField(_("percent for level 1"), null=True, blank=True)
    mark_2 = models.PositiveSmallIntegerField(_("percent for level 2"), null=True, blank=True)
    mark_3 = models.PositiveSmallIntegerField(_("percent for level 3"), null=True, blank=True)
    mark_4 = models.PositiveSmallIntegerField(_("percent for level 4"), null=True, blank=True)
    mark_5 = models.PositiveSmallIntegerField(_("percent for level 5"), null=True, blank=True)
    pass_level = models.PositiveSmallIntegerField(_("passed from level"), choices=LEVELS, default=2)
    retry_after_h = models.PositiveSmallIntegerField(
        _("hours until another try"),
        default=72,
        validators=[MaxValueValidator(24 * 90)],
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("test")
        verbose_name_plural = _("tests")
        constraints = [
            models.CheckConstraint(condition=ONE_SUBJECT, name="a_test_has_one_subject"),
            models.UniqueConstraint(
                fields=["language"],
                condition=Q(skill__isnull=True),
                name="one_test_per_language",
                violation_error_message=_(
                    "There is a test for this language already: edit that one."
                ),
            ),
            models.UniqueConstraint(
                fields=["skill"],
                condition=Q(skill__isnull=False),
                name="one_test_per_skill",
                violation_error_message=_("There is a test for this topic already: edit that one."),
            ),
            models.CheckConstraint(condition=Q(minutes__range=(1, 180)), name="minutes_1_to_180"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def counts(self) -> dict[str, int]:
        """How many questions of each kind, in the order in which they are asked."""
        return {kind: getattr(self, kind) for kind, _label in KINDS}

    @property
    def marks(self) -> dict[int, int]:
        """Level to percent, for the levels that can be reached."""
        found = {level: getattr(self, f"mark_{level}") for level in range(1, 6)}
        return {level: percent for level, percent in found.items() if percent is not None}
