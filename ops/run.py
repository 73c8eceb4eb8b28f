"""`make run` and its companions: start everything on this machine, restart one process, stop,
clean up.

    python -m ops.run start | restart NAME | stop | clean

One run per VAR_DIR: a lock held for its whole life says so. `start` stays in the foreground;
SIGINT, SIGTERM and SIGHUP end it and everything that it started.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from types import FrameType

from ops import env, leftovers, made_by, processes, running, servers, steps
from ops.console import Console
from ops.env import Place
from ops.errors import Trouble
from ops.supervise import Runner
from ops.tether import Tethered

# What `clean` removes from a VAR_DIR that is not our own `var`: never more than we put there.
OURS = (
    "beat", "demo-password", "environment.json", "logs", "private", "processes.json", "redis", "run",
    "run.lock", "runner_key", "secret_key", "static", "static.stamp", "supervisord.conf",
    "supervisord.pid", "vapid_key",
)  # fmt: skip


class Stopped(BaseException):
    """A signal asked for the end. Not an Exception: nothing may swallow it."""


def start(environ: Mapping[str, str]) -> None:
    """Run everything until a signal comes. Raises `Trouble` when that is not possible."""
    place = env.read(environ)
    with _lock(place.var_dir):
        try:
            _heed_signals()
            made_by.follow()
            if count := leftovers.stop(place.var_dir):
                print(f"Stopped {count} processes that an earlier run had left behind.")
            env.check_ports(place)
            _run(place, environ)
        except Stopped:
            print("Everything is stopped.", flush=True)


def _run(place: Place, environ: Mapping[str, str]) -> None:
    began = time.monotonic()
    runner = Runner(place.var_dir)
    console = Console(place.logs)
    console.start()
    try:
        children = _bring_up(place, environ, runner, console)
        demo = steps.demo_world(place, children)
        steps.wait_until_ready(place, runner)
        print(steps.welcome(place, demo()))
        print(f"Ready after {time.monotonic() - began:.0f} s. Ctrl-C stops everything.", flush=True)
        _watch(runner)
    except Stopped:
        print("\nStopping …", flush=True)
        raise
    finally:
        running.withdraw(place.var_dir)
        console.close()
        runner.stop()
        leftovers.stop(place.var_dir)


def _bring_up(
    place: Place, environ: Mapping[str, str], runner: Runner, console: Console
) -> dict[str, str]:
    """Start the stores, prepare them, start the apps; return the environment they run in."""
    stores: dict[str, Tethered] = {}
    database_url, redis_url = environ.get("DATABASE_URL"), environ.get("REDIS_URL")
    if database_url:
        steps.check_database(database_url)
    if redis_url:
        steps.check_redis(redis_url)
    if not database_url:
        database = servers.prepare_postgres(place.var_dir)
        stores["postgres"], database_url = database.task, database.url
    if not redis_url:
        redis = servers.prepare_redis(place.var_dir)
        stores["redis"], redis_url = redis.task, redis.url

    children = env.child(
        place,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=servers.kept_secret(place.var_dir / "secret_key"),
        # Any 32 bytes are a private key of the curve, but for one in 2^32.
        vapid_key=servers.kept_secret(place.var_dir / "vapid_key", 32),
        environ=environ,
    )
    running.announce(place.var_dir, children)
    (place.var_dir / "beat").mkdir(exist_ok=True)
    apps = {
        name: Tethered(argv, cwd=str(env.REPOSITORY))
        for name, argv in processes.commands(children).items()
    }
    runner.start(stores, apps, stop_seconds=processes.STOP_SECONDS, environ=children)

    collecting = steps.collect_static(place, children)
    compiling = steps.compile_words(place, children)
    if "postgres" in stores:
        servers.wait_for_postgres(database_url, still_alive=runner.answers)
    if "redis" in stores:
        servers.wait_for_redis(redis_url, still_alive=runner.answers)
    steps.manage(place, children, "migrate", "--no-input")
    collecting()
    compiling()
    for name in apps:
        runner.begin(name)
    return children


def _watch(runner: Runner) -> None:
    """Return never: end by a signal, or by `Trouble` when the process runner itself dies."""
    while runner.process is not None and runner.process.poll() is None:
        with contextlib.suppress(OSError, HTTPException, xmlrpc.client.Error):
            for name, state in runner.states().items():
                if state["statename"] == "FATAL":  # it gave up, but we do not
                    runner.restart(name)
        time.sleep(2)
    raise Trouble("The process runner was killed: all is stopped, start again with `make run`.")


def restart(environ: Mapping[str, str], name: str) -> None:
    """Restart one process of the run that is on in this VAR_DIR, or `all` four."""
    runner = Runner(env.read(environ).var_dir)
    if not runner.answers():
        raise Trouble("Nothing runs here: start it with `make run`.")
    known = runner.states()
    if name not in {*known, "all"}:
        raise Trouble(f"Say which, as in `make restart NAME=web`: {', '.join(sorted(known))}, all.")
    for each in processes.NAMES if name == "all" else (name,):
        runner.restart(each)
        print(f"Restarted {each}.", flush=True)


def stop(environ: Mapping[str, str]) -> None:
    """End the run of this VAR_DIR, in whatever terminal it is, and what a killed one left."""
    var_dir = env.read(environ).var_dir
    deadline = time.monotonic() + 60
    asked = False
    while (pid := _holder(var_dir)) is not None:
        if not asked:
            os.kill(pid, signal.SIGTERM)
            asked = True
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    count = leftovers.stop(var_dir)
    print("Stopped." if asked or count else "Nothing runs here.")


def clean(environ: Mapping[str, str]) -> None:
    """Stop what runs and remove its data."""
    var_dir = env.read(environ).var_dir
    if var_dir.is_dir():
        stop(environ)
        servers.remove_postgres(var_dir)
        shutil.rmtree(servers.short_runtime_dir(var_dir, "runner"), ignore_errors=True)
        for name in OURS:
            path = var_dir / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if var_dir == env.REPOSITORY / "var":
            shutil.rmtree(var_dir)
        else:
            with contextlib.suppress(OSError):  # what else lies there is not ours
                var_dir.rmdir()
    print(f"Removed the data in {var_dir}.")


@contextlib.contextmanager
def _lock(var_dir: Path) -> Iterator[None]:
    """Make `var_dir` and hold its lock, our pid in it. Raises `Trouble` if another run does."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        (var_dir / "logs").mkdir(exist_ok=True)
        file = (var_dir / "run.lock").open("a+")
    except OSError as error:
        raise Trouble(
            f"Cannot write to VAR_DIR, {var_dir} ({error.strerror}): "
            "correct its rights or name another folder."
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise Trouble(
                f"It already runs in {var_dir} (process {file.read().strip()}): stop it with "
                "`make stop`, or give this one its own VAR_DIR and PORT."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _holder(var_dir: Path) -> int | None:
    """The pid of the run that holds the lock of `var_dir`."""
    try:
        with (var_dir / "run.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return int(file.read())
    except (OSError, ValueError):
        pass
    return None


def _heed_signals() -> None:
    def heed(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # once is enough: stopping must run to its end
        raise Stopped

    signal.signal(signal.SIGINT, heed)
    signal.signal(signal.SIGTERM, heed)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, heed)


def main(arguments: list[str]) -> int:
    verb, *rest = arguments or ["start"]
    try:
        if verb == "restart":
            restart(os.environ, rest[0] if rest else "")
        else:
            {"start": start, "stop": stop, "clean": clean}[verb](os.environ)
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
