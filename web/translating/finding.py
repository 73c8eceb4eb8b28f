"""Every text of the sources that a person may read in her own language.

What supervisors alone read (the admin, names of models and fields) is not translated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

ROOMS = ("core", "realtime", "agents", "tickets", "pay", "dispatch", "web")
SKIPPED = {"migrations", "management", "admin", "models", "translating"}
SKIPPED_FILES = {"models.py", "admin.py", "apps.py"}
# Which arguments of a call are texts: (context, one, other), by place; -1: none.
CALLS = {
    "_": (-1, 0, -1),
    "gettext": (-1, 0, -1),
    "gettext_lazy": (-1, 0, -1),
    "gettext_noop": (-1, 0, -1),
    "ngettext": (-1, 0, 1),
    "ngettext_lazy": (-1, 0, 1),
    "plural": (-1, 0, 1),
    "pgettext": (0, 1, -1),
    "pgettext_lazy": (0, 1, -1),
    "npgettext": (0, 1, 2),
}
_CALL = re.compile(r"\b(?:n?p?gettext|_)\(")


@dataclass(frozen=True, order=True)
class Text:
    """A text as the sources have it."""

    context: str
    one: str
    other: str


def found() -> dict[Text, list[str]]:
    """Every text, and the files that it stands in."""
    texts: dict[Text, set[str]] = {}
    for path in _files():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        for text in _in(path, name):
            texts.setdefault(text, set()).add(name)
    return {text: sorted(places) for text, places in sorted(texts.items())}


def _files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((settings.BASE_DIR / room).rglob("*")):
            parts = path.relative_to(settings.BASE_DIR).parts
            if SKIPPED & set(parts[:-1]) or path.name in SKIPPED_FILES:
                continue
            if path.suffix == ".py" or ("templates" in parts and path.suffix in {".html", ".txt"}):
                yield path


def _in(path: Path, name: str) -> Iterator[Text]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and (text := _of(node)):
                yield text
        return
    # Django's own reading of a template: calls of gettext between stretches of X.
    code = templatize(source, origin=name)
    for match in _CALL.finditer(code):
        if (call := _call(code[match.start() :])) and (text := _of(call)):
            yield text


def _call(code: str) -> ast.Call | None:
    """The call that `code` begins with, or None."""
    for end in re.finditer(r"\)", code):
        try:
            tree = ast.parse(code[: end.end()].strip(), mode="eval")
        except (SyntaxError, ValueError):
            continue
        return tree.body if isinstance(tree.body, ast.Call) else None
    return None


def _of(call: ast.Call) -> Text | None:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    places = CALLS.get(name)
    if places is None:
        return None
    values = [
        arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else None
        for arg in call.args
    ]
    context, one, other = (values[at] if 0 <= at < len(values) else "" for at in places)
    if not one or context is None or other is None:
        return None
    return Text(context, one, other)
