"""Queues, with who could take a ticket of each now."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from dispatch import queries
from dispatch.queries.who import Height
from tickets.admin import QueueAdmin
from tickets.models import Queue

# Names in a cell; more are a number.
SHOWN = 12


@admin.register(Queue)
class QueueWithPeopleAdmin(QueueAdmin):
    """Queues, with their ladders and who could take a ticket at each step."""

    readonly_fields = ("who_could",)
    fieldsets = (*QueueAdmin.fieldsets, (_("Who could take one now"), {"fields": ("who_could",)}))

    @admin.display(description=_("by language and step"))
    def who_could(self, queue: Queue) -> Any:
        """A table for each language: how many, who, and one word for each of the others."""
        # A new queue has an id before it is saved.
        if queue._state.adding:
            return "–"
        return format_html_join(
            "",
            "<details{} class='mb-4'><summary class='cursor-pointer'>{}</summary>{}</details>",
            (
                (
                    SafeString(" open") if not place else "",
                    now_("%(language)s: %(now)s can take one now, before any step.")
                    % {"language": language, "now": len(heights[0].now)},
                    _table(heights),
                )
                for place, (language, heights) in enumerate(queries.who_could(queue.pk).items())
            ),
        )


def _table(heights: list[Height]) -> str:
    head = (now_("Step"), now_("After"), now_("Could take one now"), now_("Could not, and why"))
    rows = (
        (height.step, f"{height.after_s:g} s", _names(height.now), _others(height.others))
        for height in heights
    )
    return format_html(
        "<table class='w-full my-2'><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th class='p-2 text-left'>{}</th>", ((each,) for each in head)),
        format_html_join(
            "",
            "<tr class='border-t border-base-200 dark:border-base-800'>"
            "<td class='p-2'>{}</td><td class='p-2'>{}</td><td class='p-2'>{}</td>"
            "<td class='p-2'>{}</td></tr>",
            rows,
        ),
    )


def _names(names: list[str]) -> str:
    if not names:
        return now_("nobody")
    return f"{len(names)}: {_cut(names)}"


def _others(others: list[tuple[str, str]]) -> str:
    if not others:
        return "–"
    return f"{len(others)}: {_cut([f'{name} ({why})' for name, why in others])}"


def _cut(names: list[str]) -> str:
    more = len(names) - SHOWN
    shown = ", ".join(names[:SHOWN])
    return (
        shown if more <= 0 else now_("%(names)s and %(more)d more") % {"names": shown, "more": more}
    )
