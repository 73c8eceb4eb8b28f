"""What every API view and serializer stands on: strict input, names that clients give to creations."""

import re
import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

# Ids that clients choose as free text in `Idempotency-Key` become UUIDs in this namespace.
KEY_NAMESPACE = uuid.UUID("6a0c9c7e-3f0e-5e0e-9d4b-8a3f6c1f2b70")


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know: a typo must not be lost silently."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated fields. Raises ValidationError for an unknown one."""
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                known = ", ".join(sorted(self.fields))
                raise ValidationError(
                    {name: [_("Unknown field. Known: %s.") % known] for name in sorted(unknown)}
                )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text that Postgres can store: no NUL, no lone surrogates."""

    def to_internal_value(self, data: Any) -> str:
        """The stripped text. A number is none: what clients mean by it is not ours to guess."""
        if not isinstance(data, str):
            self.fail("invalid")
        value: str = super().to_internal_value(data)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValidationError(
                _("The text holds half a character. Send it as valid Unicode.")
            ) from None
        return value


# Anything but white space, controls, and what Unicode calls default-ignorable or draws as a blank.
DRAWN = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class VisibleText(Text):
    """Text that shows something: what only looks empty says nothing either."""

    def to_internal_value(self, data: Any) -> str:
        """The stripped text. Raises ValidationError when nothing of it would be seen."""
        value = super().to_internal_value(data)
        if not DRAWN.search(value):
            self.fail("blank")
        return value


class ClientId(serializers.UUIDField):
    """A UUID that the client made, as a string: a number would be the same for two of them."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """The UUID. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        value: uuid.UUID = super().to_internal_value(data)
        return value


def validated(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's body checked by `serializer`. Raises ValidationError."""
    data: dict[str, Any] = _instance(serializer).run_validation(request.data)
    return data


@lru_cache
def _instance(serializer: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """One for all requests: a new one would copy all its fields, and validation keeps nothing."""
    return serializer()


def client_id(request: Request, data: dict[str, Any]) -> uuid.UUID:
    """The name the client gave this creation: `client_id`, or else the Idempotency-Key header.

    Raises ValidationError when there is neither.
    """
    if found := optional_client_id(request, data):
        return found
    raise ValidationError(
        {
            "client_id": [
                _("Send a UUID you made, or an Idempotency-Key header, so that a repeat is safe.")
            ]
        }
    )


def optional_client_id(request: Request, data: dict[str, Any]) -> uuid.UUID | None:
    """As `client_id`, but None when there is neither.

    A key that is no UUID counts per caller, so that two callers' "1" are two creations. Who has no
    token yet must send a UUID: with a guessable key a repeat would hand out somebody else's session.
    """
    if data.get("client_id"):
        return uuid.UUID(str(data["client_id"]))
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return None
    if len(key) > 200:
        raise ValidationError({"Idempotency-Key": [_("At most 200 characters.")]})
    try:
        return uuid.UUID(key)
    except ValueError:
        caller = getattr(request.user, "throttle_key", None)
        if caller is None:
            raise ValidationError(
                {
                    "Idempotency-Key": [
                        _("Without a token the key must be a random UUID, such as uuid4 makes.")
                    ]
                }
            ) from None
        return uuid.uuid5(KEY_NAMESPACE, f"{caller} {key}")


def iso(at: datetime | None) -> str | None:
    """A time as clients get it: ISO 8601, UTC, milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def query_int(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number from the query string; above `high` counts as `high`.

    Raises ValidationError when it is none, or below `low`.
    """
    raw = request.query_params.get(name)
    if raw is None:
        return default
    try:
        value = int(raw)
    except ValueError:
        value = low - 1
    if value < low:
        raise ValidationError(
            {name: [_("A whole number from %(low)d to %(high)d.") % {"low": low, "high": high}]}
        )
    return min(value, high)


def socket_url(request: HttpRequest | Request, path: str) -> str:
    """The absolute address of a socket, as this client can reach it."""
    if settings.SOCKET_URL:
        return f"{settings.SOCKET_URL}{path}"
    host = request.get_host()
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{name}:{settings.SOCKET_PORT}{path}"
