"""`manage.py vapid_key`: a new value for VAPID_PRIVATE_KEY."""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Prints a key. With another key every phone has to subscribe anew, so keep it."""

    help = (
        "Print a new key for push services. Keep it: another one makes every phone subscribe anew."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """The private number of a new P-256 key, 32 bytes as base64url."""
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        self.stdout.write(base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode())
