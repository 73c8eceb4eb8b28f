"""The agent API's part about her own work."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import AgentView
from agents.auth import caller
from core.api import client_id, validated
from dispatch import work
from dispatch.work import export, record, shifts
from dispatch.work import serializers as s
from pay.actions import earning
from pay.queries import earnings
from tickets.serializers import Empty


class WorkView(AgentView):
    """`GET /api/v1/agent/work`"""

    @extend_schema(
        operation_id="agent_work",
        parameters=[
            OpenApiParameter("zone", str, description="Whose days; else the one that was set"),
            OpenApiParameter("from", date, description="First day of the range; else Monday"),
            OpenApiParameter("to", date, description="Last day of the range; else today"),
        ],
        responses=s.Work,
    )
    def get(self, request: Request) -> Response:
        """Today, this week and a range of days: for you to know, and for nothing else."""
        agent_id: UUID = caller(request).id
        zone = request.query_params.get("zone")
        zone = earnings.zone_of(agent_id) if zone is None else earning.check_zone(zone)
        first, last = (_date(request, name) for name in ("from", "to"))
        if first and last and last < first:
            raise ValidationError({"to": [_("This is before the first day.")]})
        if first and last and (last - first).days >= work.MOST_DAYS:
            raise ValidationError({"to": [_("At most %d days at a time.") % work.MOST_DAYS]})
        return Response(work.work(agent_id, zone, first, last))


def _date(request: Request, name: str) -> date | None:
    raw = request.query_params.get(name)
    if raw is None:
        return None
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2200:
        raise ValidationError({name: [_("Write a day like 2026-11-28.")]})
    return found


class WorkRecords(AgentView):
    """`GET` and `POST /api/v1/agent/work-records`"""

    @extend_schema(operation_id="agent_work_records", responses=s.WorkRecords)
    def get(self, request: Request) -> Response:
        """Your work records, the latest first."""
        return Response({"records": record.of_agent(caller(request).id)})

    @extend_schema(
        operation_id="agent_work_record_issue",
        request=s.NewWorkRecord,
        responses={201: s.WorkRecordOut, 200: s.WorkRecordOut},
    )
    def post(self, request: Request) -> Response:
        """Sign what you did until now. 201, or 200 with the first result on a repeat."""
        data = validated(s.NewWorkRecord, request)
        made, new = record.issue(caller(request).id, client_id(request, data))
        return Response(made, status=201 if new else 200)


class RevokeWorkRecord(AgentView):
    """`POST /api/v1/agent/work-records/{id}/revoke`"""

    @extend_schema(
        operation_id="agent_work_record_revoke", request=Empty, responses=s.WorkRecordOut
    )
    def post(self, request: Request, record_id: UUID) -> Response:
        """Take it back: whoever checks it is told so. Again changes nothing."""
        validated(Empty, request)
        return Response(record.revoke(caller(request).id, record_id))


class Exports(AgentView):
    """`GET` and `POST /api/v1/agent/exports`"""

    @extend_schema(operation_id="agent_exports", responses=s.Exports)
    def get(self, request: Request) -> Response:
        """Your copies that have not run out."""
        return Response({"exports": export.of_agent(caller(request).id)})

    @extend_schema(
        operation_id="agent_export_ask",
        request=s.NewExport,
        responses={201: s.ExportOut, 200: s.ExportOut},
    )
    def post(self, request: Request) -> Response:
        """A copy of everything that is kept about you. 200 with the one that waits already."""
        data = validated(s.NewExport, request)
        asked, new = export.ask(caller(request).id, client_id(request, data))
        return Response(asked, status=201 if new else 200)


class _Zip(BaseRenderer):
    """So that a client may ask for a zip; the view makes it itself."""

    media_type, format = "application/zip", "zip"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """As it is."""
        return data


class ExportFile(AgentView):
    """`GET /api/v1/agent/exports/{id}/file`"""

    renderer_classes = [JSONRenderer, _Zip]

    @extend_schema(
        operation_id="agent_export_file",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, export_id: UUID) -> HttpResponse:
        """The file. 409 while it is made, 404 once it has run out."""
        answer = HttpResponse(
            export.content(caller(request).id, export_id), content_type="application/zip"
        )
        answer["Content-Disposition"] = 'attachment; filename="flagdown-my-data.zip"'
        answer["Cache-Control"] = "private, no-store"
        return answer


class Shifts(AgentView):
    """`GET` and `PUT /api/v1/agent/shifts`"""

    @extend_schema(operation_id="agent_shifts", responses=s.Plan)
    def get(self, request: Request) -> Response:
        """When you plan to work, in your time zone."""
        return Response(shifts.plan(caller(request).id))

    @extend_schema(operation_id="agent_shifts_say", request=s.NewPlan, responses=s.Plan)
    def put(self, request: Request) -> Response:
        """Say it anew. It binds you to nothing."""
        return Response(shifts.say(caller(request).id, **validated(s.NewPlan, request)))
