"""The agent API's part about earnings."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import AgentView
from agents.auth import caller
from core.api import validated
from pay import earnings_serializers as s
from pay.actions import earning
from pay.queries import earnings, quests
from tickets.serializers import Empty


class EarningsView(AgentView):
    """`GET /api/v1/agent/earnings`"""

    @extend_schema(
        operation_id="earnings",
        parameters=[
            OpenApiParameter("zone", str, description="Whose days; else the one that was set"),
            OpenApiParameter("first", date, description="First day of the range; else Monday"),
            OpenApiParameter("last", date, description="Last day of the range; else today"),
        ],
        responses=s.Earnings,
    )
    def get(self, request: Request) -> Response:
        """Today, this week and a range of days, and every line of what was booked in it."""
        agent_id: UUID = caller(request).id
        zone = request.query_params.get("zone")
        zone = earnings.zone_of(agent_id) if zone is None else earning.check_zone(zone)
        first, last = (_date(request, name) for name in ("first", "last"))
        if first and last and last < first:
            raise ValidationError({"last": [_("This is before the first day.")]})
        if first and last and (last - first).days >= earnings.MOST_DAYS:
            raise ValidationError({"last": [_("At most %d days at a time.") % earnings.MOST_DAYS]})
        return Response(earnings.earnings(agent_id, zone, first, last))


def _date(request: Request, name: str) -> date | None:
    raw = request.query_params.get(name)
    if raw is None:
        return None
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2200:
        raise ValidationError({name: [_("Write a day like 2026-11-26.")]})
    return found


class EarningsZone(AgentView):
    """`PUT /api/v1/agent/earnings/zone`"""

    @extend_schema(operation_id="earnings_zone", request=s.Zone, responses=s.Zone)
    def put(self, request: Request) -> Response:
        """Where her days begin and end: by them the floor is worked out."""
        zone = validated(s.Zone, request)["zone"]
        return Response({"zone": earning.set_zone(caller(request).id, zone)})


class JoinQuest(AgentView):
    """`POST /api/v1/agent/quests/{id}/join`"""

    @extend_schema(operation_id="quest_join", request=Empty, responses=s.Quests)
    def post(self, request: Request, quest_id: int) -> Response:
        """Take part; again changes nothing. 409 when it is over."""
        validated(Empty, request)
        agent_id: UUID = caller(request).id
        earning.join(quest_id, agent_id)
        return Response({"quests": quests.of_agent(agent_id)})
