"""The chat API: what a customer's page calls. One domain call per view."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.auth import bearer
from core import clock
from core.api import client_id, iso, optional_client_id, query_int, socket_url, validated
from core.permissions import Anyone
from realtime.events import Json
from tickets import actions, context, queries, sessions
from tickets import serializers as s
from tickets.auth import CustomerAuthentication, IsCustomer, caller

PAGE = [
    OpenApiParameter("after", OpenApiTypes.INT, description="Only messages with a larger seq"),
    OpenApiParameter("limit", OpenApiTypes.INT, description=f"At most {queries.PAGE}"),
]


def own_origin(request: Request) -> bool:
    """Whether the page that calls is ours."""
    return request.headers.get("Origin", "") in {
        f"{request.scheme}://{request.get_host()}",
        settings.PUBLIC_URL,
    }


def page(request: Request, ticket: Any) -> Json:
    """The messages that the query string asks for."""
    after = query_int(request, "after", 0, 0, 2**31 - 1)
    return queries.messages_after(
        ticket, after, query_int(request, "limit", queries.PAGE, 1, queries.PAGE)
    )


class ChatView(APIView):
    """Base: a customer with her token."""

    authentication_classes = [CustomerAuthentication]
    permission_classes = [IsCustomer]
    throttle_scope: Any = ("chat-read", "chat-write")


class Sessions(APIView):
    """`POST /api/v1/chat/sessions`"""

    authentication_classes: Any = []
    permission_classes = [Anyone]
    throttle_scope = "session"

    @extend_schema(
        operation_id="chat_session_start",
        request=s.NewSession,
        responses={201: s.SessionOut},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Start (or, with a token, resume) a session, and perhaps open its first ticket."""
        data = validated(s.NewSession, request)
        first = data.get("ticket")
        desk, queue = sessions.find_desk(data["desk"], (first or {}).get("topic", ""))
        sessions.check_origin(desk, request.headers.get("Origin", ""), own_origin(request))
        token = bearer(request)
        customer, ticket = actions.start_session(
            desk,
            queue,
            client_id=optional_client_id(request, data),
            current=sessions.principal_of_token(token) if token else None,
            identity=data.get("identity", ""),
            about={
                **{name: data.get(name, "") for name in ("name", "email", "locale")},
                "page": context.page(data.get("page", "")),
                "device": context.device(request.headers.get("User-Agent", "")),
            },
            first={**first, "client_id": client_id(request, first)} if first else None,
        )
        return Response(
            {
                "token": sessions.token_for(customer),
                "customer": {
                    "id": str(customer.pk),
                    "name": customer.name,
                    "locale": customer.locale,
                },
                "ticket": queries.for_customer(ticket) if ticket else None,
                "socket": socket_url(request, "/ws/chat/"),
                "server_time": iso(clock.near_now()),
            },
            status=201,
        )


class Tickets(ChatView):
    """`POST /api/v1/chat/tickets`"""

    @extend_schema(
        operation_id="chat_ticket_open", request=s.NewTicket, responses={201: s.CustomerTicket}
    )
    def post(self, request: Request) -> Response:
        """Open a conversation. A repeat with the same `client_id` answers with the first."""
        data = validated(s.NewTicket, request)
        data["client_id"] = client_id(request, data)
        ticket, _new = actions.open_ticket(customer=sessions.customer_of(caller(request)), **data)
        return Response(queries.for_customer(ticket), status=201)


class TicketDetail(ChatView):
    """`GET /api/v1/chat/tickets/{id}`"""

    @extend_schema(operation_id="chat_ticket", responses=s.CustomerTicket)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """The ticket, with place in line and expected wait while it waits."""
        return Response(queries.for_customer(queries.of_customer(ticket_id, caller(request).id)))


class Messages(ChatView):
    """`GET` and `POST /api/v1/chat/tickets/{id}/messages`"""

    @extend_schema(operation_id="chat_messages", parameters=PAGE, responses=s.MessagePage)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Messages after a seq: how a client resumes."""
        return Response(page(request, queries.of_customer(ticket_id, caller(request).id)))

    @extend_schema(
        operation_id="chat_message_post",
        request=s.NewMessage,
        responses={201: s.MessageOut, 200: s.MessageOut},
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Say something. 201, or 200 with the first result on a repeat."""
        data = validated(s.NewMessage, request)
        message, new = actions.post_as_customer(
            ticket_id, caller(request).id, client_id=client_id(request, data), text=data["text"]
        )
        return Response(message, status=201 if new else 200)


class Human(ChatView):
    """`POST /api/v1/chat/tickets/{id}/human`"""

    @extend_schema(operation_id="chat_human", request=s.Empty, responses=s.CustomerTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Ask for a person. Never argued with."""
        validated(s.Empty, request)
        return Response(queries.for_customer(actions.ask_human(ticket_id, caller(request).id)))


class Later(ChatView):
    """`POST /api/v1/chat/tickets/{id}/later`"""

    @extend_schema(operation_id="chat_later", request=s.LaterEmail, responses=s.CustomerTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Be answered by e-mail while away. The ticket keeps its place. 409 while not offered."""
        email = validated(s.LaterEmail, request)["email"]
        return Response(
            queries.for_customer(actions.answer_later(ticket_id, caller(request).id, email=email))
        )


class Read(ChatView):
    """`POST /api/v1/chat/tickets/{id}/read`"""

    @extend_schema(operation_id="chat_read", request=s.ReadUpTo, responses={204: None})
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """The customer has seen everything up to `seq`."""
        actions.read_as_customer(
            ticket_id, caller(request).id, validated(s.ReadUpTo, request)["seq"]
        )
        return Response(status=204)


class Close(ChatView):
    """`POST /api/v1/chat/tickets/{id}/close`"""

    @extend_schema(operation_id="chat_close", request=s.Empty, responses=s.CustomerTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """End the conversation."""
        validated(s.Empty, request)
        return Response(queries.for_customer(actions.close(ticket_id, caller(request).id)))


class Rate(ChatView):
    """`POST /api/v1/chat/tickets/{id}/rating`"""

    @extend_schema(
        operation_id="chat_rate",
        request=s.NewRating,
        responses={201: s.NewRating, 200: s.NewRating},
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Rate an ended conversation, once."""
        data = validated(s.NewRating, request)
        rated = actions.rate(
            ticket_id, caller(request).id, score=data["score"], comment=data.get("comment", "")
        )
        return Response(
            {"score": rated.rating.score, "comment": rated.rating.comment},
            status=201 if rated.is_new else 200,
        )
