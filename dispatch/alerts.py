"""What supervisors should look at."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from core import sql
from dispatch.models import Alert


def passed_on(ticket_id: UUID, *, by: str, note: str) -> None:
    """An agent passed a conversation on to a supervisor; her note says why."""
    text = _("%s: %s") % (by, note) if note else _("By %s, without a note.") % by
    Alert.objects.create(ticket_id=ticket_id, kind="supervisor", text=text[:300])


def seen(alert_ids: Sequence[int], *, by: str) -> int:
    """Somebody has seen these alerts; returns for how many of them she was the first."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE dispatch_alert SET seen_at = clock_timestamp(), seen_by = %s
               WHERE id = ANY(%s) AND seen_at IS NULL""",
            [by[:80], list(alert_ids)],
        )
        return cursor.rowcount
