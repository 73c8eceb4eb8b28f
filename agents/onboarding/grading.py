"""What an answer is worth. Pure: no database, no clock, no dice."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from agents.onboarding.models.bank import CLOZE, FREE, ORDERING, SEVERAL, SINGLE

MAX_CLOZE = 100
MAX_FREE = 2000
CENT = Decimal("0.01")


def normalised(text: str) -> str:
    """A filled gap as it is compared: case, accents' encoding, quotes and spaces don't count."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("’", "'").replace("‘", "'")
    return re.sub(r"\s+", " ", text).strip(" .,;:!?")


def readable(kind: str, options: Sequence[Mapping[str, str]], answer: Any) -> Any:
    """The answer in the shape that is kept; None for none. Raises ValueError with a sentence."""
    known = [option["id"] for option in options]
    if answer is None or answer in ("", []):
        return None
    if kind == SINGLE:
        if not isinstance(answer, str) or answer not in known:
            raise ValueError(_("Choose one of the answers shown."))
        return answer
    if kind in (SEVERAL, ORDERING):
        if (
            not isinstance(answer, list)
            or not all(isinstance(each, str) and each in known for each in answer)
            or len(set(answer)) != len(answer)
        ):
            raise ValueError(_("Choose from the answers shown, each once at most."))
        if kind == ORDERING and len(answer) != len(known):
            raise ValueError(_("Put all of them in order, each in a place of its own."))
        return sorted(answer) if kind == SEVERAL else answer
    longest = MAX_CLOZE if kind == CLOZE else MAX_FREE
    if not isinstance(answer, str):
        raise ValueError(_("Write a text."))
    if "\x00" in answer or any("\ud800" <= c <= "\udfff" for c in answer):
        raise ValueError(_("The text holds a character that can't be kept. Write it anew."))
    if len(answer) > longest:
        raise ValueError(_("At most %d characters.") % longest)
    return answer.strip() or None


def score(kind: str, points: int, key: Any, answer: Any) -> Decimal | None:
    """Points for an answer, or None when a person has to mark it. No answer is worth nothing.

    All that are right: each right one counts, each wrong one takes as much away; guessing all gains
    nothing. An order: the share of neighbours that follow each other rightly.
    """
    if answer is None:
        return Decimal(0)
    whole = Decimal(points)
    if kind == FREE:
        return None
    if kind == SINGLE:
        return whole if answer in key else Decimal(0)
    if kind == CLOZE:
        right = {normalised(each) for each in key}
        return whole if normalised(answer) in right else Decimal(0)
    if kind == SEVERAL:
        hits = len(set(answer) & set(key)) - len(set(answer) - set(key))
        return max(Decimal(0), (whole * hits / len(key)).quantize(CENT, ROUND_HALF_UP))
    pairs = set(pairwise(key))
    kept = sum(pair in pairs for pair in pairwise(answer))
    return (whole * kept / max(1, len(pairs))).quantize(CENT, ROUND_HALF_UP)


def percent(given: Decimal, possible: int) -> int:
    """The share of points, in whole percent, rounded down: a mark is reached or it is not."""
    return int(given * 100 / possible) if possible else 0


def level(marks: Mapping[int, int], reached: int) -> int:
    """The highest level whose mark is reached; 0 below all."""
    return max((lvl for lvl, mark in marks.items() if reached >= mark), default=0)
