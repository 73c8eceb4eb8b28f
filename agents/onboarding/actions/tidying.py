"""What is kept no longer."""

from datetime import timedelta

from django.conf import settings

from agents.onboarding import states
from agents.onboarding.models import Application, Letter
from core import clock


def forget_unproven() -> int:
    """Applications whose address was never proven, and mails that are out; returns how many went."""
    now = clock.now()
    gone, _each = Application.objects.filter(
        state=states.UNVERIFIED, link_until__lt=now - timedelta(hours=settings.JOIN_LINK_HOURS)
    ).delete()
    Letter.objects.filter(sent_at__lt=now - timedelta(days=7)).delete()
    Letter.objects.filter(made_at__lt=now - timedelta(days=14)).delete()
    return gone
