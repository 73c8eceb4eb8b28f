"""Celery's part: wake-ups and the tick. A task carries no facts; run it twice and nothing differs."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction

from agents import presence
from core import redis as hints
from core import sql
from dispatch import actions, climbing, pushes, queries, waves
from dispatch.work import erasure, export
from tickets import actions as tickets
from tickets import later

logger = logging.getLogger(__name__)
TOO_SOON_S = 0.4
# Advisory lock, beside waves.WAVE, waves.TICK and climbing.CLIMB.
MAIL, PUSH = 4, 5


@shared_task(name="dispatch.tidy")
def tidy() -> None:
    """Once an hour: remove what has run out and means nothing any more."""
    with sql.cursor() as cursor:
        for statement in (
            "DELETE FROM django_session WHERE expire_date < clock_timestamp()",
            "DELETE FROM agents_agenttoken WHERE expires_at < clock_timestamp()",
            "DELETE FROM dispatch_cooldown WHERE until < clock_timestamp()",
            "DELETE FROM dispatch_pushed WHERE at < clock_timestamp() - interval '1 day'",
            "DELETE FROM dispatch_dataexport WHERE expires_at < clock_timestamp()",
        ):
            cursor.execute(statement)


@shared_task(name=export.TASK)
def exports() -> None:
    """Put together the files that agents have asked for. A hint starts it, or the next minute."""
    export.make_waiting()


@shared_task(name="dispatch.erase")
def erase() -> None:
    """Once an hour: erase the accounts of who asked for it long enough ago."""
    erasure.erase_due()


@shared_task(name="dispatch.mail")
def mail() -> None:
    """Mail what waits to be mailed. One at a time, and never in a tick: a mail server may be slow."""
    with _alone(MAIL) as alone:
        if alone:
            tickets.mail_answers()


@shared_task(name="dispatch.push")
def push() -> None:
    """Push what agents have not seen. One at a time, and never in a tick: it waits for others' servers."""
    with _alone(PUSH) as alone:
        if alone:
            pushes.send_due()


@shared_task(name="dispatch.wave")
def wave() -> None:
    """Something changed: match now."""
    waves.run()


@shared_task(name="dispatch.tick")
def tick() -> None:
    """Everything the wake-ups do, once a second: a lost message costs at most one tick.

    One at a time: a second beat's tick that comes while one runs does nothing. Nor does one that
    comes right after another: ticks that piled up while no worker ran are dropped here, by the
    database's clock. (Celery's `expires` would drop all ticks when the worker's clock is ahead.)
    """
    if queries.ticked_lately(TOO_SOON_S):
        return
    with _alone(waves.TICK) as alone:
        if alone:
            for step in STEPS:
                _guarded(step)


@contextmanager
def _alone(what: int) -> Iterator[bool]:
    """Whether this process is the only one that does `what` until the block ends."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [waves.LOCK_NAMESPACE, what])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with sql.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [waves.LOCK_NAMESPACE, what])


def _guarded(step: Callable[[], Any]) -> None:
    # One broken step must not stop the others: expiry goes on when a wave can't.
    try:
        step()
    except Exception:
        logger.exception("tick: %s failed", step.__name__)


def rescind_broken_lines() -> None:
    """Offers to agents whose line broke go to others at once, without blame.

    So do offers to agents who are no longer online, should a crash have come in between.
    """
    if gone := presence.broken_lines():
        actions.rescind(reason="line lost", agent_ids=gone)
    if absent := queries.absent_with_offers():
        actions.rescind(reason="agent left", agent_ids=absent)


def return_conversations() -> None:
    """Conversations of agents who stay lost go back to the front; the agents start anew when they come."""
    presence.forget_lost(settings.CONVERSATION_GRACE_S)
    tickets.return_of_lost(settings.CONVERSATION_GRACE_S)


def send_mail() -> None:
    """Ask for the mails that are due: a task of its own, which may take its time."""
    if later.is_due():
        mail.apply_async(retry=False)


def send_pushes() -> None:
    """Ask for the pushes that are due, where anybody can be pushed to: as for mails."""
    if pushes.anybody():
        push.apply_async(retry=False)


def canary() -> None:
    """Write down that a tick has run: /readyz looks at it."""
    with sql.cursor() as cursor:
        cursor.execute(
            """INSERT INTO dispatch_canary (name, at) VALUES ('tick', clock_timestamp())
               ON CONFLICT (name) DO UPDATE SET at = excluded.at"""
        )


STEPS: tuple[Callable[[], Any], ...] = (
    actions.expire_due,
    presence.sweep,
    rescind_broken_lines,
    return_conversations,
    tickets.nudge_silent,
    tickets.hand_over_silent,
    tickets.rest_idle,
    tickets.end_wrap_ups,
    climbing.run,
    waves.run,
    tickets.tell_standings,
    send_mail,
    send_pushes,
    canary,
)


def wake() -> None:
    """Ask for a wave after this transaction. A burst collapses into one: the flag says one is coming."""
    transaction.on_commit(_wake_now)


def _wake_now() -> None:
    # Said with each ticket: `client.set` spends as long on its arguments as Redis on the answer.
    first = hints.attempt(
        lambda client: client.execute_command(
            "SET", waves.WAKE_KEY, 1, "NX", "PX", waves.WAKE_TTL_MS
        )
    )
    if not first:
        # A wave is already on its way, or Redis is away and the tick will do it.
        return
    try:
        wave.apply_async(retry=False)
    except wave.OperationalError as exc:
        logger.warning("no wake-up (%s): the tick will do it", exc)
