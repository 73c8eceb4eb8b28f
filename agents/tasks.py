"""Celery's part: what waits for other people's servers."""

from uuid import UUID

from celery import shared_task
from django.http import Http404
from django.utils.translation import gettext as _

from agents.login import languages
from agents.models import PushSubscription
from agents.push import Push
from core.problems import Problem

TEST_TTL_S = 60


@shared_task(name="agents.test_push")
def test_push(subscription_id: str) -> None:
    """Push to this browser, to see whether it comes through."""
    # Here, not above: only the worker talks to push services.
    from agents.push.sending import send

    found = (
        PushSubscription.objects.select_related("agent__user").filter(pk=subscription_id).first()
    )
    if found is not None:
        with languages.read_by(found.agent.user):
            send([(found, test_of())])


def send_test(agent_id: UUID, subscription_id: UUID) -> None:
    """Have the worker push a test to a browser of this agent's.

    Raises Http404 for a foreign or unknown one, Problem 503 while no work can be given out.
    """
    if not PushSubscription.objects.filter(pk=subscription_id, agent_id=agent_id).exists():
        raise Http404
    try:
        test_push.apply_async(args=(str(subscription_id),), retry=False)
    except test_push.OperationalError as error:
        raise Problem(
            503, "unavailable", _("The test could not be sent just now. Try again in a moment.")
        ) from error


def test_of() -> Push:
    """What a test says."""
    return Push(
        kind="test",
        title=_("It works"),
        body=_("Conversations ring here, even when the app is closed."),
        tag="test",
        url="/agent/",
        ttl=TEST_TTL_S,
        urgent=True,
    )
