"""The applicants' API: a test, its answers one by one, and handing it in. All else are forms."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.onboarding import queries, states
from agents.onboarding import serializers as s
from agents.onboarding.actions import testing
from agents.onboarding.auth import ApplicantAuthentication, ApplicantPrincipal, IsApplicant
from agents.onboarding.models import Attempt
from core import clock
from core.api import iso, validated


class ApplicantView(APIView):
    """Base: an applicant, by session; a test of her own."""

    authentication_classes = [ApplicantAuthentication]
    permission_classes = [IsApplicant]
    throttle_scope: Any = ("join-read", "join-write")

    def attempt(self, request: Request, attempt_id: UUID) -> Attempt:
        """Her test. Raises Http404 for anybody else's."""
        caller: object = request.user
        assert isinstance(caller, ApplicantPrincipal)
        return queries.attempt_of(attempt_id, caller.user_id)


class AttemptView(ApplicantView):
    """`GET /api/v1/join/attempts/{id}`"""

    @extend_schema(operation_id="join_attempt", responses=s.AttemptOut)
    def get(self, request: Request, attempt_id: UUID) -> Response:
        """The test as it stands, with what was answered so far."""
        return Response(shown(self.attempt(request, attempt_id)))


class AnswerView(ApplicantView):
    """`PUT /api/v1/join/attempts/{id}/answers/{place}`"""

    @extend_schema(operation_id="join_answer", request=s.AnswerIn, responses=s.SavedOut)
    def put(self, request: Request, attempt_id: UUID, place: int) -> Response:
        """Keep an answer, in place of the one before. 409 once the test is over."""
        attempt = self.attempt(request, attempt_id)
        given = validated(s.AnswerIn, request)["answer"]
        item = testing.answer(attempt, place, given)
        return Response(
            {
                "place": item.place,
                "answer": item.answer,
                "until": iso(attempt.until),
                "server_time": iso(clock.now()),
            }
        )


class SubmitView(ApplicantView):
    """`POST /api/v1/join/attempts/{id}/submit`"""

    @extend_schema(operation_id="join_submit", request=None, responses=s.AttemptOut)
    def post(self, request: Request, attempt_id: UUID) -> Response:
        """Hand it in. Again changes nothing."""
        return Response(shown(testing.submit(self.attempt(request, attempt_id))))


def shown(attempt: Attempt) -> dict[str, Any]:
    """A test as its applicant may see it."""
    return {
        "id": str(attempt.pk),
        "state": attempt.state,
        "started_at": iso(attempt.started_at),
        "until": iso(attempt.until),
        "server_time": iso(clock.now()),
        "items": [
            {
                "place": item.place,
                "kind": item.kind,
                "text": item.text,
                "points": item.points,
                "options": item.options,
                "answer": item.answer,
            }
            for item in attempt.items.all()
        ],
        "level": attempt.level if attempt.state == states.DONE else None,
        "passed": attempt.passed if attempt.state == states.DONE else None,
        "retry_at": iso(attempt.retry_at) if attempt.state == states.DONE else None,
    }
