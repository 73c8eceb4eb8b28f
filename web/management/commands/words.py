"""`manage.py words`: the texts of the pages in every language.

words find            renew the files: new texts come in empty, old ones go
words compile         make of them what Django reads
words missing LANG    print what is not translated yet, as JSON
words take LANG FILE  put translations in: JSON, from what `missing` printed to its forms
words check           say what is missing or wrong; exit code 1 when anything is
"""

import hashlib
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from web.translating import files, finding


class Command(BaseCommand):
    """See the module."""

    help = "Find, translate, check and compile the texts of the pages."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, for which language."""
        parser.add_argument("what", choices=["find", "compile", "missing", "take", "check"])
        parser.add_argument("language", nargs="?")
        parser.add_argument("file", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        match options["what"]:
            case "compile":
                self.stdout.write(f"{files.compile_all()} compiled")
            case "find":
                texts = finding.found()
                for language in files.languages():
                    files.write(language, files.renewed(language, texts))
                self.stdout.write(f"{len(texts)} texts")
            case "missing":
                self._missing(self._language(options))
            case "take":
                self._take(self._language(options), options["file"] or "-")
            case "check":
                texts = finding.found()
                wrong = [
                    line for each in files.languages() for line in files.complaints(each, texts)
                ]
                self.stdout.write("\n".join(wrong) or f"{len(texts)} texts, all well")
                if wrong:
                    sys.exit(1)

    def _language(self, options: dict[str, Any]) -> str:
        language: str = options["language"] or ""
        if language not in files.languages():
            raise CommandError(f"Name one of these languages: {', '.join(files.languages())}.")
        return language

    def _missing(self, language: str) -> None:
        catalogue = files.read(language)
        rows = []
        for text, places in finding.found().items():
            known = files.message(catalogue, text)
            string = known.string if known else ""
            if not string or (isinstance(string, (list, tuple)) and not all(string)):
                rows.append(
                    {"id": _key(text), "context": text.context, "text": text.one}
                    | ({"other": text.other, "forms": catalogue.num_plurals} if text.other else {})
                    | {"places": places}
                )
        json.dump(rows, self.stdout, ensure_ascii=False, indent=1)

    def _take(self, language: str, file: str) -> None:
        with sys.stdin if file == "-" else open(file, encoding="utf-8") as given:
            strings: dict[str, str | list[str]] = json.load(given)
        texts = finding.found()
        catalogue = files.renewed(language, texts)
        by_key = {_key(text): text for text in texts}
        unknown = sorted(set(strings) - set(by_key))
        for key, string in strings.items():
            if key in by_key:
                known = files.message(catalogue, by_key[key])
                assert known is not None
                known.string = tuple(string) if isinstance(string, list) else string
        files.write(language, catalogue)
        self.stdout.write(f"{len(strings) - len(unknown)} taken")
        if unknown:
            self.stdout.write(f"not in the sources: {', '.join(unknown)}")


def _key(text: finding.Text) -> str:
    """A short name that is the same tomorrow."""
    return hashlib.sha256(repr(text).encode()).hexdigest()[:8]
