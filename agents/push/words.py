"""What is pushed, as the service worker reads it, and the token by which it may answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.core import signing

# Who holds a push's token may say that it was shown, and answer the offer it is about, for so long.
TOKEN_LIFE_S = 900
SALT = "flagdown.push"


@dataclass(frozen=True, slots=True)
class Push:
    """One push.

    `tag` replaces an older notification with the same one; `url` is where a tap leads; `actions`
    are buttons as (what, words); `said` has the words for how an answer ended. `ttl` is how long
    (in s) a push service keeps it for a phone that is off. `about` is the offer that its buttons
    answer. What a customer wrote never stands in it: a lock screen shows it to everybody.
    """

    kind: str
    title: str
    body: str
    tag: str
    url: str
    ttl: int
    urgent: bool = False
    actions: tuple[tuple[str, str], ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    expires_at: str | None = None
    about: UUID | None = None

    def payload(self, subscription: UUID) -> dict[str, Any]:
        """What goes to this subscription."""
        members = asdict(self)
        for ours in ("ttl", "urgent", "about"):
            del members[ours]
        return {**members, "actions": dict(self.actions), "token": token(subscription, self.about)}


def token(subscription: UUID, about: UUID | None) -> str:
    """For one push to one phone. It needs no cookie, and ends with the subscription."""
    return signing.dumps([str(subscription), str(about or "")], salt=SALT)


def read(signed: str) -> tuple[UUID, UUID | None] | None:
    """The subscription and what the push was about, or None for a token that is not good (any more)."""
    try:
        subscription, about = signing.loads(signed, salt=SALT, max_age=TOKEN_LIFE_S)
        return UUID(subscription), UUID(about) if about else None
    except (signing.BadSignature, ValueError, TypeError):
        return None
