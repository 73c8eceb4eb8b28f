"""Health and metrics, for machines that look after machines."""

from collections.abc import Iterator

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core import redis as hints


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Postgres and Redis answer, and a tick has run lately. 503 says which does not."""
    checks = {"database": False, "redis": False, "worker": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT coalesce(max(at) > clock_timestamp() - make_interval(secs => %s), false)
                   FROM dispatch_canary WHERE name = 'tick'""",
                [settings.CANARY_MAX_AGE_S],
            )
            checks["database"], checks["worker"] = True, bool(cursor.fetchone()[0])
    except Error:
        checks["database"] = False
    checks["redis"] = bool(hints.attempt(lambda client: client.ping()))
    ready = all(checks.values())
    response = JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)
    # Django would log each 503 as an error of ours; whoever asks is told, that is enough.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class Counts(Collector):
    """Read off the database when asked: the same figures from whichever process answers."""

    QUERIES = (
        (
            "flagdown_tickets_open",
            "Open tickets by state and queue.",
            ("state", "queue"),
            """SELECT t.state, d.key || '/' || q.slug, count(*) FROM tickets_ticket t
               JOIN tickets_queue q ON q.id = t.queue_id JOIN tickets_desk d ON d.id = t.desk_id
               WHERE t.state IN ('assistant', 'waiting', 'active') GROUP BY 1, 2""",
        ),
        (
            "flagdown_oldest_wait_seconds",
            "How long the oldest waiting ticket has waited.",
            ("queue",),
            """SELECT d.key || '/' || q.slug, extract(epoch FROM clock_timestamp() - min(t.waiting_since))
               FROM tickets_ticket t JOIN tickets_queue q ON q.id = t.queue_id
               JOIN tickets_desk d ON d.id = t.desk_id WHERE t.state = 'waiting' GROUP BY 1""",
        ),
        (
            "flagdown_agents",
            "Agents by presence.",
            ("presence",),
            "SELECT state, count(*) FROM agents_presence GROUP BY 1",
        ),
        (
            "flagdown_offers_last_5_minutes",
            "Offers made in the last five minutes by state.",
            ("state",),
            """SELECT state, count(*) FROM dispatch_offer
               WHERE made_at > clock_timestamp() - interval '5 minutes' GROUP BY 1""",
        ),
        (
            "flagdown_canary_age_seconds",
            "Time since the last tick.",
            (),
            "SELECT extract(epoch FROM clock_timestamp() - at) FROM dispatch_canary WHERE name = 'tick'",
        ),
    )

    def collect(self) -> Iterator[Metric]:
        """One gauge per query."""
        for name, help_text, labels, sql in self.QUERIES:
            gauge = GaugeMetricFamily(name, help_text, labels=labels)
            with connection.cursor() as cursor:
                cursor.execute(sql)
                for *values, number in cursor.fetchall():
                    gauge.add_metric([str(value) for value in values], float(number))
            yield gauge


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}")
    return not settings.NUM_PROXIES and request.META.get("REMOTE_ADDR") in settings.LOOPBACK


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format: for METRICS_TOKEN as a bearer, or, without one, from this machine."""
    if not _may_measure(request):
        return HttpResponse("Set METRICS_TOKEN and send it as a bearer token.\n", status=403)
    registry = CollectorRegistry()
    registry.register(Counts())
    return HttpResponse(
        generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
