"""The single steps of `make run`, each with the sentence for the case that it fails."""

import hashlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ops import env
from ops.env import Place
from ops.errors import Trouble
from ops.supervise import Runner
from ops.tether import Tethered

READY_DEADLINE_S = 180  # a few seconds when nothing else runs
# A process that ended this often before the first green light will not come up by itself.
HOPELESS = 4


def check_database(url: str) -> None:
    """Raise `Trouble` unless the Postgres at `url` answers."""
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        # The reason of a malformed address repeats it, and a password may be in it.
        known = isinstance(error, psycopg.OperationalError)
        reason = _last_line(str(error)) if known else "it is no address of a Postgres"
        raise Trouble(
            f"DATABASE_URL is set, but no database answers there ({reason}): "
            "correct it, or unset it to use the embedded Postgres."
        ) from None


def check_redis(url: str) -> None:
    """Raise `Trouble` unless the Redis at `url` answers."""
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as connection:
            connection.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        known = isinstance(error, redis.RedisError)
        reason = _last_line(str(error)) if known else "it is no address of a Redis"
        raise Trouble(
            f"REDIS_URL is set, but no Redis answers there ({reason}): "
            "correct it, or unset it to use the embedded Redis."
        ) from None


def manage(place: Place, environ: Mapping[str, str], *arguments: str) -> str:
    """Run one management command to its end and return what it printed. Raises `Trouble`."""
    return _Command(place, environ, "manage", *arguments).output()


def collect_static(place: Place, environ: Mapping[str, str]) -> Callable[[], None]:
    """Begin to collect static files, unless nothing changed; the result waits for the end."""
    stamp = place.var_dir / "static.stamp"
    now = _static_fingerprint(place, environ)
    if stamp.is_file() and stamp.read_text() == now and (place.var_dir / "static").is_dir():
        return lambda: None
    stamp.unlink(missing_ok=True)
    command = _Command(place, environ, "manage", "collectstatic", "--noinput", "--clear")

    def finish() -> None:
        command.output()
        stamp.write_text(now)

    return finish


def compile_words(place: Place, environ: Mapping[str, str]) -> Callable[[], None]:
    """Begin to compile the translations, unless all are; the result waits for the end."""
    sources = (env.REPOSITORY / "web" / "locale").glob("*/LC_MESSAGES/*.po")
    if all(_is_newer(source.with_suffix(".mo"), source) for source in sources):
        return lambda: None
    command = _Command(place, environ, "manage", "words", "compile")

    def finish() -> None:
        command.output()

    return finish


def _is_newer(made: Path, source: Path) -> bool:
    return made.is_file() and made.stat().st_mtime >= source.stat().st_mtime


def wait_until_ready(place: Place, runner: Runner) -> None:
    """Return once /readyz and the sockets' health page are green, or raise `Trouble`."""
    deadline = time.monotonic() + READY_DEADLINE_S
    waiting_for = [f"{place.address}/readyz", f"{place.socket_address}/healthz"]
    ends: dict[str, set[int]] = {}
    answer = ""
    while waiting_for:
        status, answer = _get(waiting_for[0])
        if status == 200:
            del waiting_for[0]
            continue
        for name, state in runner.states().items():
            if state["stop"]:
                ends.setdefault(name, set()).add(state["stop"])
            if len(ends.get(name, ())) >= HOPELESS or state["statename"] == "FATAL":
                raise Trouble(f"{name} does not start: the reason is in {place.logs / name}.log.")
        if time.monotonic() > deadline:
            raise Trouble(
                f"{waiting_for[0]} is not green after {READY_DEADLINE_S} s "
                f"({answer.strip()[:200]}): the reason is in one of the logs in {place.logs}."
            )
        time.sleep(0.1)


def demo_world(place: Place, environ: Mapping[str, str]) -> Callable[[], dict[str, Any]]:
    """Begin to load the demo world (again: it is idempotent); the result is desk and log-ins."""
    command = _Command(place, environ, "manage", "demo", "--json")

    def finish() -> dict[str, Any]:
        printed = command.output()
        world: dict[str, Any] = json.loads(printed[printed.index("{") :])
        return world

    return finish


def welcome(place: Place, world: Mapping[str, Any]) -> str:
    """The text that tells a person where everything is."""
    base = place.address
    rows = [
        ("Start here", "/"),
        ("A customer's chat", f"/chat/{world['desk']}/"),
        ("A shop with the widget", "/demo/"),
        ("Agents", "/agent/"),
        ("Supervisors", "/admin/"),
        ("API", "/api/docs/"),
    ]
    lines = ["", "Flagdown is up.", ""]
    lines += [f"  {what:<24}{base}{path}" for what, path in rows]
    if place.host in env.EVERYWHERE and (outside := _own_address()):
        lines += [f"  {'From other machines':<24}http://{outside}:{place.port}/"]
    supervisor = world["supervisor"]
    lines += ["", "Demo log-ins:", f"  supervisor  {supervisor['email']}  {supervisor['password']}"]
    agents = world["agents"]
    width = max((len(agent["email"]) for agent in agents), default=0)
    for agent in agents:
        knows = f"{', '.join(agent['languages'])}; {', '.join(agent['skills'])}"
        lines.append(f"  agent       {agent['email']:<{width}}  {agent['password']}  ({knows})")
    return "\n".join([*lines, "", f"Logs are in {place.logs}."])


class _Command:
    """A module that runs beside us; its output goes to our log of the set-up."""

    def __init__(self, place: Place, environ: Mapping[str, str], *arguments: str) -> None:
        self.name = " ".join(arguments)
        self.log = place.logs / "setup.log"
        self.process = subprocess.Popen(
            Tethered([sys.executable, "-m", *arguments]).command,
            cwd=env.REPOSITORY,
            env={**environ, env.MARKER: str(place.var_dir)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def output(self) -> str:
        printed, complaints = (part.decode() for part in self.process.communicate())
        with self.log.open("a") as log:
            log.write(f"$ python -m {self.name}\n{printed}{complaints}")
        if self.process.returncode:
            raise Trouble(
                f"`python -m {self.name}` failed ({_last_line(complaints)}): "
                f"all of it is in {self.log}."
            )
        return printed


def _static_fingerprint(place: Place, environ: Mapping[str, str]) -> str:
    digest = hashlib.sha256(environ.get("DEBUG", "").encode())
    root = env.REPOSITORY
    for name in ("requirements.txt", "core/storage.py", "web/storage.py"):
        digest.update((root / name).read_bytes())
    for folder in sorted({*root.glob("*/static")} - {place.var_dir / "static"}):
        for path in sorted(folder.rglob("*")):
            state = path.stat()
            digest.update(
                f"{path.relative_to(root)} {state.st_mtime_ns} {state.st_size}\n".encode()
            )
    return digest.hexdigest()


def _get(url: str) -> tuple[int, str]:
    """Status and body of `url`; 0 and the reason where nobody answers. Never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return response.status, response.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except (OSError, urllib.error.URLError) as error:
        return 0, str(error)


def _own_address() -> str | None:
    """This machine's address in its network. Nothing is sent: a UDP socket only picks a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "no reason given"
