"""Who has asked for the deletion of her account."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from dispatch.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Read only: whoever asked takes it back herself, and nobody deletes anybody else."""

    list_display = ("agent", "requested_at", "due_at", "cancelled_at", "done_at")
    list_select_related = ("agent",)
    ordering = ("-requested_at",)
