"""Tariffs: versions of what work is worth, with the rules that raise it."""

import zoneinfo
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import language_code
from pay import money
from pay.tariff import types
from tickets.models import Desk, Queue

LEVELS = [(0, _("Everybody"))] + [(n, _("From level %d") % n) for n in range(1, 6)]
# Above these a rate is taken for a slip: in main units of a currency with two digits, times ten to
# the power of what a smaller unit has less (a yen is no cent). See `_most`.
MOST_FOR_ONE = 1000
MOST_BY_THE_MINUTE = 50
MOST_BY_THE_HOUR = 1000


def zone_known(value: str) -> None:
    """Raises ValidationError for what is no time zone of IANA."""
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValidationError(
            _("“%(value)s” is no time zone. Write one like Europe/Berlin."),
            params={"value": value},
        ) from None


def _rate(name: Any, help_text: Any, places: int = 4) -> models.DecimalField:
    return models.DecimalField(
        name,
        max_digits=14,
        decimal_places=places,
        default=Decimal(0),
        db_default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=help_text,
    )


class Tariff(models.Model):
    """A version of what conversations pay, from `starts_at` on. Amounts in the currency's main unit.

    Once it has begun it may have been promised to somebody, and is never edited again (a trigger
    refuses it); only an end in the future may be set. To change a tariff, add a version.
    """

    desk = models.ForeignKey(
        Desk, on_delete=models.PROTECT, null=True, blank=True, related_name="tariffs",
        verbose_name=_("desk"), help_text=_("Empty: every desk."),
    )  # fmt: skip
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="tariffs",
        verbose_name=_("queue"), help_text=_("Empty: every queue."),
    )  # fmt: skip
    language = models.CharField(
        _("language"), max_length=3, blank=True, db_default="", validators=[language_code],
        help_text=_("Of the conversation. Empty: every language."),
    )  # fmt: skip
    level = models.PositiveSmallIntegerField(
        _("certification"), choices=LEVELS, default=0, db_default=0,
        help_text=_("The lowest of an agent's levels in the language and the queue's skills."),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(
        _("until"), null=True, blank=True,
        help_text=_("Empty: until a later version of the same scope begins."),
    )  # fmt: skip
    base = _rate(_("per conversation"), _("For taking it and bringing it to its end."), 3)
    minute = _rate(_("per engaged minute"), _("While it is hers and does not rest."), 6)
    minimum = _rate(
        _("guaranteed"), _("The least for an accepted conversation, whatever becomes of it."), 3
    )
    waiting = _rate(_("per hour of waiting"), _("Online without a conversation."))
    floor = _rate(
        _("floor per hour online"), _("A day that earned less per hour online is topped up.")
    )
    time_zone = models.CharField(
        _("time zone of its hours"), max_length=64, default="UTC", validators=[zone_known]
    )
    note = models.CharField(_("why"), max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "queue", "language", "level", "starts_at"],
                nulls_distinct=False,
                name="one_tariff_per_scope_and_start",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="a_tariff_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=Q(
                    base__gte=0, minute__gte=0, minimum__gte=0, waiting__gte=0, floor__gte=0
                ),
                name="no_rate_is_negative",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="tariff_currency_three_letters"
            ),
        ]

    def __str__(self) -> str:
        return str(_("Tariff %s") % self.pk)

    def clean(self) -> None:
        """Raises ValidationError, by field, for what can't hold."""
        wrong: dict[str, Any] = {}
        if self.currency not in money.EXPONENTS:
            wrong["currency"] = (
                _("“%s” is no currency. Write its three letters of ISO 4217, such as EUR.")
                % self.currency
            )
        else:
            wrong |= self._absurd(money.EXPONENTS[self.currency])
        if self.queue_id and self.desk_id and self.queue and self.queue.desk_id != self.desk_id:
            wrong["queue"] = _("This queue is another desk's.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            wrong["ends_at"] = _("It must end after it begins.")
        elif self.starts_at and (other := self._overlaps()):
            wrong["starts_at"] = _(
                "Tariff %(id)s of the same desk, queue, language and level holds from %(from)s"
                " to %(to)s. Begin when it has ended."
            ) % {"id": other.pk, "from": other.starts_at, "to": other.ends_at or _("no end")}
        if wrong:
            raise ValidationError(wrong)

    def _absurd(self, digits: int) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        scale = max(Decimal(10) ** (2 - digits), Decimal(1))
        for name, most in (
            ("base", MOST_FOR_ONE),
            ("minute", MOST_BY_THE_MINUTE),
            ("minimum", MOST_FOR_ONE),
            ("waiting", MOST_BY_THE_HOUR),
            ("floor", MOST_BY_THE_HOUR),
        ):
            value = getattr(self, name)
            if value is None:
                continue
            if value < 0:
                wrong[name] = _("Nobody pays to work: write 0 or more.")
            elif value > most * scale:
                wrong[name] = _("More than %(most)s is taken for a slip. Check the point.") % {
                    "most": most * scale
                }
            elif name in ("base", "minimum") and value != round(value, digits):
                wrong[name] = _("%(currency)s has %(digits)d digits after the point at most.") % {
                    "currency": self.currency, "digits": digits,
                }  # fmt: skip
        return wrong

    def _overlaps(self) -> "Tariff | None":
        """Another version of the same scope with which it is not clear which one holds.

        A later start ends what was open-ended; what has an end of its own may not be cut into.
        """
        same = Tariff.objects.filter(
            desk=self.desk_id, queue=self.queue_id, language=self.language, level=self.level
        ).exclude(pk=self.pk)
        clash = Q(starts_at=self.starts_at) | Q(
            starts_at__lt=self.starts_at, ends_at__gt=self.starts_at
        )
        if self.ends_at:
            clash |= Q(starts_at__gt=self.starts_at, starts_at__lt=self.ends_at)
        return same.filter(clash).first()


BONUS_KINDS = [
    (types.NIGHT, _("night")),
    (types.HOT, _("hot hours")),
    (types.LANGUAGE, _("rare language")),
    (types.REPLY, _("first reply in time")),
]


class TariffBonus(models.Model):
    """A rule that raises the pay of its tariff. See `pay.tariff.types.Bonus`."""

    tariff = models.ForeignKey(Tariff, on_delete=models.CASCADE, related_name="bonuses")
    kind = models.CharField(_("kind"), max_length=16, choices=BONUS_KINDS)
    percent = models.DecimalField(
        _("percent more"), max_digits=5, decimal_places=2, default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(300)],
    )  # fmt: skip
    begins = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("until"), null=True, blank=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(7)]),
        default=list, blank=True, verbose_name=_("weekdays"),
        help_text=_("1 is Monday, 7 Sunday, with commas. Empty: every day."),
    )  # fmt: skip
    languages = ArrayField(
        models.CharField(max_length=3, validators=[language_code]),
        default=list, blank=True, verbose_name=_("languages"),
    )  # fmt: skip
    amount = models.DecimalField(
        _("amount"), max_digits=10, decimal_places=3, default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(1000)],
        help_text=_("For a first reply in time."),
    )  # fmt: skip
    within_s = models.PositiveIntegerField(
        _("within (s)"), default=0, validators=[MaxValueValidator(3600)]
    )

    class Meta:
        verbose_name = _("bonus")
        verbose_name_plural = _("bonuses")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, amount__gte=0), name="no_bonus_is_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def clean(self) -> None:
        """Raises ValidationError, by field, for a rule that could never hold."""
        wrong: dict[str, Any] = {}
        if self.kind in (types.NIGHT, types.HOT):
            for name in ("begins", "ends"):
                if getattr(self, name) is None:
                    wrong[name] = _("Say from when until when.")
            if not wrong and self.begins == self.ends:
                wrong["ends"] = _("This is no time at all. Write another end.")
        if self.kind == types.LANGUAGE and not self.languages:
            wrong["languages"] = _("Name the languages, such as tr, uk.")
        if self.kind == types.REPLY:
            if not self.amount:
                wrong["amount"] = _("Say how much a first reply in time brings.")
            if not self.within_s:
                wrong["within_s"] = _("Say within how many seconds.")
        elif not self.percent:
            wrong["percent"] = _("Say how many percent more it pays.")
        if wrong:
            raise ValidationError(wrong)
