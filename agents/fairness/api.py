"""The agent API's part about a suspension: reading it, and appealing."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import AgentView
from agents.auth import caller
from agents.fairness import actions, queries
from agents.fairness import serializers as s
from core.api import validated


class SuspensionView(AgentView):
    """`GET /api/v1/agent/suspension`"""

    @extend_schema(operation_id="agent_suspension", responses=s.SuspensionPage)
    def get(self, request: Request) -> Response:
        """The suspension in force, else the last one: who, why, until when, and your appeal."""
        found = queries.last(caller(request).id)
        return Response({"suspension": queries.written(found) if found else None})


class AppealView(AgentView):
    """`POST /api/v1/agent/suspension/appeal`"""

    @extend_schema(
        operation_id="agent_appeal",
        request=s.AppealIn,
        responses={200: s.SuspensionPage, 201: s.SuspensionPage},
    )
    def post(self, request: Request) -> Response:
        """Say what is wrong about it, once. The same words again are the same appeal (200)."""
        data = validated(s.AppealIn, request)
        appeal, new = actions.appeal(agent_id=caller(request).id, text=data["text"])
        return Response(
            {"suspension": queries.written(appeal.suspension)}, status=201 if new else 200
        )
