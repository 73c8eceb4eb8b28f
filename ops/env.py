"""What the environment says, checked, and the environment that the processes get.

Standard library only: it is read before anything is installed.
"""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ops.errors import Trouble

REPOSITORY = Path(__file__).resolve().parent.parent
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - names, nothing is bound here
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Set in every process of a run, so that what a crash left behind can be told from everything else.
MARKER = "FLAGDOWN_RUN"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Without compiled files every process would compile all of Django at every start.
UNWANTED = {"PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Place:
    """Where this installation keeps its data and listens."""

    var_dir: Path
    host: str
    port: int
    socket_port: int

    @property
    def address(self) -> str:
        """The web server's address as a person on this machine would type it."""
        return f"http://{_bracketed(EVERYWHERE.get(self.host, self.host))}:{self.port}"

    @property
    def socket_address(self) -> str:
        """The same for the socket server's health page."""
        return f"http://{_bracketed(EVERYWHERE.get(self.host, self.host))}:{self.socket_port}"

    @property
    def logs(self) -> Path:
        return self.var_dir / "logs"


def read(environ: Mapping[str, str]) -> Place:
    """Check HOST, PORT, SOCKET_PORT, LOG_LEVEL and VAR_DIR. Raises `Trouble` with the cure."""
    host = environ.get("HOST") or "127.0.0.1"
    port = _port("PORT", environ.get("PORT") or "8000")
    socket_port = _port("SOCKET_PORT", environ.get("SOCKET_PORT") or str(port + 1))
    if port == socket_port:
        raise Trouble(f"PORT and SOCKET_PORT are both {port}: give them different numbers.")
    level = environ.get("LOG_LEVEL") or "INFO"
    if level.upper() not in LEVELS:
        raise Trouble(f"LOG_LEVEL is {level}: choose one of {', '.join(LEVELS)}.")
    var_dir = Path(os.path.abspath(REPOSITORY / (environ.get("VAR_DIR") or "var")))
    if var_dir.exists() and not var_dir.is_dir():
        raise Trouble(f"VAR_DIR is {var_dir}, which is a file: name a folder.")
    return Place(var_dir, host, port, socket_port)


def check_ports(place: Place) -> None:
    """Raise `Trouble` unless both ports can be listened on."""
    for name, port in (("PORT", place.port), ("SOCKET_PORT", place.socket_port)):
        try:
            family, kind, _, _, address = socket.getaddrinfo(
                place.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except OSError:
            raise Trouble(f"HOST is {place.host}, which is no address of this machine.") from None
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise Trouble(_why_not(error, place.host, name, port)) from None


def child(
    place: Place,
    *,
    database_url: str,
    redis_url: str,
    secret_key: str,
    vapid_key: str,
    environ: Mapping[str, str],
) -> dict[str, str]:
    """The environment of every process and of manage.py: `environ` and what we found out."""
    kept = {name: value for name, value in environ.items() if name not in UNWANTED}
    return {
        **kept,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": environ.get("SECRET_KEY") or secret_key,
        "VAPID_PRIVATE_KEY": environ.get("VAPID_PRIVATE_KEY") or vapid_key,
        "HOST": place.host,
        "PORT": str(place.port),
        "SOCKET_PORT": str(place.socket_port),
        "VAR_DIR": str(place.var_dir),
        "PUBLIC_URL": environ.get("PUBLIC_URL") or place.address,
        "DEBUG": environ.get("DEBUG") or "off",
        # The demo's supervisor has a password alone; whoever can reach this from elsewhere needs more.
        "STAFF_SECOND_FACTOR": environ.get("STAFF_SECOND_FACTOR")
        or ("off" if _alone(place, environ) else "on"),
        "LOG_LEVEL": (environ.get("LOG_LEVEL") or "INFO").upper(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        # A crash must not lose the last lines.
        "PYTHONUNBUFFERED": "1",
    }


def _alone(place: Place, environ: Mapping[str, str]) -> bool:
    """Whether nobody reaches this run but from this machine."""
    public = urlsplit(environ.get("PUBLIC_URL") or place.address).hostname
    return place.host in LOOPBACK and public in LOOPBACK


def _port(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65_535:
        raise Trouble(f"{name} is {value}: choose a number from 1 to 65535.")
    return int(value)


def _why_not(error: OSError, host: str, name: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken: stop what listens there, "
            f"or choose another, as in `make run {name}={port + 1000 if port < 64_000 else 8000}`."
        )
    if error.errno == errno.EACCES:
        return f"{name} is {port}, which only root may listen on: choose one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST is {host}, which is no address of this machine."
    return f"Cannot listen on {host} port {port} ({error.strerror}): set HOST or {name}."


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
