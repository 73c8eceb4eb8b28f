from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayConfig(AppConfig):
    name = "pay"
    verbose_name = _("Pay")

    def ready(self) -> None:
        """Listen to the rooms below."""
        from pay import receivers  # noqa: F401
