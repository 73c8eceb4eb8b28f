"""Posting: the only way into the ledger. Once per key, balanced, in one statement.

`post_all` writes transactions, entries, lines and the cached balances in one round trip, whatever
their number; a second one is needed only for keys that were there before. Inside a transaction of
the caller's, post everything by one call, as the last thing: balances are locked in the order of
their accounts, and a second call would lock out of order.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction as db
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from core import sql
from core.problems import Problem
from pay import accounts, money
from pay.models.ledger import (
    ACCOUNT_KINDS,
    AGENT,
    OF_PAYOUTS,
    REVERSAL,
    TRANSACTION_KINDS,
    Account,
    Balance,
    Entry,
    Line,
    Transaction,
)
from realtime import groups
from realtime.events import EarningsChanged
from realtime.publish import publish

# House balances are spread over this many rows (pay.models.Balance).
SHARDS = 16
_KINDS = {kind for kind, _name in TRANSACTION_KINDS}
_ACCOUNTS = {kind for kind, _name in ACCOUNT_KINDS}


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a posting: the account (a kind, and the agent for AGENT), and what came to it.

    `amount` is in minor units: + came to the account, − left it.
    """

    account: str
    amount: int
    agent: UUID | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """A line of an earning's explanation; see `pay.models.Line`. `amount` is in minor units."""

    label: str
    amount: int
    quantity: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """What is to be posted. `author` is a user's id, for what a person decided."""

    kind: str
    key: str
    currency: str
    entries: Sequence[Leg]
    ticket: UUID | None = None
    agent: UUID | None = None
    author: int | None = None
    reason: str = ""
    lines: Sequence[Explained] = ()
    reverses: UUID | None = None

    def digest(self) -> str:
        """Of all its content, to tell a repeat from another posting under the same key."""
        said = [
            self.kind, self.currency, self.ticket, self.agent, self.author, self.reason, self.reverses,
            [(leg.account, leg.amount, leg.agent) for leg in self.entries],
            [(line.label, line.amount, _plain(line.quantity), _plain(line.rate)) for line in self.lines],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Posted:
    """The transaction under a key, and whether this call made it."""

    id: UUID
    is_new: bool


class Overdrawn(Exception):
    """An agent's balance would have fallen below what the caller allows. Nothing was posted."""


class Clash(Problem):
    """The key was used for something else. Nothing was posted."""

    def __init__(self, key: str) -> None:
        super().__init__(
            409,
            "key-clash",
            _("“%s” is booked already, with another content. Use another key.") % key,
            state="posted",
        )


def post(
    kind: str,
    key: str,
    currency: str,
    entries: Iterable[Leg],
    *,
    ticket: UUID | None = None,
    agent: UUID | None = None,
    author: int | None = None,
    reason: str = "",
    lines: Iterable[Explained] = (),
) -> Posted:
    """Post one transaction, once per `key`; a repeat answers with the first one.

    `entries` sum to zero. The agents whose accounts they name hear `earnings.changed` on commit.
    Raises ValidationError, by field, for what can't be posted, and Clash for a key that was used
    for something else.
    """
    return post_all(
        [
            Posting(kind, key, currency, tuple(entries), ticket, agent, author, reason, tuple(lines))
        ]
    )[0]  # fmt: skip


def post_all(postings: Sequence[Posting], *, not_below: int | None = None) -> list[Posted]:
    """As `post`, for many at once: all of them or, with an error, none. In the order given.

    Raises Overdrawn if an agent's balance comes to stand below `not_below` minor units: asked of
    what the statement itself has written, so that two at once can't both have the last cent.
    """
    for posting in postings:
        _check(posting)
    made = {posting.key: (uuid.uuid4(), posting.digest()) for posting in postings}
    if len(made) != len(postings):
        raise ValueError("two postings of one call have the same key")
    if not postings:
        return []
    with db.atomic(savepoint=False):
        written = _write(postings, made, not_below)
        earlier = [posting.key for posting in postings if made[posting.key][0] not in written]
        found = _earlier(earlier) if earlier else {}
        clash = next((key for key in found if found[key][1] != made[key][1]), None)
        # Not written, and not there: what it reverses was reversed under another key.
        clash = clash or next((key for key in earlier if key not in found), None)
        if clash and written:
            # Somebody else used the key while this statement ran: what it wrote must go.
            raise Clash(clash)
    if clash:
        raise Clash(clash)
    return [
        Posted(found[p.key][0], False) if p.key in found else Posted(made[p.key][0], True)
        for p in postings
    ]


def reverse(transaction: UUID, author: int, reason: str) -> Posted:
    """Take a transaction back by its mirror image. It stays, as all does; once is all it can be.

    Raises ValidationError without a reason, for a reversal, for what belongs to a payout (which is
    taken back by its own moves), and when the author's own money would move;
    Transaction.DoesNotExist for an unknown id.
    """
    if not reason.strip():
        raise ValidationError({"reason": [_("Say why, for those who read the ledger later.")]})
    first = Transaction.objects.get(pk=transaction)
    if first.kind == REVERSAL:
        raise ValidationError(
            {"transaction": [_("This is a reversal itself. Post an adjustment instead.")]}
        )
    if first.kind in OF_PAYOUTS:
        raise ValidationError(
            {
                "transaction": [
                    _("This belongs to a payout. Cancel the payout, or book it as returned.")
                ]
            }
        )
    entries = Entry.objects.filter(transaction=first).select_related("account").order_by("id")
    # What was taken from her would be hers again: an adjustment by another way.
    if entries.filter(account__agent__user=author).exists():
        raise ValidationError({"transaction": [_("Nobody adjusts her own pay. Ask a colleague.")]})
    legs = [Leg(e.account.kind, -e.amount, e.account.agent_id) for e in entries]
    lines = [
        Explained(line.label, -line.amount, line.quantity, line.rate)
        for line in Line.objects.filter(transaction=first).order_by("id")
    ]
    mirrored = Posting(
        REVERSAL, f"reversal:{first.id}", first.currency, legs, first.ticket_id, first.agent_id,
        author, reason.strip(), lines, first.id,
    )  # fmt: skip
    try:
        return post_all([mirrored])[0]
    except Clash:
        # Somebody else has taken it back, with another reason: hers counts.
        return Posted(Transaction.objects.get(reverses=first).id, False)


def _check(posting: Posting) -> None:
    """Raises ValidationError, by field, for what the database would refuse less kindly."""
    money.known(posting.currency)
    wrong: dict[str, list[str]] = {}
    if posting.kind not in _KINDS:
        wrong["kind"] = [_("Unknown kind. Known: %s.") % ", ".join(sorted(_KINDS))]
    if not 0 < len(posting.key) <= 120:
        wrong["key"] = [_("A key has 1 to 120 characters.")]
    if len(posting.reason) > 400:
        wrong["reason"] = [_("At most 400 characters.")]
    if unknown := {leg.account for leg in posting.entries} - _ACCOUNTS:
        wrong["entries"] = [_("Unknown account: %s.") % ", ".join(sorted(unknown))]
    elif any((leg.account == AGENT) != (leg.agent is not None) for leg in posting.entries):
        wrong["entries"] = [_("An agent's account names its agent, and no other account does.")]
    elif len(posting.entries) < 2 or any(leg.amount == 0 for leg in posting.entries):
        wrong["entries"] = [_("A posting has two sides at least, and none of them is zero.")]
    elif any(abs(leg.amount) > money.MOST for leg in posting.entries):
        wrong["entries"] = [_("This is more than an account can hold.")]
    elif total := sum(leg.amount for leg in posting.entries):
        wrong["entries"] = [
            _("The entries sum to %s, not to zero.") % money.shown(total, posting.currency)
        ]
    if wrong:
        raise ValidationError(wrong)


def _write(
    postings: Sequence[Posting], made: dict[str, tuple[UUID, str]], not_below: int | None
) -> set[UUID]:
    """Write those whose key is new; return their ids. Tells the agents on commit."""
    named: dict[UUID, tuple[str, str, UUID | None]] = {}
    entered: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for posting in postings:
        owner = made[posting.key][0]
        for leg in posting.entries:
            account = accounts.id_of(leg.account, posting.currency, leg.agent)
            named[account] = (leg.account, posting.currency, leg.agent)
            entered.append({"transaction": owner, "account": account, "amount": leg.amount,
                            "nth": len(entered), "spread": leg.account != AGENT})  # fmt: skip
        lines += [
            {"transaction": owner, "nth": nth, "label": line.label, "quantity": line.quantity,
             "rate": line.rate, "amount": line.amount}
            for nth, line in enumerate(posting.lines)
        ]  # fmt: skip
    given = {
        "transactions": [
            {
                "id": made[p.key][0], "kind": p.kind, "key": p.key, "currency": p.currency,
                "ticket": p.ticket, "agent": p.agent, "author": p.author, "reason": p.reason,
                "reverses": p.reverses, "legs": len(p.entries), "digest": made[p.key][1],
            }
            for p in postings
        ],
        "accounts": [
            {"id": id_, "kind": kind, "currency": currency, "agent": agent}
            for id_, (kind, currency, agent) in named.items()
        ],
        "entries": entered,
        "lines": lines,
    }  # fmt: skip
    with sql.cursor() as cursor:
        cursor.execute(
            _WITH_LINES if lines else _STATEMENT,
            [json.dumps(given, default=str, ensure_ascii=False)],
        )
        answer: list[tuple[Any, ...]] = cursor.fetchall()
    if not_below is not None and any(
        amount is not None and amount < not_below and named[account][0] == AGENT
        for account, amount in answer
    ):
        raise Overdrawn
    _tell(answer, named)
    return {row[0] for row in answer if row[1] is None}


def _earlier(keys: list[str]) -> dict[str, tuple[UUID, str]]:
    """Ids and digests of keys that were there before."""
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT key, id, digest FROM pay_transaction WHERE key = ANY(%s::text[])", [keys]
        )
        return {key: (id_, digest) for key, id_, digest in cursor.fetchall()}


def _tell(answer: list[tuple[Any, ...]], named: dict[UUID, tuple[str, str, UUID | None]]) -> None:
    """Each agent whose balance changed hears it on commit."""
    news = []
    for account, amount in answer:
        if amount is not None:
            _kind, currency, agent = named[account]
            if agent is not None:
                event = EarningsChanged(balance=dict(money.as_json(amount, currency)))
                news.append((groups.agent(agent), event))
    publish(*news)


def _plain(value: Decimal | None) -> str | None:
    """A Decimal as one text, however many zeros it was written with."""
    return None if value is None else f"{value.normalize():f}"


def _table(model: Any) -> str:
    return str(model._meta.db_table)


# What was new, and the balances that changed: rows of (transaction, null) and (account, balance).
# Parts that nobody reads run after the others, in the order in which they stand: the accounts are
# opened before any balance is locked. No index is named where a transaction is written: two who
# reverse the same at once may meet in the index of what is reversed before they meet in the key's,
# and only indexes that decide make the second one wait and see instead of failing.
_HEAD = f"""
    WITH given AS MATERIALIZED (SELECT %s::jsonb AS all), asked AS MATERIALIZED (
        SELECT t.* FROM given, jsonb_to_recordset("all" -> 'transactions') t (
            id uuid, kind text, key text, currency text, ticket uuid, agent uuid, author bigint,
            reason text, reverses uuid, legs int, digest text)
    ), made AS (
        INSERT INTO {_table(Transaction)}
            (id, kind, key, currency, ticket_id, agent_id, author_id, reason, reverses_id, legs,
             digest, at)
        SELECT asked.*, clock_timestamp() FROM asked
        WHERE NOT EXISTS (
            SELECT FROM asked a JOIN {_table(Transaction)} t ON t.key = a.key
            WHERE t.digest <> a.digest)
        ORDER BY asked.key
        ON CONFLICT DO NOTHING RETURNING id, at
    ), opened AS (
        INSERT INTO {_table(Account)} (id, kind, currency, agent_id)
        SELECT n.* FROM given, jsonb_to_recordset("all" -> 'accounts')
            n (id uuid, kind text, currency text, agent uuid) ORDER BY n.id
        ON CONFLICT DO NOTHING RETURNING id
    ), legs AS MATERIALIZED (
        SELECT l.*, made.at FROM given, jsonb_to_recordset("all" -> 'entries')
            l (transaction uuid, account uuid, amount bigint, nth int, spread bool)
        JOIN made ON made.id = l.transaction
        WHERE (SELECT count(*) FROM opened) >= 0
    ), entered AS (
        INSERT INTO {_table(Entry)} (transaction_id, account_id, amount, at)
        SELECT transaction, account, amount, at FROM legs ORDER BY nth
    ), kept AS (
        INSERT INTO {_table(Balance)} AS b (account_id, shard, amount, entries)
        SELECT account, CASE WHEN spread THEN pg_backend_pid() %% {SHARDS} ELSE 0 END,
               sum(amount), count(*)
        FROM legs GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (account_id, shard) DO UPDATE
            SET amount = b.amount + EXCLUDED.amount, entries = b.entries + EXCLUDED.entries
        RETURNING account_id, amount
    )"""
_TAIL = " SELECT id, NULL::bigint FROM made UNION ALL SELECT account_id, amount FROM kept"
_STATEMENT = _HEAD + _TAIL
_WITH_LINES = f"""{_HEAD}, lined AS (
        INSERT INTO {_table(Line)} (transaction_id, label, quantity, rate, amount)
        SELECT l.transaction, l.label, l.quantity, l.rate, l.amount
        FROM given, jsonb_to_recordset("all" -> 'lines') l (
            transaction uuid, nth int, label text, quantity numeric, rate numeric, amount bigint)
        JOIN made ON made.id = l.transaction ORDER BY l.transaction, l.nth
    ){_TAIL}"""
