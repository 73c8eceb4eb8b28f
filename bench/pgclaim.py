"""The yardsticks for assignments: pgbench, and statements that do the least of it.

Four clients, prepared statements, synchronous commit on, in a database of their own on the server
that the product uses. `claims_per_s` assigns in one statement: oldest waiting ticket of a skill
(SKIP LOCKED), least recently used agent with a free slot, slot taken, offer written. The bare
`skip_locked_per_s` only takes the next waiting row of a queue, for nobody.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from ops import servers
from ops.errors import Trouble
from ops.tether import Tethered

CLIENTS = 4
# More than is assigned or taken in a second, for each second of a run.
ROWS_PER_S = 30_000
DATABASE = "yardstick"
# Within this time the server has waited for backends whose client is gone.
REAPED_S = 0.3
TABLES = """
    CREATE TABLE ticket (id bigserial PRIMARY KEY, skill int NOT NULL, state text NOT NULL,
        waiting_since timestamptz NOT NULL);
    CREATE TABLE agent (id serial PRIMARY KEY, skill int NOT NULL, load int NOT NULL,
        capacity int NOT NULL, used_at timestamptz NOT NULL, CHECK (load <= capacity));
    CREATE TABLE offer (id bigserial PRIMARY KEY, ticket_id bigint NOT NULL, agent_id int NOT NULL,
        at timestamptz NOT NULL);
    CREATE UNIQUE INDEX ON offer (ticket_id);
    CREATE INDEX ON ticket (skill, waiting_since) WHERE state = 'waiting';
    CREATE INDEX ON agent (skill, used_at) WHERE load < capacity;
    INSERT INTO agent (skill, load, capacity, used_at)
        SELECT i % 10, 0, 1000000, clock_timestamp() FROM generate_series(1, 50) i;
    INSERT INTO ticket (skill, state, waiting_since)
        SELECT i % 10, 'waiting', clock_timestamp() FROM generate_series(1, {rows}) i;
    ANALYZE;
"""
ASSIGN = r"""
\set skill random(0, 9)
WITH t AS (SELECT id FROM ticket WHERE state = 'waiting' AND skill = :skill
           ORDER BY waiting_since LIMIT 1 FOR UPDATE SKIP LOCKED),
     a AS (SELECT id FROM agent WHERE skill = :skill AND load < capacity
           ORDER BY used_at LIMIT 1 FOR UPDATE SKIP LOCKED),
     u AS (UPDATE agent SET load = load + 1, used_at = clock_timestamp()
           FROM a, t WHERE agent.id = a.id RETURNING agent.id),
     m AS (UPDATE ticket SET state = 'offered' FROM t, a WHERE ticket.id = t.id
           RETURNING ticket.id)
INSERT INTO offer (ticket_id, agent_id, at) SELECT m.id, u.id, clock_timestamp() FROM m, u;
"""
TAKE = r"""
\set skill random(0, 9)
UPDATE ticket SET state = 'taken' WHERE id = (
    SELECT id FROM ticket WHERE state = 'waiting' AND skill = :skill
    ORDER BY waiting_since LIMIT 1 FOR UPDATE SKIP LOCKED);
"""


@dataclass(frozen=True)
class Pace:
    """What was really done a second, and the processor time of one: pgbench and its backends."""

    per_s: float
    cpu_us: float


def claims_per_s(database_url: str, var_dir: Path, seconds: int) -> float:
    """Assignments a second that were really written. Raises `Trouble`."""
    return assigning(database_url, var_dir, seconds).per_s


def assigning(database_url: str, var_dir: Path, seconds: int) -> Pace:
    """Assignments, each in one statement. Raises `Trouble`."""
    return _pace(database_url, var_dir, seconds, ASSIGN, "SELECT count(*) FROM offer")


def skip_locked(database_url: str, var_dir: Path, seconds: int) -> Pace:
    """Rows taken by a bare SKIP LOCKED. Raises `Trouble`."""
    return _pace(
        database_url, var_dir, seconds, TAKE, "SELECT count(*) FROM ticket WHERE state = 'taken'"
    )


def _pace(database_url: str, var_dir: Path, seconds: int, script: str, count: str) -> Pace:
    """Run `script` by pgbench on fresh tables, and look what `count` finds done."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
    url = re.sub(r"/[^/?]*\?", f"/{DATABASE}?", database_url, count=1)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TABLES.format(rows=ROWS_PER_S * (seconds + 1)))
        user = servers.service_account()
        home = servers.postgres_home(var_dir, user).resolve()
        pgbench = servers.reachable_binaries(home, user) / "pgbench"
        file = home / "claim.sql"
        file.write_text(script)
        file.chmod(0o644)
        argv = [str(pgbench), "--no-vacuum", "-f", str(file), "-M", "prepared"]
        argv += ["-c", str(CLIENTS), "-j", "1", "-T", str(seconds), url]
        with psycopg.connect(url) as connection:
            server = psutil.Process(connection.info.backend_pid).parent()
            before = _ended(server)
            done = subprocess.run(
                Tethered(argv, user=user, cwd=str(home)).command, capture_output=True, text=True
            )
            time.sleep(REAPED_S)
            spent = _ended(server) - before
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode or not found:
            raise Trouble(f"pgbench failed: {done.stderr.strip()[-300:]}")
        with psycopg.connect(url) as connection:
            row = connection.execute(count).fetchone()
        assert row is not None
        return Pace(round(row[0] / seconds, 1), round(spent / max(row[0], 1) * 1e6, 1))
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _ended(server: psutil.Process | None) -> float:
    """Processor seconds of the server's backends, and of our children, that have ended."""
    mine = sum(os.times()[2:4])
    if server is None:
        return mine
    times = server.cpu_times()
    return float(times.children_user + times.children_system + mine)
