"""The agent API's part about her money: payouts and statements."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import AgentView
from agents.auth import caller
from agents.models import Agent
from core import clock
from core.api import client_id, iso, validated
from pay import money
from pay import serializers as s
from pay.actions import destinations, payouts
from pay.carriers import paper
from pay.models.payouts import Destination, Payout
from pay.periods import period
from pay.queries import balances, statements

SHOWN = 50


def destination_out(destination: Destination) -> dict[str, Any]:
    """As the agent sees it."""
    return {
        "kind": destination.kind,
        "holder": destination.holder,
        "last4": destination.tail,
    }


def payout_out(payout: Payout) -> dict[str, Any]:
    """As the agent sees it."""
    return {
        "id": str(payout.id),
        "client_id": str(payout.client_id),
        "money": money.as_json(payout.amount, payout.currency),
        "state": payout.state,
        "weekly": payout.weekly,
        "destination": destination_out(payout.destination),
        "note": payout.note,
        "requested_at": iso(payout.requested_at),
        "settled_at": iso(payout.settled_at),
    }


class Payouts(AgentView):
    """`GET` and `POST /api/v1/agent/payouts`"""

    @extend_schema(operation_id="agent_payouts", responses=s.PayoutsOut)
    def get(self, request: Request) -> Response:
        """What there is to pay out, where it goes, and the last payouts."""
        agent = caller(request).id
        there = Destination.objects.filter(agent=agent, replaced_at=None).first()
        last = Payout.objects.filter(agent=agent).select_related("destination")
        return Response(
            {
                "available": [
                    {
                        "balance": money.as_json(amount, currency),
                        "minimum": money.as_json(payouts.minimum(currency), currency),
                    }
                    for currency, amount in balances.of_agent(agent).items()
                ],
                "destination": destination_out(there) if there else None,
                "stripe": bool(settings.STRIPE_SECRET_KEY),
                "weekday": settings.PAYOUT_WEEKDAY,
                "payouts": [payout_out(p) for p in last.order_by("-requested_at")[:SHOWN]],
            }
        )

    @extend_schema(
        operation_id="agent_payout_request",
        request=s.PayoutIn,
        responses={201: s.PayoutOut, 200: s.PayoutOut},
    )
    def post(self, request: Request) -> Response:
        """Ask for a payout. Again with the same `client_id` is the first one, with 200."""
        data = validated(s.PayoutIn, request)
        amount = data.get("amount")
        agent = Agent.objects.get(pk=caller(request).id)
        payout, is_new = payouts.request(
            agent.pk,
            client_id=client_id(request, data),
            currency=data["currency"],
            amount=None if amount is None else money.parse(amount, data["currency"]),
            requested_by=agent.user_id,
        )
        payout = Payout.objects.select_related("destination").get(pk=payout.pk)
        return Response(payout_out(payout), status=201 if is_new else 200)


class Cancel(AgentView):
    """`POST /api/v1/agent/payouts/{id}/cancel`"""

    @extend_schema(operation_id="agent_payout_cancel", request=None, responses=s.PayoutOut)
    def post(self, request: Request, payout_id: UUID) -> Response:
        """Take a payout back that nobody has approved yet."""
        try:
            payout = payouts.cancel_own(payout_id, caller(request).id)
        except Payout.DoesNotExist:
            raise Http404 from None
        return Response(payout_out(payout))


class DestinationView(AgentView):
    """`PUT /api/v1/agent/payout-destination`"""

    @extend_schema(
        operation_id="agent_payout_destination", request=s.DestinationIn, responses=s.DestinationOut
    )
    def put(self, request: Request) -> Response:
        """Where the money goes from now on. Payouts under way keep the account they have."""
        data = validated(s.DestinationIn, request)
        agent = caller(request).id
        if account := data.get("stripe_account"):
            made = destinations.set_stripe(agent, holder=data["holder"], account=account)
        else:
            made = destinations.set_bank(
                agent, holder=data["holder"], iban=data["iban"], bic=data.get("bic", "")
            )
        return Response(destination_out(made))


class Statements(AgentView):
    """`GET /api/v1/agent/statements`"""

    @extend_schema(operation_id="agent_statements", responses=s.StatementsOut)
    def get(self, request: Request) -> Response:
        """The months with something booked, and what it sums to."""
        return Response(
            {
                "months": [
                    {
                        "period": month.name,
                        "currency": month.currency,
                        "totals": [
                            {"kind": kind, "money": money.as_json(amount, month.currency)}
                            for kind, amount in month.totals.items()
                        ],
                    }
                    for month in statements.months(caller(request).id)
                ]
            }
        )


class _AsItIs(BaseRenderer):
    """For a client that asks for the file's type by name; the view answers with the bytes."""

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> Any:
        """What the view gave."""
        return data


class _Pdf(_AsItIs):
    media_type, format = "application/pdf", "pdf"


class _Csv(_AsItIs):
    media_type, format = "text/csv", "csv"


class StatementFile(AgentView):
    """`GET /api/v1/agent/statements/file`"""

    renderer_classes = [JSONRenderer, _Pdf, _Csv]
    throttle_scope = "statements"

    @extend_schema(
        operation_id="agent_statement_file",
        parameters=[
            OpenApiParameter(
                "period", str, description="2026-11, 2026-W48 or 2026; this month without it"
            ),
            OpenApiParameter("currency", str, description="Without it, the first she has"),
            OpenApiParameter("as", str, enum=["pdf", "csv"], description="PDF without it"),
        ],
        responses={
            (200, "application/pdf"): OpenApiTypes.BINARY,
            (200, "text/csv"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """The statement of a month or a week, or a year's summary, to keep."""
        wanted = request.query_params
        when = period(wanted.get("period") or f"{clock.now():%Y-%m}")
        agent = Agent.objects.select_related("user").get(pk=caller(request).id)
        currency = wanted.get("currency") or next(iter(balances.of_agent(agent.pk)), "EUR")
        money.known(currency)
        kind = wanted.get("as") or "pdf"
        if kind not in {"pdf", "csv"}:
            raise ValidationError({"as": [_("Write pdf or csv.")]})
        return file_of(agent, when.name, currency, kind)


def file_of(agent: Agent, name: str, currency: str, kind: str) -> HttpResponse:
    """The statement of a period as a file. Raises ValidationError for a period that is none."""
    when = period(name)
    content: str | bytes
    if len(name) == 4:
        months = [m for m in statements.months(agent.pk, year=int(name)) if m.currency == currency]
        content = (
            paper.year_pdf(name, currency, months, agent.name)
            if kind == "pdf"
            else paper.year_csv(months)
        )
    else:
        found = statements.statement(agent.pk, currency, when)
        content = paper.pdf(found, agent.name) if kind == "pdf" else paper.csv(found)
    answer = HttpResponse(
        content, content_type="application/pdf" if kind == "pdf" else "text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="flagdown-{name}-{currency}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
