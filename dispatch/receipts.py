"""Why this agent: what an offer stores of its match, and how it is said in plain words."""

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dispatch.matching.types import Match, Weights
from pay.tariff import quoting
from pay.tariff.types import Quote, Terms

# Terms that speak for an agent in words she understands.
NAMED = frozenset(
    {
        "wanted_agent", "previous_agent", "language", "skill", "idle", "share", "newcomer", "urgency",
    }
)  # fmt: skip
# A term that carried less than this share of the largest one is no reason worth naming.
WORTH_NAMING = 0.15


def receipt(
    match: Match, weights: Weights, wave: dict[str, int], quote: Quote | None = None
) -> dict[str, Any]:
    """What is kept with the offer: the terms that decided, how many could have taken it, and the
    version; and what it pays."""
    kept = {} if quote is None else {"pay": quote.terms.to_json()}
    return {
        **kept,
        "score": round(match.score, 4),
        "terms": {name: round(value, 4) for name, value in match.terms.items()},
        "candidates": match.candidates,
        "weights": weights.version,
        **wave,
    }


def promised(kept: dict[str, Any]) -> Quote | None:
    """What the offer pays, from its receipt; None when no tariff said so."""
    return quoting.of_terms(Terms.from_json(kept["pay"])) if "pay" in kept else None


def reasons(kept: dict[str, Any]) -> list[str]:
    """Sentences for the agent, the weightiest first."""
    return in_words(grounds(kept.get("terms", {}), kept.get("candidates")))


def grounds(terms: Mapping[str, float], candidates: int | None) -> tuple[str, ...]:
    """The names of what to say, the weightiest first: three at most."""
    least = max(map(abs, terms.values()), default=0.0) * WORTH_NAMING
    heavy = [(value, name) for name, value in terms.items() if value > 0 and value >= least]
    heavy.sort(key=itemgetter(0), reverse=True)
    named = [name for _, name in heavy if name in NAMED]
    if candidates == 1:
        named.insert(0, ONLY_YOU)
    return tuple(named[:3]) or (FREE_AND_FIT,)


def in_words(names: tuple[str, ...]) -> list[str]:
    """Sentences for these grounds, in the language now active."""
    words = _words(get_language())
    return [words[name] for name in names]


ONLY_YOU, FREE_AND_FIT = "only you", "free and fit"


@lru_cache(maxsize=64)
def _words(language: str | None) -> dict[str, str]:
    """Sentences by term, in the language now active: a wave says hundreds of them."""
    return {
        "wanted_agent": _("A colleague asked for you."),
        "previous_agent": _("You talked with this customer before."),
        "language": _("You speak the customer's language well."),
        "skill": _("You know this topic well."),
        "idle": _("You have waited for a conversation."),
        "share": _("You got fewer offers than others lately."),
        "newcomer": _("You are new here: everybody gets a start."),
        "urgency": _("This customer has waited long."),
        ONLY_YOU: _("Only you can take this one right now."),
        FREE_AND_FIT: _("You are free and fit."),
    }
