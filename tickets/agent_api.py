"""The agent API's part about conversations: messages, the baton, resolve, release, transfer."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import AgentView
from agents.auth import caller
from core.api import client_id, optional_client_id, validated
from tickets import actions, queries, ratings
from tickets import serializers as s
from tickets.api import PAGE, page


def _name(request: Request, data: dict[str, Any]) -> UUID | None:
    """How the client named its call, taken out of the body."""
    name = optional_client_id(request, data)
    data.pop("client_id", None)
    return name


class Messages(AgentView):
    """`GET` and `POST /api/v1/agent/tickets/{id}/messages`"""

    @extend_schema(operation_id="agent_messages", parameters=PAGE, responses=s.MessagePage)
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Messages after a seq: how a client resumes. Those of the conversation that one of yours
        `follows` can be read too."""
        return Response(page(request, queries.readable_by(ticket_id, caller(request).id)))

    @extend_schema(
        operation_id="agent_message_post",
        request=s.NewMessage,
        responses={201: s.MessageOut, 200: s.MessageOut},
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Answer. 201, or 200 with the first result on a repeat."""
        data = validated(s.NewMessage, request)
        message, new = actions.post_as_agent(
            ticket_id, caller(request).id, client_id=client_id(request, data), text=data["text"]
        )
        return Response(message, status=201 if new else 200)


class Ratings(AgentView):
    """`GET /api/v1/agent/ratings`"""

    @extend_schema(operation_id="agent_ratings", responses=s.RatingsPage)
    def get(self, request: Request) -> Response:
        """What customers thought, the last first, and the mean of what counts."""
        return Response(ratings.listed(caller(request).id))


class Contest(AgentView):
    """`POST /api/v1/agent/tickets/{id}/contest`"""

    @extend_schema(
        operation_id="agent_contest",
        request=s.ContestIn,
        responses={200: s.AgentRating, 201: s.AgentRating},
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Say what is wrong about a rating, once. The same words again are the same (200)."""
        data = validated(s.ContestIn, request)
        made, new = actions.contest(
            ticket_id=ticket_id, agent_id=caller(request).id, text=data["text"]
        )
        return Response(ratings.written(made.rating), status=201 if new else 200)


class Read(AgentView):
    """`POST /api/v1/agent/tickets/{id}/read`"""

    @extend_schema(operation_id="agent_read", request=s.ReadUpTo, responses={204: None})
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """The agent has seen everything up to `seq`."""
        actions.read_as_agent(ticket_id, caller(request).id, validated(s.ReadUpTo, request)["seq"])
        return Response(status=204)


class Resolve(AgentView):
    """`POST /api/v1/agent/tickets/{id}/resolve`"""

    @extend_schema(operation_id="agent_resolve", request=s.Resolution, responses=s.AgentTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """End the conversation."""
        data = validated(s.Resolution, request)
        data["client_id"] = optional_client_id(request, data)
        return Response(queries.for_agent(actions.resolve(ticket_id, caller(request).id, **data)))


class Wrapped(AgentView):
    """`POST /api/v1/agent/tickets/{id}/wrapped`"""

    @extend_schema(operation_id="agent_wrapped", request=s.Empty, responses=s.WrapUpOut)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """The wrap-up is done: free its slots now. Again changes nothing."""
        validated(s.Empty, request)
        return Response(actions.wrapped(ticket_id, caller(request).id))


class Extend(AgentView):
    """`POST /api/v1/agent/tickets/{id}/extend`"""

    @extend_schema(operation_id="agent_extend", request=s.Empty, responses=s.WrapUpOut)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """More time to wrap up, once. 409 when it is over."""
        validated(s.Empty, request)
        return Response(actions.extend_wrap_up(ticket_id, caller(request).id))


class Release(AgentView):
    """`POST /api/v1/agent/tickets/{id}/release`"""

    @extend_schema(operation_id="agent_release", request=s.Release, responses=s.AgentTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Give the conversation back to its queue."""
        data = validated(s.Release, request)
        ticket = actions.release(
            ticket_id,
            caller(request).id,
            client_id=_name(request, data),
            note=data.pop("note", ""),
            baton=data,
        )
        return Response(queries.for_agent(ticket))


class Baton(AgentView):
    """`PUT /api/v1/agent/tickets/{id}/baton`"""

    @extend_schema(operation_id="agent_baton", request=s.Baton, responses=s.AgentTicket)
    def put(self, request: Request, ticket_id: UUID) -> Response:
        """Write down what whoever has the conversation after you should know."""
        data = validated(s.Baton, request)
        return Response(queries.for_agent(actions.draft_baton(ticket_id, caller(request).id, data)))


class Transfer(AgentView):
    """`POST /api/v1/agent/tickets/{id}/transfer`"""

    @extend_schema(operation_id="agent_transfer", request=s.Transfer, responses=s.AgentTicket)
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Pass the conversation on to another queue, an agent, or a supervisor."""
        data = validated(s.Transfer, request)
        ticket = actions.transfer(
            ticket_id,
            caller(request).id,
            client_id=_name(request, data),
            queue=data.pop("queue", ""),
            to_agent=data.pop("agent", None),
            supervisor=data.pop("supervisor"),
            note=data.pop("note", ""),
            baton=data,
        )
        return Response(queries.for_agent(ticket))
