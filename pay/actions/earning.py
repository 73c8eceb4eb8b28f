"""What an agent decides about her pay: her time zone, and the quests she joins."""

from uuid import UUID

from django.core.exceptions import ValidationError as Invalid
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from core import sql
from core.states import Stale
from pay.models import Earner, Quest, QuestMember
from pay.models.tariffs import zone_known


def check_zone(zone: str) -> str:
    """The zone itself. Raises ValidationError, by the field `zone`, for none."""
    try:
        zone_known(zone)
    except Invalid as exc:
        raise ValidationError({"zone": exc.messages}) from None
    return zone


def set_zone(agent_id: UUID, zone: str) -> str:
    """Her days begin and end by this zone from now on. Raises ValidationError."""
    check_zone(zone)
    Earner.objects.update_or_create(agent_id=agent_id, defaults={"time_zone": zone})
    return zone


def join(quest_id: int, agent_id: UUID) -> None:
    """She takes part from now on; a repeat changes nothing.

    Raises Http404 for a quest that is not of her desks, Stale for one that is over.
    """
    quest = Quest.objects.filter(pk=quest_id, desk__agents=agent_id).first()
    if quest is None:
        raise Http404
    with sql.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() >= %s", [quest.ends_at])
        if cursor.fetchone()[0]:
            raise Stale("over", _("This quest is over."))
    QuestMember.objects.get_or_create(quest=quest, agent_id=agent_id)
