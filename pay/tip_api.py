"""The customer API's part about tips."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import validated
from pay import earnings_serializers as s
from pay.actions import tipping
from tickets.api import ChatView
from tickets.auth import caller


class Tip(ChatView):
    """`GET` and `POST /api/v1/chat/tickets/{id}/tip`"""

    @extend_schema(operation_id="chat_tip_offered", responses=s.Tips)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """What may be tipped, after the rating, where the desk takes tips."""
        return Response(tipping.offered(ticket_id, caller(request).id))

    @extend_schema(operation_id="chat_tip", request=s.NewTip, responses={201: s.Tips, 200: s.Tips})
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Promise the agent a tip, once: the desk's checkout collects it."""
        customer = caller(request).id
        given = tipping.tip(ticket_id, customer, amount=validated(s.NewTip, request)["amount"])
        return Response(tipping.offered(ticket_id, customer), status=201 if given.is_new else 200)
