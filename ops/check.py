"""`make check` and its parts: everything that is judged without running the platform.

    python -m ops.check [setup | lint | fmt | types | pages | contracts | django | states]

Without a name all of them run, and all are run even when one fails.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from ops.env import REPOSITORY
from ops.errors import Trouble
from ops.servers import postgres

TOOLS = {
    "lint": [["ruff", "check", "."], ["ruff", "format", "--check", "."]],
    "fmt": [["ruff", "check", "--fix", "--exit-zero", "."], ["ruff", "format", "."]],
    "types": [["mypy", "."]],
}
DJANGO = [
    ["check", "--deploy", "--fail-level", "WARNING"],
    ["makemigrations", "--check", "--dry-run"],
    ["spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
]
ALL = ("lint", "types", "pages", "contracts", "django")
TSC = ["npx", "--yes", "--package", "typescript@5.9.3", "tsc"]


def environment(**more: str) -> dict[str, str]:
    """What the settings need to load, as for a site behind https; nothing connects to these."""
    return {
        **os.environ,
        "SECRET_KEY": "only-for-checks-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PUBLIC_URL": "https://flagdown.example",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "off",
        **more,
    }


def run(argv: list[str], environ: Mapping[str, str]) -> bool:
    """Run a module of the environment's Python; True if it was content."""
    print(f"$ {' '.join(argv)}", flush=True)
    return (
        subprocess.run([sys.executable, "-m", *argv], cwd=REPOSITORY, env=environ).returncode == 0
    )


def django() -> bool:
    """Django's own checks. One compares the migrations with a database: give it an empty one."""
    with tempfile.TemporaryDirectory() as folder, postgres(folder, fast=True) as database_url:
        environ = environment(DATABASE_URL=database_url)
        done = [run(["manage", *command], environ) for command in DJANGO]
        return all(done)


def pages() -> bool:
    """The types in our modules' comments, by the compiler of TypeScript, where Node is."""
    if not shutil.which("npx"):
        print("NOT CHECKED: the pages' types. There is no Node here.", flush=True)
        return True
    if subprocess.run([*TSC, "--version"], cwd=REPOSITORY, stderr=subprocess.DEVNULL).returncode:
        print("NOT CHECKED: the pages' types. npm could not fetch TypeScript.", flush=True)
        return True
    print("$ tsc --checkJs", flush=True)
    config = REPOSITORY / "web" / "static" / "web" / "js" / "tsconfig.json"
    return subprocess.run([*TSC, "-p", str(config)], cwd=REPOSITORY).returncode == 0


def contracts() -> bool:
    """import-linter, whose command has no module of its own."""
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    print("$ lint-imports", flush=True)
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=environment())
    return done.returncode == 0


def part(name: str) -> bool:
    if name == "setup":
        print("Ready: .venv has everything.")
        return True
    if name == "states":
        return run(["manage", "states", "docs/states.md"], environment())
    if name == "django":
        return django()
    if name == "contracts":
        return contracts()
    if name == "pages":
        return pages()
    done = [run(argv, environment()) for argv in TOOLS[name]]
    return all(done)


def main(names: list[str]) -> int:
    try:
        failed = [name for name in names or ALL if not part(name)]
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    if failed:
        print(f"Not content: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
