"""The language that a person reads: chosen once, the same on all her devices and in what is sent to her."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from agents.models import Agent, User


def choose(user: Any, language: str) -> None:
    """Keep it for whoever is logged in."""
    if user.is_authenticated:
        User.objects.filter(pk=user.pk).update(language=language)


def remember(response: HttpResponse, language: str) -> None:
    """Keep it in this browser, also for when nobody is logged in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )


def at_login(response: HttpResponse, user: User) -> None:
    """On a new device she reads what she has chosen; who never chose, what she reads now."""
    if user.language:
        remember(response, user.language)
    else:
        choose(user, translation.get_language() or settings.LANGUAGE_CODE)


def of_agents(agent_ids: list[UUID]) -> dict[UUID, str]:
    """Which language each of these agents reads; the installation's for who never said."""
    rows = Agent.objects.filter(pk__in=agent_ids).values_list("pk", "user__language")
    return {pk: language or settings.LANGUAGE_CODE for pk, language in rows}


@contextmanager
def read_by(user: User) -> Iterator[None]:
    """What is written in this block is for this person to read."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        yield
