"""The one way a body is read. DRF imports this while it loads itself; see core.permissions."""

import json
import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# An escaped surrogate: harmless in a pair (an emoji), half a character alone.
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class BoundedJSONParser(JSONParser):
    """JSON of at most MAX_BODY_BYTES, an object at the top.

    Raises Problem 413 for a larger body and ParseError (400) for what is not JSON.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The decoded object."""
        from core.problems import Problem

        raw = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(raw) > settings.MAX_BODY_BYTES:
            raise Problem(
                413,
                "too-large",
                _("The body may have %d bytes at most. Send less at once.")
                % settings.MAX_BODY_BYTES,
            )
        try:
            data = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
            if SURROGATE.search(raw):
                json.dumps(data, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            # Refused as a whole: neither Postgres nor an error message that repeats it could hold it.
            raise ParseError(
                _("The body holds half a character, such as a lone \\ud800. Send valid Unicode.")
            ) from None
        except (ValueError, RecursionError) as exc:
            raise ParseError(
                _('This is not JSON in UTF-8 (%s). Send an object, like {"field": …}.')
                % str(exc)[:120]
            ) from None
        if not isinstance(data, dict):
            raise ParseError(_('Send a JSON object, like {"field": …}.'))
        return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
