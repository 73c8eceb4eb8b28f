"""News from applications. Received in agents.onboarding.receivers."""

from django.dispatch import Signal

# A mail waits to be sent: `letter`.
letter_written = Signal()
