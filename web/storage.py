"""Static files as they are served: our own scripts and styles without their comments.

Types and reasons stand in comments, a third of what a module weighs, and no browser reads them. Nothing else is
touched, so lines stay readable in a browser's tools; no parser is needed, because our style keeps comments on
lines of their own (and type casts in one form).
"""

from __future__ import annotations

import re
from typing import Any

from django.core.files.base import ContentFile, File

from core.storage import StaticFiles

_CSS_COMMENT = re.compile(r"[ \t]*/\*.*?\*/[ \t]*\n?", re.DOTALL)
_CAST = re.compile(r"/\*\* @(?:type|param|returns)[^*]*\*/ ?")


def without_comments(source: str) -> str:
    """Return a module without lines that are only comment, without empty lines and JSDoc casts.

    A comment that shares its line with code stays. Not for scripts whose template literals hold comment marks
    at the start of a line; ours do not.
    """
    kept = []
    inside = False
    for line in source.splitlines():
        bare = line.strip()
        if inside or (
            bare.startswith("/*") and ("*/" not in bare or bare.index("*/") == len(bare) - 2)
        ):
            inside = "*/" not in bare
        elif bare and not bare.startswith("//"):
            kept.append(_CAST.sub("", line))
    return "\n".join(kept) + "\n"


def css_without_comments(source: str) -> str:
    """Return a style sheet without its comments. Not for one with comment marks in a string; ours have none."""
    return _CSS_COMMENT.sub("", source)


class LeanStaticFiles(StaticFiles):
    """As `StaticFiles`, with our own modules and styles without comments."""

    def _save(self, name: str, content: File[Any]) -> str:
        # Both the copy and the hashed file come through here, each made from the source.
        for folder, ending, lean in _LEAN:
            if name.startswith(folder) and name.endswith(ending):
                content.seek(0)
                content = ContentFile(lean(content.read().decode()).encode(), name=name)
        return str(super()._save(name, content))


_LEAN = (
    ("web/js/", ".js", without_comments),
    ("web/css/", ".css", css_without_comments),
)
