"""What supervisors should look at."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from agents.onboarding.queries import waiting_count
from core.admin import ReadOnlyAdmin, actor, confirmed
from dispatch import alerts
from dispatch.models import Alert

KIND_COLOURS = {"ladder": "warning", "last_step": "danger", "supervisor": "info"}


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar, with the number of alerts and applications that nobody has seen to, for those who
    may look at them."""
    counts = {}
    if request.user.has_perm("dispatch.view_alert"):
        counts["alerts"] = Alert.objects.filter(seen_at__isnull=True).count()
    if request.user.has_perm("onboarding.view_application"):
        counts["applications"] = waiting_count()
    groups: Any = settings.ADMIN_MENU
    return [
        {**group, "items": [_with_badge(item, counts) for item in group["items"]]}
        for group in groups
    ]


def _with_badge(item: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    count = counts.get(item.get("counts", ""), 0)
    return {**item, "badge": count} if count else item


class Unseen(admin.SimpleListFilter):
    """Whether somebody has seen it."""

    title = _("seen")
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Yes and no."""
        return [("no", _("Not yet")), ("yes", _("Seen"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Those chosen, or all."""
        if self.value() in ("no", "yes"):
            return queryset.filter(seen_at__isnull=self.value() == "no")
        return queryset


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Tickets that wait too long or ask for a supervisor, until somebody has seen it."""

    list_display = ("at", "shown_kind", "shown_ticket", "shown_state", "text", "seen_at", "seen_by")
    list_filter = (Unseen, "kind", "ticket__queue")
    list_select_related = ("ticket__queue__desk",)
    search_fields = ("ticket__id__iexact", "text")
    show_full_result_count = False
    fields = (("shown_kind", "at"), ("shown_ticket", "shown_state"), "text", ("seen_at", "seen_by"))
    readonly_fields = ("shown_kind", "shown_ticket", "shown_state")
    actions = ("see_chosen",)
    actions_detail = ("see_one",)

    @display(description=_("kind"), label=KIND_COLOURS, ordering="kind")
    def shown_kind(self, alert: Alert) -> Any:
        """In colour, and in words."""
        return alert.kind, alert.get_kind_display()

    @display(description=_("ticket"))
    def shown_ticket(self, alert: Alert) -> str:
        """The way to it."""
        page = reverse("admin:tickets_ticket_change", args=[alert.ticket_id])
        return format_html('<a href="{}">{} · {}</a>', page, alert.ticket.queue, alert.ticket)

    @display(description=_("it is now"))
    def shown_state(self, alert: Alert) -> str:
        """Whether it still needs anybody."""
        return alert.ticket.state

    def has_see_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change alerts may say that they are seen."""
        return request.user.has_perm("dispatch.change_alert")

    @admin.action(description=_("Seen"), permissions=["see"])
    def see_chosen(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """The first to see it counts."""
        self._see(request, list(queryset.values_list("pk", flat=True)))

    @action(description=_("Seen"), url_path="seen", permissions=["see"])
    def see_one(self, request: HttpRequest, object_id: str) -> Any:
        """As above, from its page."""
        return confirmed(
            request,
            title=_("Seen"),
            text=_("The alert leaves the list of those that nobody has seen, under your name."),
            back=reverse("admin:dispatch_alert_changelist"),
            do=lambda: self._see(request, [int(object_id)]),
        )

    def _see(self, request: HttpRequest, ids: list[int]) -> None:
        seen = alerts.seen(ids, by=actor(request))
        if seen:
            messages.success(request, _("Seen: %d.") % seen)
        else:
            messages.warning(request, _("Somebody had seen it already."))
