"""Tariffs: versions that are added, tried on what happened, and never edited once they have begun."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from core import clock
from pay import money
from pay.models import Quest, Tariff, TariffBonus, Tipping
from pay.queries import previews


class TariffForm(ModelForm):
    """A tariff that has not begun. What holds for all its fields is checked by the model."""

    class Meta:
        model = Tariff
        fields = (
            "desk", "queue", "language", "level", "starts_at", "ends_at", "note", "currency",
            "base", "minute", "minimum", "waiting", "floor", "time_zone",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A start in the past would change what was promised. Raises ValidationError at the field."""
        data: dict[str, Any] = super().clean() or {}
        starts = data.get("starts_at")
        if starts and "starts_at" in self.changed_data and starts < clock.now():
            self.add_error(
                "starts_at", now_("A tariff can't begin in the past: it was not promised then.")
            )
        return data


class BonusInline(TabularInline):
    model = TariffBonus
    extra = 0
    verbose_name_plural = _("what raises it")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until it begins."""
        return not _begun(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until it begins."""
        return not _begun(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until it begins."""
        return not _begun(obj) and super().has_delete_permission(request, obj)


def _begun(tariff: Tariff | None) -> bool:
    return tariff is not None and tariff.starts_at <= clock.now()


@admin.register(Tariff)
class TariffAdmin(ModelAdmin):
    """What conversations pay: add a version to change it, and try it before it begins."""

    form = TariffForm
    inlines = (BonusInline,)
    list_display = ("id", "starts_at", "scope", "currency", "base", "minute", "minimum", "floor")
    list_filter = ("desk", "currency")
    list_select_related = ("desk", "queue__desk")
    save_as = True
    fieldsets = (
        (
            _("For whom"),
            {
                "fields": (("desk", "queue"), ("language", "level")),
                "description": _(
                    "Of the tariffs that fit, the one that names the queue holds; then the desk, the"
                    " language, the highest certification, and the one that began last."
                ),
            },
        ),
        (_("When"), {"fields": (("starts_at", "ends_at"), "note")}),
        (
            _("How much"),
            {
                "fields": (
                    "currency",
                    ("base", "minute", "minimum"),
                    ("waiting", "floor"),
                    "time_zone",
                )
            },
        ),
        (_("Tried on what happened"), {"fields": ("preview",)}),
    )
    readonly_fields = ("preview",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Once begun it may have been promised to somebody: it is only shown."""
        return not _begun(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """So it stays."""
        return obj is not None and not _begun(obj) and super().has_delete_permission(request, obj)

    @display(description=_("for"))
    def scope(self, tariff: Tariff) -> str:
        """What it names."""
        said = [
            str(tariff.queue or tariff.desk or now_("every desk")),
            tariff.language,
            tariff.get_level_display() if tariff.level else "",
        ]
        return " · ".join(part for part in said if part)

    @admin.display(description=_("the last conversations"))
    def preview(self, tariff: Tariff) -> Any:
        """What it would have paid for the last conversations of its scope, beside what was paid."""
        if tariff._state.adding:
            return now_("Save it with a start to come, and see here what it would have paid.")
        rows = previews.of_tariff(tariff.pk)
        if not rows:
            return now_("No conversation of its scope has ended yet.")
        head = (now_("Ended"), now_("Agent"), now_("Minutes"), now_("Paid"), now_("Would pay"))
        cells = [
            (
                row.ended_at.strftime("%Y-%m-%d %H:%M"),
                row.agent,
                f"{row.minutes:.1f}",
                row.paid or "–",
                money.shown(row.would, tariff.currency),
            )
            for row in rows
        ]
        total = sum(row.would for row in rows)
        return format_html(
            "<p>{}</p><table class='w-full my-2'><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            now_("%(n)d conversations: %(total)s.")
            % {"n": len(rows), "total": money.shown(total, tariff.currency)},
            format_html_join("", "<th class='p-2 text-left'>{}</th>", ((each,) for each in head)),
            format_html_join(
                "",
                "<tr class='border-t border-base-200 dark:border-base-800'><td class='p-2'>{}</td>"
                "<td class='p-2'>{}</td><td class='p-2'>{}</td><td class='p-2'>{}</td>"
                "<td class='p-2'>{}</td></tr>",
                cells,
            ),
        )


@admin.register(Quest)
class QuestAdmin(ModelAdmin):
    """Quests that agents may join."""

    list_display = (
        "title",
        "desk",
        "queue",
        "starts_at",
        "ends_at",
        "target",
        "reward",
        "currency",
    )
    list_filter = ("desk",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until somebody has joined: then it is a promise."""
        return (obj is None or not obj.members.exists()) and super().has_change_permission(
            request, obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return (
            obj is not None
            and not obj.members.exists()
            and super().has_delete_permission(request, obj)
        )


@admin.register(Tipping)
class TippingAdmin(ModelAdmin):
    """Which desks' customers may tip, and how much."""

    list_display = ("desk", "is_on", "currency", "amounts")
