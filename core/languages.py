"""Languages by their codes, as people name them."""

from functools import lru_cache

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, get_language_info


def language_name(code: str) -> str:
    """A language in the reader's words; its code where Django knows no name."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@lru_cache(maxsize=64)
def _choices(reader: str | None) -> tuple[tuple[str, str], ...]:
    codes = [code for code in LANG_INFO if code.isalpha() and len(code) <= 3]
    return tuple(sorted(((code, language_name(code)) for code in codes), key=lambda pair: pair[1]))


def choices() -> list[tuple[str, str]]:
    """Every language that Django names, with its name in the reader's language, sorted by it."""
    return list(_choices(get_language()))
