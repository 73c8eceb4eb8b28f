"""The room with the windows: pages, and the half of the product that runs in a browser."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, ES modules, the widget. Reads from the rooms below, holds no business rules."""

    name = "web"
    verbose_name = "Pages"
