"""State machines: one dict of legal transitions per model, moved by compare-and-swap.

`move` (and `step`, the same as a part of a larger statement) is the only way a state changes. It is
one statement: it locks the rows that are still in a
legal source state, updates them, and writes the append-only log, so that a move and its log entry
can't be torn apart and a second mover finds 0 rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models

from core import sql

MACHINES: list["Machine"] = []


class SQL(str):
    """A piece of SQL of ours (never of a client's) used as a column's new value in `move`."""

    __slots__ = ()


# The moment of a statement, by the one clock.
NOW = SQL("clock_timestamp()")


class Stale(Exception):
    """Someone else got there first. `state` is what is true now."""

    def __init__(self, state: str, detail: str = "") -> None:
        super().__init__(detail or f"The state is now {state}.")
        self.state = state
        self.detail = detail


@dataclass(frozen=True)
class Machine:
    """The legal transitions of one model: `{from: {to: "what makes it so"}}`."""

    name: str
    initial: tuple[str, ...]
    transitions: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        for source, targets in self.transitions.items():
            unknown = set(targets) - set(self.transitions)
            if unknown:
                raise ValueError(f"{self.name}: {source} leads to unknown states {sorted(unknown)}")
        MACHINES.append(self)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the dict."""
        return tuple(self.transitions)

    def sources(self, to: str) -> list[str]:
        """The states from which `to` may be reached. Raises KeyError for an unknown state."""
        if to not in self.transitions:
            raise KeyError(to)
        return [source for source, targets in self.transitions.items() if to in targets]

    def choices(self) -> list[tuple[str, str]]:
        """For a model field."""
        return [(state, state) for state in self.states]


@dataclass(frozen=True)
class Moved:
    """One row that moved, the state it left, and what else was asked of it as it was before."""

    id: Any
    was: str
    old: tuple[Any, ...] = ()


class TransitionLog(models.Model):
    """Base of the append-only logs. A trigger refuses UPDATE and DELETE (see `append_only`)."""

    was = models.CharField(max_length=16)
    now = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    reason = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.was} → {self.now}"


@dataclass(frozen=True)
class Step:
    """A move as part of a statement: common table expressions, and their parameters in order.

    Under its name `x`: `x_old` are the rows that may move, locked; `x_new` those that moved, with
    `was` and what else was asked of them; `x_log` writes the log.
    """

    sql: str
    params: list[Any]


def step(
    name: str,
    model: type[models.Model],
    machine: Machine,
    ids: Iterable[UUID] | SQL,
    to: str,
    *,
    by: str | SQL,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    only_if: str = "",
    params: Iterable[Any] = (),
    sources: Iterable[str] | None = None,
    old: Iterable[str] = (),
    given: str = "",
    whole: bool = False,
) -> Step:
    """The move of `move`, for a statement that does more than one thing: all of it or nothing.

    `ids` may be SQL that gives an array of them: what stands in it is done (and locked) before. `by`
    may be SQL on a row `n` of `x_new`.
    `given` is a further SQL condition, asked when everything is locked. With `whole` the moved row is
    in `x_new` with all its columns.
    """
    legal = machine.sources(to)
    wanted = legal if sources is None else [s for s in sources if s in legal]
    table = model._meta.db_table
    pk = model._meta.pk.column
    log: type[models.Model] = model.Log  # type: ignore[attr-defined]
    owner = log._meta.get_field("of").column  # type: ignore[union-attr]
    which, which_params = ("%s", [list(ids)]) if not isinstance(ids, SQL) else (ids, [])
    who, who_params = ("%s", [by[:80]]) if not isinstance(by, SQL) else (by, [])
    sets, set_params = ["state = %s"], [to]
    for column, value in (values or {}).items():
        if isinstance(value, SQL):
            sets.append(f'"{column}" = {value}')
        else:
            sets.append(f'"{column}" = %s')
            set_params.append(value)
    condition = f"AND ({only_if})" if only_if else ""
    kept = "".join(f', r."{column}" AS old_{column}' for column in old)
    asked = "".join(f", old.old_{column}" for column in old)
    fields = [field.column for field in model._meta.concrete_fields if field.column != pk]
    more = "".join(f', r."{column}"' for column in fields) if whole else ""
    text = f"""{name}_old AS (
                SELECT r.{pk} AS id, r.state{kept} FROM {table} r
                WHERE r.{pk} = ANY({which}) AND r.state = ANY(%s) {condition}
                ORDER BY r.{pk} FOR NO KEY UPDATE
            ), {name}_new AS (
                UPDATE {table} r SET {", ".join(sets)} FROM {name}_old old
                WHERE r.{pk} = old.id{f" AND {given}" if given else ""}
                RETURNING r.{pk} AS id, old.state AS was{asked}{more}
            ), {name}_log AS (
                INSERT INTO {log._meta.db_table} ({owner}, was, now, at, by, reason)
                SELECT n.id, n.was, %s, clock_timestamp(), {who}, %s FROM {name}_new n
            )"""
    logged = [to, *who_params, reason[:80]]
    return Step(text, [*which_params, wanted, *params, *set_params, *logged])


def move(
    model: type[models.Model],
    machine: Machine,
    ids: Iterable[UUID],
    to: str,
    *,
    by: str,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
    only_if: str = "",
    params: Iterable[Any] = (),
    sources: Iterable[str] | None = None,
    old: Iterable[str] = (),
) -> list[Moved]:
    """Move the rows among `ids` that may legally go to `to`; return those that went.

    `values` are further columns to set (by column name); a value of `SQL` is put in as it is.
    `only_if` is a further SQL condition on the row (alias `r`) with `params`, evaluated after the
    row is locked. `sources` narrows the legal sources. `old` names columns whose values before the
    move are returned. The log table is the model's `Log`.
    Rows are locked in the order of their id, so two moves can't wait for each other; and not
    against those that only refer to them (a foreign key is checked at the commit, in no order).
    """
    moving = step(
        "r", model, machine, ids, to, by=by, reason=reason, values=values, only_if=only_if,
        params=params, sources=sources, old=old,
    )  # fmt: skip
    with sql.cursor() as cursor:
        cursor.execute(f"WITH {moving.sql} SELECT * FROM r_new", moving.params)
        return [Moved(row[0], row[1], row[2:]) for row in cursor.fetchall()]


def append_only(table: str) -> tuple[str, str]:
    """SQL (forwards, backwards) that makes `table` refuse UPDATE and DELETE."""
    return (
        f"""
        CREATE OR REPLACE FUNCTION flagdown_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            RAISE EXCEPTION '%% is append-only: add a new row instead.', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION flagdown_append_only();
        """.replace("%%", "%"),
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table};",
    )
