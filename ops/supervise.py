"""The process runner: supervisord, from a configuration that is written anew for every run.

supervisord restarts whatever dies. Its configuration language reads ` ;` and ` #` as comments and
`%` as a variable, which paths may contain, so the configuration holds no path of ours: supervisord
runs in VAR_DIR, and the commands lie in a JSON file beside it.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import asdict
from http.client import HTTPException
from pathlib import Path
from typing import Any

from ops import env, tether
from ops.errors import Trouble
from ops.servers import kept_secret, runtime_dir
from ops.tether import Tethered

SOCKET_NAME = "supervisor.sock"
STORES = ("postgres", "redis")
START_DEADLINE_S = 30

_HEAD = """\
[supervisord]
nodaemon=true
logfile=logs/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile=supervisord.pid
childlogdir=logs
{user}
[unix_http_server]
file=%(ENV_FLAGDOWN_SOCKETS)s/supervisor.sock
chmod=0700
username=flagdown
password=%(ENV_FLAGDOWN_RUNNER_KEY)s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command=/bin/sh -c 'exec "$FLAGDOWN_PYTHON" -I -S "$FLAGDOWN_TETHER" --entry processes.json {name}'
autostart={autostart}
autorestart=true
startsecs=1
startretries=20
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=2
"""


class Runner:
    """supervisord for one VAR_DIR: start it, ask it, stop it."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        stores: Mapping[str, Tethered],
        apps: Mapping[str, Tethered],
        *,
        stop_seconds: Mapping[str, int],
        environ: Mapping[str, str],
    ) -> None:
        """Start supervisord with `stores` running and `apps` waiting for `begin`.

        Each needs a `cwd`, else it runs in VAR_DIR. `apps` are stopped before `stores`. Raises
        `Trouble` when supervisord does not come up.
        """
        (self.var_dir / "logs").mkdir(parents=True, exist_ok=True)
        entries = self.var_dir / "processes.json"
        entries.write_text(json.dumps({n: asdict(t) for n, t in {**stores, **apps}.items()}))
        user = "user=root\n" if os.geteuid() == 0 else ""  # silences a warning, changes nothing
        parts = [_HEAD.format(user=user)]
        for name, task in {**stores, **apps}.items():
            program = _PROGRAM.format(
                name=name,
                autostart="true" if name in stores else "false",
                stop_signal=task.stop_signal,
                stop_seconds=stop_seconds.get(name, 15),
            )
            parts.append(program)
        for group, members, priority in (("store", stores, 1), ("app", apps, 2)):
            if members:
                parts.append(
                    f"\n[group:{group}]\nprograms={','.join(members)}\npriority={priority}\n"
                )
        config = self.var_dir / "supervisord.conf"
        config.write_text("".join(parts))

        sockets = runtime_dir(self.var_dir, "runner", SOCKET_NAME)
        (sockets / SOCKET_NAME).unlink(missing_ok=True)
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "-n", "-s"]
        complaints = (self.var_dir / "logs" / "runner.log").open("w+")
        self.process = subprocess.Popen(
            Tethered([*supervisord, "-c", config.name]).command,
            cwd=self.var_dir,
            env={
                **environ,
                env.MARKER: str(self.var_dir),
                "FLAGDOWN_SOCKETS": str(sockets),
                "FLAGDOWN_RUNNER_KEY": kept_secret(self.var_dir / "runner_key"),
                "FLAGDOWN_PYTHON": sys.executable,
                "FLAGDOWN_TETHER": os.path.abspath(tether.__file__),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            # Ctrl-C in the terminal is ours to answer, not each process' own.
            start_new_session=True,
        )
        with complaints:
            deadline = time.monotonic() + START_DEADLINE_S
            while not self.answers():
                if self.process.poll() is not None or time.monotonic() > deadline:
                    complaints.seek(0)
                    reason = (complaints.read().strip().splitlines() or ["it said nothing"])[0]
                    raise Trouble(f"The process runner did not start ({reason}): try again.")
                time.sleep(0.02)

    def call(self, method: str, *arguments: object) -> Any:
        """One call of supervisord's own interface, such as `getAllProcessInfo`."""
        from supervisor.xmlrpc import SupervisorTransport

        sockets = runtime_dir(self.var_dir, "runner", SOCKET_NAME)
        address = f"unix://{sockets / SOCKET_NAME}"
        key = kept_secret(self.var_dir / "runner_key")
        transport = SupervisorTransport("flagdown", key, address)
        with contextlib.closing(transport):
            proxy = xmlrpc.client.ServerProxy("http://runner", transport)
            return getattr(proxy.supervisor, method)(*arguments)

    def answers(self) -> bool:
        """Whether supervisord runs and answers."""
        try:
            return bool(self.call("getState")["statecode"] == 1)
        except (OSError, HTTPException, xmlrpc.client.Error):
            return False

    def states(self) -> dict[str, dict[str, Any]]:
        """What supervisord knows about each process: `statename`, `pid`, `stop` and more."""
        return {info["name"]: info for info in self.call("getAllProcessInfo")}

    def begin(self, name: str) -> None:
        """Start the app `name` and do not wait for it."""
        self.call("startProcess", f"app:{name}", False)

    def restart(self, name: str) -> None:
        """Stop the process `name` in its own way and start it again."""
        group = "store" if name in STORES else "app"
        with contextlib.suppress(xmlrpc.client.Fault):  # it may be down already
            self.call("stopProcess", f"{group}:{name}", True)
        self.call("startProcess", f"{group}:{name}", True)

    def stop(self, deadline_s: float = 45) -> None:
        """Stop everything, apps first; what does not end in time is left to `leftovers.stop`."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(deadline_s)
