"""Canned replies that a desk shares. Agents' own are nobody else's to read or to change."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tickets.models import CannedReply


@admin.register(CannedReply)
class CannedReplyAdmin(ModelAdmin):
    """What agents choose by "/"."""

    list_display = ("__str__", "title", "desk", "queue", "language", "updated_at")
    list_filter = ("desk", "language")
    list_select_related = ("desk", "queue")
    search_fields = ("shortcut", "title", "text")
    fields = (("desk", "queue"), ("shortcut", "language"), "title", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CannedReply]:
        """Those of desks."""
        shared: QuerySet[Any] = super().get_queryset(request)
        return shared.filter(desk__isnull=False)
