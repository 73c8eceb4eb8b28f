"""The training: a few pages to read, each with a question or two."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.onboarding.models.applications import Application


class TrainingPage(models.Model):
    """One page of plain text; an empty line begins a new paragraph."""

    slug = models.SlugField(unique=True)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(
        _("text"), max_length=6000, help_text=_("An empty line begins a new paragraph.")
    )
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["place", "id"]
        verbose_name = _("training page")
        verbose_name_plural = _("training pages")

    def __str__(self) -> str:
        return self.title


class Check(models.Model):
    """A question about a page, to be answered rightly, with as many tries as it takes."""

    page = models.ForeignKey(TrainingPage, on_delete=models.CASCADE, related_name="checks")
    text = models.CharField(_("question"), max_length=300)
    hint = models.CharField(_("said after a wrong answer"), max_length=300, blank=True)
    place = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        ordering = ["place", "id"]
        verbose_name = _("question of a page")
        verbose_name_plural = _("questions of pages")

    def __str__(self) -> str:
        return self.text


class CheckOption(models.Model):
    """An answer to choose; one of a question's is right."""

    check_of = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(_("text"), max_length=300)
    is_right = models.BooleanField(_("right"), default=False)
    place = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        ordering = ["place", "id"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["check_of"],
                condition=models.Q(is_right=True),
                name="one_right_answer_per_check",
                violation_error_message=_("Exactly one answer is right."),
            )
        ]

    def __str__(self) -> str:
        return self.text


class TrainingDone(models.Model):
    """A page that an applicant has finished."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="trained")
    page = models.ForeignKey(TrainingPage, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "page"], name="trained_once")]

    def __str__(self) -> str:
        return str(self.page)
