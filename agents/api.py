"""The agent API's part about the agent: token and presence."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents import presence, tokens
from agents import serializers as s
from agents.auth import AgentAuthentication, IsAgent, caller
from core.api import iso, socket_url, validated
from core.permissions import Anyone


class AgentView(APIView):
    """Base: an agent, by token or session."""

    authentication_classes = [AgentAuthentication]
    permission_classes = [IsAgent]
    throttle_scope: Any = ("agent-read", "agent-write")


class Token(APIView):
    """`POST /api/v1/agent/token`"""

    authentication_classes: Any = []
    permission_classes = [Anyone]
    throttle_scope = "login"

    @extend_schema(operation_id="agent_token", request=s.LogIn, responses=s.TokenOut, auth=[])
    def post(self, request: Request) -> Response:
        """Log in without a browser: a bearer token for two weeks."""
        data = validated(s.LogIn, request)
        token, expires_at, _agent = tokens.log_in(
            data["email"], data["password"], request._request, otp=data.get("otp", "")
        )
        return Response(
            {
                "token": token,
                "expires_at": iso(expires_at),
                "socket": socket_url(request, "/ws/agent/"),
            }
        )


class SettingsView(AgentView):
    """`PUT /api/v1/agent/settings`"""

    @extend_schema(operation_id="agent_settings", request=s.Settings, responses=s.Settings)
    def put(self, request: Request) -> Response:
        """What the agent sets for herself: whether offers become hers without a press."""
        data = validated(s.Settings, request)
        presence.set_auto_accept(caller(request).id, data["auto_accept"])
        return Response({"auto_accept": data["auto_accept"]})


class PresenceView(AgentView):
    """`PUT /api/v1/agent/presence`"""

    @extend_schema(operation_id="agent_presence", request=s.PresenceIn, responses=s.PresenceOut)
    def put(self, request: Request) -> Response:
        """Go online, pause, finish what is open and then stop, or go offline."""
        data = validated(s.PresenceIn, request)
        now = presence.set_presence(
            caller(request).id,
            data["presence"],
            by=f"agent:{caller(request).id}",
            reason=data.get("reason", ""),
        )
        return Response(
            {
                "presence": now.state,
                "reason": now.reason,
                "capacity": now.capacity,
                "load": now.load,
            }
        )
