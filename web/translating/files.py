"""The .po files: one per language, sorted, without the lines of code that would change them daily."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from web.translating.finding import Text

BEGAN = datetime(2026, 11, 28, tzinfo=UTC)
FOLDER = Path(settings.BASE_DIR) / "web" / "locale"
# {name}, %(name)s, %s, %d and %%: what a translation must keep.
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%[sd%]")
TAG = re.compile(r"</?\w+[^>]*>")


def languages() -> list[str]:
    """Every language but the sources' own, as Django names them."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def path_of(language: str) -> Path:
    """Where a language's file lies: `zh-hans` in `zh_Hans`, as Django looks for it."""
    code, _, more = language.partition("-")
    folder = f"{code}_{more.title() if len(more) > 2 else more.upper()}" if more else code
    return FOLDER / folder / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """A language's catalogue; an empty one where there is no file yet."""
    path = path_of(language)
    locale = language.replace("-", "_")
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=locale, charset="utf-8")


def message(catalogue: Catalog, text: Text) -> Message | None:
    """What the catalogue has for a text."""
    return catalogue.get(text.one, context=text.context or None)


def renewed(language: str, texts: dict[Text, list[str]]) -> Catalog:
    """The language's catalogue for exactly these texts: new ones are empty, old ones are gone."""
    old = read(language)
    made = Catalog(
        locale=old.locale,
        project="Flagdown",
        version="1.0",
        charset="utf-8",
        header_comment=f"# Flagdown in {old.locale.english_name if old.locale else language}.",
        # History says when; a date here would only make two branches differ.
        creation_date=BEGAN,
        revision_date=BEGAN,
        fuzzy=False,
    )
    for text, places in texts.items():
        known = message(old, text)
        plural = (text.one, text.other) if text.other else text.one
        kept = known.string if known and bool(text.other) == isinstance(known.id, tuple) else None
        made.add(
            plural,
            kept or None,
            context=text.context or None,
            auto_comments=[", ".join(places)],
        )
    return made


def write(language: str, catalogue: Catalog) -> None:
    """Write the file, always in the same order."""
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, omit_header=False, no_location=True)


def compile_all() -> int:
    """Write what Django reads, beside each file that is newer; returns how many."""
    done = 0
    for language in languages():
        source = path_of(language)
        made = source.with_suffix(".mo")
        if not source.exists() or (
            made.exists() and made.stat().st_mtime >= source.stat().st_mtime
        ):
            continue
        # Two may do it at once.
        part = made.with_suffix(f".{os.getpid()}")
        with part.open("wb") as file:
            write_mo(file, read(language))
        part.replace(made)
        done += 1
    return done


def complaints(language: str, texts: dict[Text, list[str]]) -> Iterator[str]:
    """What is wrong with a language's file: missing, fuzzy, stale, or its places are not the sources'."""
    catalogue = read(language)
    forms = catalogue.num_plurals
    for text in texts:
        known = message(catalogue, text)
        what = f"{language}: {text.one!r}"
        if known is None:
            yield f"{what} is missing"
            continue
        strings = known.string if isinstance(known.string, (list, tuple)) else (known.string,)
        if known.fuzzy:
            yield f"{what} is fuzzy"
        if len(strings) != (forms if text.other else 1) or not all(strings):
            yield f"{what} is not translated, or not in all {forms} forms"
            continue
        yield from (f"{what}: {wrong}" for wrong in _wrong(text, [each or "" for each in strings]))
    known_texts = {(text.context, text.one) for text in texts}
    for each in catalogue:
        one = each.id[0] if isinstance(each.id, (list, tuple)) else each.id
        if one and (each.context or "", one) not in known_texts:
            yield f"{language}: {one!r} is in no source any more"


def _wrong(text: Text, strings: list[str]) -> Iterator[str]:
    wanted = sorted(PLACE.findall(text.other or text.one))
    tags = sorted(TAG.findall(text.one))
    for string in strings:
        places = sorted(PLACE.findall(string))
        # A form for one or two may say the number in a word.
        spare = ["{n}", "%(counter)s", "%(n)s", "%d"] if text.other else []
        if places != wanted and [p for p in wanted if p not in spare] != [
            p for p in places if p not in spare
        ]:
            yield f"{string!r} has {places}, not {wanted}"
        if sorted(TAG.findall(string)) != tags:
            yield f"{string!r} has other tags"
        if string.strip() == "" or (text.one[:1] == " ") != (string[:1] == " "):
            yield f"{string!r} begins otherwise"
        if text.one.endswith("\n") != string.endswith("\n"):
            yield f"{string!r} ends otherwise"
