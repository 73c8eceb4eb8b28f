"""The agent API's part about work: the agent's state, offers, the board."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents import presence
from agents.api import AgentView
from agents.auth import caller
from core.api import socket_url, validated
from core.permissions import Anyone
from dispatch import actions, queries, why
from dispatch import serializers as s
from tickets import queries as tickets
from tickets.serializers import AgentTicket, Empty


class MeView(AgentView):
    """`GET /api/v1/agent/me`"""

    @extend_schema(operation_id="agent_me", responses=s.Me)
    def get(self, request: Request) -> Response:
        """Everything an agent's client draws. Fetch it after each `ready` of the socket.

        It confirms the offers in it, as `offer.delivered` does.
        """
        presence.seen(caller(request).id)
        return Response(
            {**actions.fetched(caller(request).id), "socket": socket_url(request, "/ws/agent/")}
        )


class Accept(AgentView):
    """`POST /api/v1/agent/offers/{id}/accept`"""

    @extend_schema(operation_id="offer_accept", request=Empty, responses=AgentTicket)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Take the conversation. 409 with the true state when the offer is over."""
        validated(Empty, request)
        return Response(tickets.for_agent(actions.accept(offer_id, caller(request).id)))


class Decline(AgentView):
    """`POST /api/v1/agent/offers/{id}/decline`"""

    @extend_schema(operation_id="offer_decline", request=s.Decline, responses=s.OfferOut)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Leave it to the next agent. 409 with the true state when the offer is over."""
        data = validated(s.Decline, request)
        return Response(queries.for_agent(actions.decline(offer_id, caller(request).id, **data)))


class PushAnswered(APIView):
    """`POST /api/v1/agent/push/answer`"""

    authentication_classes: Any = []
    permission_classes = [Anyone]
    throttle_scope = "push-answer"

    @extend_schema(
        operation_id="push_answer", request=s.PushAnswer, responses=s.PushAnswered, auth=[]
    )
    def post(self, request: Request) -> Response:
        """A phone has shown a push, or its button was pressed. The push's token says whose it is.

        "shown" confirms that the phone can be reached, and an offer's delivery. 401 when the token
        has run out or its log-in has ended, 409 with the true state when the offer is over.
        """
        data = validated(s.PushAnswer, request)
        return Response(actions.answer_push(data["token"], data["answer"]))


class OpenTickets(AgentView):
    """`GET /api/v1/agent/open-tickets`"""

    @extend_schema(operation_id="board", responses=s.Board)
    def get(self, request: Request) -> Response:
        """The board: waiting conversations that fit."""
        presence.seen(caller(request).id)
        return Response({"tickets": queries.board(caller(request).id)})


class Claim(AgentView):
    """`POST /api/v1/agent/tickets/{id}/claim`"""

    @extend_schema(operation_id="ticket_claim", request=Empty, responses=AgentTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Take a waiting conversation from the board. 409 when someone was first."""
        validated(Empty, request)
        return Response(tickets.for_agent(actions.claim(ticket_id, caller(request).id)))


class Why(AgentView):
    """`GET /api/v1/agent/tickets/{id}/why`"""

    throttle_scope = "why"

    @extend_schema(operation_id="ticket_why", responses=s.Decision)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Why you got this conversation, or did not: in plain words, from the record."""
        return Response(why.why(caller(request).id, ticket_id))


class Decisions(AgentView):
    """`GET /api/v1/agent/decisions`"""

    throttle_scope = "decisions"

    @extend_schema(operation_id="decisions", responses=s.Decisions)
    def get(self, request: Request) -> Response:
        """The last conversations at your desks and in your languages: who got them, and why."""
        return Response({"decisions": why.decisions(caller(request).id)})
