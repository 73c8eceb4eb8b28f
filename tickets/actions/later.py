"""Answering later: the address that a customer leaves, and the mails that go there.

The ticket is the truth: `mailed_seq` says up to where its answers were mailed. It moves after the
mail server took the mail, so that no answer is lost. What remains is a process that dies between the
two: then the same mail goes out once more, under the same Message-ID.
"""

import logging
import smtplib
import time
from collections.abc import Sequence
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import redis as hints
from core import sql
from core.states import Stale
from tickets import later, queries, states
from tickets.actions.telling import tell_customers, told
from tickets.later import Letter
from tickets.models import Ticket

logger = logging.getLogger(__name__)

BATCH = 20
# A run stops here and leaves the rest to the next: a task has 25 s.
LONGEST_S = 12.0
# A mail server that did not answer is left alone for so long.
PAUSE_MS = 30_000
SERVER_PAUSE = "flagdown:mail"
# A mail that was not taken is tried again after a quarter of its age, within these bounds, and given
# up after five days (RFC 5321, 4.5.4.1).
SOONEST_S, LATEST_S = 30.0, 3600.0
GIVE_UP_S = 5 * 86_400.0


def answer_later(ticket_id: UUID, customer_id: UUID, *, email: str) -> Ticket:
    """Answers go to `email` while the customer is away; an empty one takes the address back.

    The ticket keeps its place. Raises Http404 for a foreign ticket, Stale while it is not offered:
    only the last step of a ladder does so. An address once left may be changed until the end.
    """
    with transaction.atomic():
        Ticket.objects.select_for_update(no_key=True).filter(
            pk=ticket_id, customer_id=customer_id
        ).first()
        ticket = queries.of_customer(ticket_id, customer_id)
        is_open = ticket.state in states.OPEN
        if not (later.is_offered(ticket) or (is_open and (ticket.later_email or not email))):
            raise Stale(
                ticket.state,
                _(
                    "An answer by e-mail is offered once nobody could come. Stay here: you are heard."
                )
                if is_open
                else _("This conversation has ended."),
            )
        if ticket.later_email == email:
            return ticket
        # What was said until now she has seen, or will see here: only what comes is mailed.
        first = {} if ticket.later_email else {"mailed_seq": ticket.last_seq}
        Ticket.objects.filter(pk=ticket_id).update(later_email=email, mail_not_before=None, **first)
        return told(ticket_id)


def mail_answers() -> int:
    """Mail what agents have said since, once a conversation is quiet; returns how many mails went.

    One at a time: the caller sees to that. A server that does not answer ends the run; an address
    that is refused for good is forgotten, and the customer is told. A mail that can't be sent now is
    put off, whatever the reason: it must never stand in the way of the others.
    """
    if hints.attempt(lambda client: client.exists(SERVER_PAUSE)):
        return 0
    letters = later.due(BATCH)
    quiet = [letter for letter in letters if not letter.said]
    _done(quiet)
    sent = 0
    started = time.monotonic()
    connection = get_connection()
    try:
        for letter in letters:
            if letter.said and time.monotonic() - started < LONGEST_S:
                sent += _send(letter, connection)
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("mail: the server did not take a mail (%s); again in a while", error)
        hints.attempt(lambda client: client.set(SERVER_PAUSE, 1, px=PAUSE_MS))
    finally:
        connection.close()
    return sent


def _send(letter: Letter, connection: Any) -> int:
    """1 when the letter went out. Raises OSError or SMTPException when the server is the trouble."""
    # Opened for each: a server may close a line after a refusal. An open one stays.
    connection.open()
    try:
        compose(letter, connection).send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        _refused(letter, code, words)
        return 0
    except smtplib.SMTPDataError as refused:
        _refused(letter, refused.smtp_code, refused.smtp_error)
        return 0
    except ValueError:
        logger.exception("mail: ticket %s: it could not be written", letter.ticket_id)
        _put_off(letter)
        return 0
    except Exception:
        # Perhaps it is this mail that the server breaks off at, or that takes longer than a task may.
        _put_off(letter)
        raise
    _done([letter])
    return 1


def _refused(letter: Letter, code: int, words: Any) -> None:
    """Below 500 the server asks for patience; from there on it will never take it."""
    logger.warning("mail: ticket %s was refused with %s %r", letter.ticket_id, code, words)
    if code < 500:
        _put_off(letter)
    else:
        _forget(letter)


def _put_off(letter: Letter) -> None:
    if letter.quiet_s > GIVE_UP_S:
        _forget(letter)
        return
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE tickets_ticket
               SET mail_not_before = clock_timestamp() + make_interval(secs => %s)
               WHERE id = %s AND later_email = %s""",
            [min(max(SOONEST_S, letter.quiet_s / 4), LATEST_S), letter.ticket_id, letter.email],
        )


def _forget(letter: Letter) -> None:
    with transaction.atomic():
        Ticket.objects.filter(pk=letter.ticket_id, later_email=letter.email).update(later_email="")
        tell_customers(queries.with_names().filter(pk=letter.ticket_id))


def _done(letters: Sequence[Letter]) -> None:
    """Write down what was mailed. Once all is over and mailed, the address is forgotten."""
    if not letters:
        return
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH d AS (SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::text[])
                          AS d(id, mailed, upto, email)),
               held AS (SELECT t.id, d.upto FROM tickets_ticket t JOIN d ON d.id = t.id
                        WHERE t.mailed_seq = d.mailed AND t.later_email = d.email
                        ORDER BY t.id FOR NO KEY UPDATE OF t)
               UPDATE tickets_ticket t SET mailed_seq = held.upto,
                   later_email = CASE WHEN t.state = ANY(%s) AND t.last_seq = held.upto THEN ''
                                      ELSE t.later_email END
               FROM held WHERE t.id = held.id""",
            [
                [letter.ticket_id for letter in letters],
                [letter.mailed for letter in letters],
                [letter.upto for letter in letters],
                [letter.email for letter in letters],
                list(later.ENDED),
            ],
        )


def compose(letter: Letter, connection: Any = None) -> EmailMessage:
    """The mail: plain text, in the desk's name, with the way back to the chat."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    desk = " ".join(letter.desk_name.split())
    with translation.override(_locale(letter.locale)):
        said = "\n\n".join(
            _("%(name)s wrote:\n%(text)s") % {"name": said.name, "text": said.text}
            for said in letter.said
        )
        body = _(
            "Hello,\n\nhere is the answer to your question at %(desk)s.\n\n%(said)s\n\n"
            "To answer, go back to the conversation, on the device where you asked:\n%(link)s\n\n"
            "Mails to this address are not read.\n"
        ) % {
            "desk": desk,
            "said": said,
            "link": f"{settings.PUBLIC_URL}/chat/{letter.desk_key}/",
        }
        subject = _("Your question at %s") % desk
    return EmailMessage(
        subject=subject,
        body=body,
        from_email=formataddr((desk, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[letter.email],
        connection=connection,
        headers={
            # The same for a repeat: mail programs show it once.
            "Message-ID": f"<{letter.ticket_id}.{letter.upto}@{host}>",
            "References": f"<{letter.ticket_id}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _locale(tag: str) -> str:
    """The interface language for a customer's locale."""
    try:
        return translation.get_supported_language_variant(tag.lower() or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE
