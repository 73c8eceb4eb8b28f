"""Desks, with their queues in short."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from tickets.models import Desk, Queue


class QueueInline(TabularInline):
    model = Queue
    extra = 0
    fields = (
        "name",
        "slug",
        "is_public",
        "is_default",
        "service_level_s",
        "offer_timeout_s",
        "expected_minutes",
    )
    show_change_link = True


@admin.register(Desk)
class DeskAdmin(ModelAdmin):
    """The counters that customers come to."""

    list_display = ("name", "key", "is_active", "language", "require_identity")
    list_filter = ("is_active",)
    search_fields = ("name", "key")
    prepopulated_fields = {"key": ("name",)}
    filter_horizontal = ("agents",)
    inlines = (QueueInline,)
    fieldsets = (
        (None, {"fields": ("name", "key", "is_active", "color", "language")}),
        (_("Where it may be embedded"), {"fields": ("origins",)}),
        (_("Identity"), {"fields": ("require_identity", "identity_secret")}),
        (_("People"), {"fields": ("agents", "shows_email")}),
    )
