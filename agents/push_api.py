"""The agent API's part about pushes: which of her browsers can be woken."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agents import push, tasks
from agents import serializers as s
from agents.api import AgentView
from agents.auth import bearer, caller
from agents.models import PushSubscription
from agents.tokens import digest
from core.api import Strict, iso, validated


class Nothing(Strict):
    """A body without members."""


def shown(subscription: PushSubscription) -> dict[str, Any]:
    """A subscription as its agent sees it: without what would let anybody push to it."""
    return {
        "id": str(subscription.pk),
        "device": subscription.device,
        "created_at": iso(subscription.created_at),
        "confirmed_at": iso(subscription.confirmed_at),
    }


class PushView(AgentView):
    """`GET /api/v1/agent/push`"""

    @extend_schema(operation_id="agent_push", responses=s.PushOut)
    def get(self, request: Request) -> Response:
        """The key to subscribe with, and the browsers that are subscribed."""
        subscriptions = push.of_agent(caller(request).id)
        return Response(
            {"key": push.public_key(), "subscriptions": [shown(each) for each in subscriptions]}
        )


class Subscriptions(AgentView):
    """`POST /api/v1/agent/push/subscriptions`"""

    @extend_schema(
        operation_id="push_subscribe",
        request=s.PushIn,
        responses={201: s.PushSubscriptionOut, 200: s.PushSubscriptionOut},
    )
    def post(self, request: Request) -> Response:
        """This browser can be woken: offers and messages reach it while the app is closed.

        It counts once a push has come through, so ask for a test next. A repeat is 200.
        """
        data = validated(s.PushIn, request)
        token = bearer(request)
        made, new = push.subscribe(
            caller(request).id,
            endpoint=data["endpoint"],
            **data["keys"],
            device=data.get("device", ""),
            held_by=f"t:{digest(token)}" if token else f"s:{request._request.session.session_key}",
        )
        return Response(shown(made), status=201 if new else 200)


class Subscription(AgentView):
    """`DELETE /api/v1/agent/push/subscriptions/{id}`"""

    @extend_schema(operation_id="push_unsubscribe", request=None, responses={204: None})
    def delete(self, request: Request, subscription_id: UUID) -> Response:
        """Nothing is pushed to this browser any more."""
        push.unsubscribe(caller(request).id, subscription_id)
        return Response(status=204)


class PushTest(AgentView):
    """`POST /api/v1/agent/push/subscriptions/{id}/test`"""

    throttle_scope = "push-test"

    @extend_schema(
        operation_id="push_test",
        request=Nothing,
        responses={202: OpenApiResponse(description="It is on its way")},
    )
    def post(self, request: Request, subscription_id: UUID) -> Response:
        """Push something harmless to this browser, to see whether it comes through."""
        validated(Nothing, request)
        tasks.send_test(caller(request).id, subscription_id)
        return Response(status=202)
