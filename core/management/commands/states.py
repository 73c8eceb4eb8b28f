"""Write docs/states.md from the transition dicts, or check that it is up to date."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.states import MACHINES, Machine


class Command(BaseCommand):
    """`manage.py states docs/states.md`, with `--check` to only compare."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and whether to only compare."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true")

    def handle(self, file: Path, check: bool, **_options: Any) -> None:
        """Raises CommandError when the file differs and `check` is set."""
        text = render()
        if not check:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            raise CommandError(f"{file} is out of date: run `make states`.")


def render() -> str:
    """The whole page."""
    parts = [
        "# States\n\nGenerated from the transition dicts by `make states`; a test compares.\n"
        "A move is a compare-and-swap that writes the log in the same statement (core/states.py).\n"
    ]
    parts += [_machine(machine) for machine in sorted(MACHINES, key=lambda m: m.name)]
    return "\n".join(parts)


def _machine(machine: Machine) -> str:
    lines = [f"## {machine.name}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {state}" for state in machine.initial]
    for source, targets in machine.transitions.items():
        lines += [f"    {source} --> {target}" for target in targets]
        if not targets:
            lines.append(f"    {source} --> [*]")
    lines += ["```", "", "| from | to | when |", "|---|---|---|"]
    for source, targets in machine.transitions.items():
        lines += [f"| {source} | {target} | {why} |" for target, why in targets.items()]
    return "\n".join([*lines, ""])
