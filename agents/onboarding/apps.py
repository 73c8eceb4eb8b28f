from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "agents.onboarding"
    label = "onboarding"
    verbose_name = _("Applications")

    def ready(self) -> None:
        """Listen to what is to be mailed."""
        from agents.onboarding import receivers  # noqa: F401
