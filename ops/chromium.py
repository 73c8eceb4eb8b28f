"""Find a Chromium for the browser tests and the screenshots, or get Debian's."""

import os
import shutil
import subprocess

from ops.errors import Trouble

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "headless_shell",
)
CURE = "install Chromium, or set CHROMIUM to the path of one"


def find() -> str:
    """The path of a Chromium: $CHROMIUM, else one on PATH, else Debian's after installing it as
    root.

    Raises `Trouble` when there is none and none can be had.
    """
    if chosen := os.environ.get("CHROMIUM"):
        if path := shutil.which(chosen):
            return path
        raise Trouble(f"CHROMIUM is {chosen}, which cannot be run: correct it or unset it.")
    if path := _on_path():
        return path
    _install()
    if path := _on_path():
        return path
    raise Trouble(f"apt installed chromium, but it is not on PATH: {CURE}.")


def launch_args() -> list[str]:
    """Flags for a quiet browser that calls nobody by itself."""
    flags = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.geteuid() == 0:  # its sandbox refuses to start for root
        flags.append("--no-sandbox")
    return flags


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _install() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(f"There is no Chromium here: {CURE}.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for argv in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            ["apt-get", "-qq", *argv], env=quiet, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            reason = lines[-1][2:].strip() if lines else f"apt-get {argv[0]} failed"
            raise Trouble(f"There is no Chromium here and apt has none ({reason}): {CURE}.")
