"""Words that JavaScript shows: one module per page, each with a dict `STRINGS` that gettext finds.

Scripts hold no literals that a person could read: a page names the catalogues it needs with
`{% strings "lib" "chat" %}` and its modules ask `t("key")` of `flagdown/i18n`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.utils.translation import ngettext, override

# Every known plural rule looks at n itself when it is small and at n % 100 afterwards, so two
# hundreds tell it whole.
_PLURAL_PERIOD = 200


@dataclass(frozen=True)
class Plural:
    """A counted text. Both forms hold `{n}`; make it with `plural(…)`, which xgettext can find."""

    one: str
    other: str


def plural(one: str, other: str) -> Plural:
    """Mark a counted text. xgettext finds it with `--keyword=plural:1,2`."""
    return Plural(one, other)


def _counted(text: Plural) -> dict[str, Any]:
    """Return all forms of a counted text and, where the rule is not English, which n takes which.

    A browser cannot evaluate a catalogue's plural formula without eval, hence the table.
    """
    forms: list[str] = []
    pick: list[int] = []
    for n in range(_PLURAL_PERIOD):
        form = ngettext(text.one, text.other, n)
        if form not in forms:
            forms.append(form)
        pick.append(forms.index(form))
    one, other = forms[pick[1]], forms[pick[0]]
    if len(forms) <= 2 and all((forms[p] == one) == (n == 1) for n, p in enumerate(pick)):
        return {"forms": [one, other]}
    return {"forms": forms, "pick": "".join(map(str, pick))}


@lru_cache(maxsize=256)
def catalogue(language: str, *names: str) -> dict[str, Any]:
    """Return key → translated text (or plural table) of the named catalogues in one language."""
    found: dict[str, Any] = {}
    with override(language):
        for name in names:
            for key, text in import_module(f"web.strings.{name}").STRINGS.items():
                found[key] = _counted(text) if isinstance(text, Plural) else str(text)
    return found
