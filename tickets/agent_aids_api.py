"""The agent API's part about what helps her answer: notes, the customer and her history, canned replies."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import AgentView
from agents.auth import caller
from core.api import client_id, query_int, validated
from tickets import actions, canned, history, notes
from tickets import serializers as s
from tickets.api import PAGE, page


class Notes(AgentView):
    """`GET` and `POST /api/v1/agent/tickets/{id}/notes`"""

    @extend_schema(
        operation_id="agent_notes",
        parameters=[
            OpenApiParameter("after", OpenApiTypes.INT, description="Only notes with a larger seq"),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"At most {notes.PAGE}"),
        ],
        responses=s.NotePage,
    )
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """What colleagues noted about the conversation that you have. Customers never see it."""
        return Response(
            notes.notes_after(
                ticket_id,
                caller(request).id,
                query_int(request, "after", 0, 0, 2**31 - 1),
                query_int(request, "limit", notes.PAGE, 1, notes.PAGE),
            )
        )

    @extend_schema(
        operation_id="agent_note_post",
        request=s.NewNote,
        responses={201: s.NoteOut, 200: s.NoteOut},
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Note something. 201, or 200 with the first result on a repeat."""
        data = validated(s.NewNote, request)
        note, new = actions.post_note(
            ticket_id, caller(request).id, client_id=client_id(request, data), text=data["text"]
        )
        return Response(note, status=201 if new else 200)


class About(AgentView):
    """`GET /api/v1/agent/tickets/{id}/customer`"""

    @extend_schema(operation_id="agent_ticket_customer", responses=s.CustomerAbout)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """What is known of the customer of the conversation that you have."""
        return Response(history.about(ticket_id, caller(request).id))


class History(AgentView):
    """`GET /api/v1/agent/tickets/{id}/history`"""

    @extend_schema(
        operation_id="agent_ticket_history",
        parameters=[
            OpenApiParameter("before", OpenApiTypes.UUID, description="The last one you know"),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"At most {history.PAGE}"),
        ],
        responses=s.EarlierPage,
    )
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Her earlier conversations at this desk, the latest first."""
        raw = request.query_params.get("before")
        try:
            before = UUID(raw) if raw else None
        except ValueError:
            raise ValidationError({"before": ["The id of a conversation."]}) from None
        return Response(
            history.earlier(
                ticket_id,
                caller(request).id,
                before,
                query_int(request, "limit", history.PAGE, 1, history.PAGE),
            )
        )


class HistoryMessages(AgentView):
    """`GET /api/v1/agent/tickets/{id}/history/{earlier}/messages`"""

    @extend_schema(
        operation_id="agent_ticket_history_messages", parameters=PAGE, responses=s.MessagePage
    )
    def get(self, request: Request, ticket_id: UUID, earlier_id: UUID) -> Response:
        """What was said in one of them."""
        return Response(page(request, history.readable(ticket_id, caller(request).id, earlier_id)))


class Canned(AgentView):
    """`GET` and `POST /api/v1/agent/canned-replies`"""

    @extend_schema(
        operation_id="agent_canned_replies",
        parameters=[
            OpenApiParameter(
                "If-None-Match",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The version you have, in quotes",
            )
        ],
        responses={200: s.CannedList, 304: None},
    )
    def get(self, request: Request) -> Response:
        """What your desks share, and your own. 304 when you have this version already."""
        found = canned.of_agent(caller(request).id)
        tag = f'"{found["version"]}"'
        # Whoever compresses the answer on its way marks the tag as weak.
        known = request.headers.get("If-None-Match", "").removeprefix("W/")
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if known == tag:
            return Response(status=304, headers=headers)
        return Response(found, headers=headers)

    @extend_schema(
        operation_id="agent_canned_reply_add",
        request=s.NewCanned,
        responses={201: s.CannedOut, 200: s.CannedOut},
    )
    def post(self, request: Request) -> Response:
        """One more of your own. 201, or 200 with the first result on a repeat."""
        data = validated(s.NewCanned, request)
        reply, new = canned.add(caller(request).id, client_id(request, data), data)
        return Response(reply, status=201 if new else 200)


class OwnCanned(AgentView):
    """`PUT` and `DELETE /api/v1/agent/canned-replies/{id}`"""

    @extend_schema(
        operation_id="agent_canned_reply_change", request=s.CannedFields, responses=s.CannedOut
    )
    def put(self, request: Request, reply_id: UUID) -> Response:
        """Write one of your own anew."""
        data = validated(s.CannedFields, request)
        return Response(canned.change(caller(request).id, reply_id, data))

    @extend_schema(operation_id="agent_canned_reply_remove", responses={204: None})
    def delete(self, request: Request, reply_id: UUID) -> Response:
        """Delete one of your own."""
        canned.remove(caller(request).id, reply_id)
        return Response(status=204)
