"""When agents plan to work: to look at, so that a desk knows what to expect."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from dispatch.models import Shift


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    """A plan of theirs, which binds nobody."""

    list_display = ("agent", "weekday", "date", "begins", "ends")
    list_filter = ("weekday", "agent__desks")
    list_select_related = ("agent",)
    search_fields = ("agent__name",)
    date_hierarchy = "date"
