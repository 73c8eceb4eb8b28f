"""The browser's sessions: Django's own in the database, behind a check of the cookie."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """A cookie that can't be a session's key is no session; Postgres would refuse to look for a NUL."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and key.isascii() and key.isalnum() and super()._validate_session_key(key)  # type: ignore[union-attr,misc]
