"""Who may call. DRF imports this while it loads itself, so it imports nothing of DRF's views."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class DenyAll(BasePermission):
    """The default: a view says itself who may call it."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Nobody."""
        return False


class Anyone(BasePermission):
    """For the few calls that need no token. Says so by name."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Everybody."""
        return True
