"""The embedded servers start wherever a clone lies, keep their data, open nothing to others."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis as redis_client

from ops import servers
from ops.errors import Trouble
from tests.ops.helpers import until


def write_and_count(url: str) -> int:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO kept DEFAULT VALUES")
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row
        return int(row[0])


def test_a_second_start_finds_the_data(var_dir: Path) -> None:
    for start in (1, 2):
        with servers.postgres(var_dir, fast=True, keep=True) as url:
            assert write_and_count(url) == start


def test_a_crash_of_everything_keeps_the_data(var_dir: Path) -> None:
    with servers.postgres(var_dir, fast=True, keep=True) as url:
        assert write_and_count(url) == 1
        pid = int((var_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
    with servers.postgres(var_dir, fast=True, keep=True) as url:
        assert write_and_count(url) == 2


def test_a_pid_file_with_the_pid_of_somebody_else_does_not_block(var_dir: Path) -> None:
    with servers.postgres(var_dir, fast=True, keep=True) as url:
        write_and_count(url)
    (var_dir / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n")
    with servers.postgres(var_dir, fast=True, keep=True) as url:
        assert write_and_count(url) == 2


def test_a_server_that_a_killed_run_left_is_stopped_first(var_dir: Path) -> None:
    with servers.postgres(var_dir, fast=True, keep=True) as first:
        write_and_count(first)
        old = int((var_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        with servers.postgres(var_dir, fast=True, keep=True) as second:
            assert not psutil.pid_exists(old) or psutil.Process(old).status() == "zombie"
            assert write_and_count(second) == 2


def test_fast_data_is_gone_afterwards(var_dir: Path) -> None:
    with servers.postgres(var_dir, fast=True) as url:
        write_and_count(url)
        home = (var_dir / "postgres").resolve()
        assert home.is_dir()
    assert not home.exists()
    assert not (var_dir / "postgres").is_symlink()


def test_a_very_long_path_gets_its_socket_elsewhere(var_dir: Path) -> None:
    deep = var_dir.joinpath(*["a rather long name for a folder"] * 5)
    assert len(str(deep)) > 150
    with servers.postgres(deep, fast=True) as url:
        assert write_and_count(url) == 1
        assert str(deep) not in url


def test_a_home_that_is_closed_to_others_stays_closed(var_dir: Path) -> None:
    closed = var_dir / "home"
    closed.mkdir(mode=0o700)
    with servers.postgres(closed / "clone" / "var", fast=True) as url:
        assert write_and_count(url) == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's data moves")
def test_a_copied_clone_does_not_write_into_the_data_of_the_original(var_dir: Path) -> None:
    closed = var_dir / "home"
    closed.mkdir(mode=0o700)
    original, copy = closed / "a", closed / "b"
    original.mkdir()
    copy.mkdir()
    user = servers.service_account()
    data = servers.postgres_home(original, user, throw_away=True)
    (copy / "postgres").symlink_to(data)
    try:
        assert servers.postgres_home(original, user, throw_away=True) == data
        assert servers.postgres_home(copy, user, throw_away=True) != data
        servers.remove_postgres(original)
        (original / "postgres").mkdir()
    finally:
        servers.remove_postgres(copy)
        servers.remove_postgres(original)


def test_nobody_else_can_reach_the_socket(var_dir: Path) -> None:
    with servers.postgres(var_dir, fast=True) as url:
        folder = Path(url.split("host=")[1])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with psycopg.connect(url) as connection:
            row = connection.execute("SHOW listen_addresses").fetchone()
        assert row == ("",)


def test_redis_is_silent_without_its_password_and_refuses_to_forget(var_dir: Path) -> None:
    with servers.redis(var_dir) as url:
        with redis_client.Redis.from_url(url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
        stranger = redis_client.Redis.from_url("redis://" + url.split("@")[1])
        with stranger, pytest.raises(redis_client.AuthenticationError):
            stranger.ping()
        assert stat.S_IMODE((var_dir / "redis" / "redis.conf").stat().st_mode) == 0o600


def test_redis_keeps_port_and_password_between_runs(var_dir: Path) -> None:
    with servers.redis(var_dir) as first:
        pass
    with servers.redis(var_dir) as second:
        assert first == second


def test_persistence_is_a_choice(var_dir: Path) -> None:
    for persistence, kept in ((True, b"yes"), (False, None)):
        for start in (1, 2):
            with (
                servers.redis(var_dir / str(persistence), persistence=persistence) as url,
                redis_client.Redis.from_url(url) as client,
            ):
                if start == 1:
                    client.set("key", "yes")
                else:
                    assert client.get("key") == kept


def test_a_server_that_cannot_start_says_so_at_once(var_dir: Path) -> None:
    with servers.postgres(var_dir, fast=True, keep=True):
        pass
    control = (var_dir / "postgres").resolve() / "data" / "global" / "pg_control"
    control.unlink()
    broken = servers.postgres(var_dir, fast=True)
    with pytest.raises(Trouble, match="embedded Postgres did not start"), broken:
        pass


def test_a_parent_that_is_killed_takes_the_server_with_it(var_dir: Path) -> None:
    program = (
        "import sys; from ops import servers\n"
        "with servers.redis(sys.argv[1]) as url: print('up', flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(var_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"up\n"
        pid = int((var_dir / "redis" / "pid").read_text())
        parent.kill()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")
