"""From tariffs to a promise, and from the promise to what is paid."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from pay.tariff.rounding import split
from pay.tariff.types import REPLY, Asked, Line, Quote, Tariff, Terms

# The labels of lines; the texts for people are looked up by them.
BASE, TIME, LADDER, UP_TO_MINIMUM = "base", "time", "ladder", "minimum"


def select(tariffs: Iterable[Tariff], asked: Asked) -> Tariff | None:
    """The tariff that holds: of those that fit and have begun, the most specific.

    First the one that names the queue, then one that names the desk, then one that names the
    language, then the one for the highest certification level, then the one that began last.
    """
    fitting = [
        tariff
        for tariff in tariffs
        if tariff.desk in (None, asked.desk)
        and tariff.queue in (None, asked.queue)
        and tariff.language in ("", asked.language)
        and tariff.level <= asked.level
        and tariff.starts_at <= asked.at
        and (tariff.ends_at is None or asked.at < tariff.ends_at)
    ]
    return max(fitting, key=lambda tariff: tariff.rank, default=None)


def level(
    language: str, languages: Mapping[str, int], needed: Iterable[object], skills: Mapping[int, int]
) -> int:
    """An agent's certification level for a conversation: the lowest of her levels in its language
    and in every skill of `needed`; 0 for one that she lacks."""
    held = [languages.get(language, 0)]
    held += [skills.get(skill, 0) for skill in needed]  # type: ignore[call-overload]
    return min(held)


def quote(tariffs: Iterable[Tariff], asked: Asked) -> Quote | None:
    """What this conversation pays this agent, or None when no tariff says so."""
    tariff = select(tariffs, asked)
    return None if tariff is None else of_tariff(tariff, asked)


def of_tariff(tariff: Tariff, asked: Asked) -> Quote:
    """What a tariff promises for it."""
    reply = next((bonus for bonus in tariff.bonuses if bonus.kind == REPLY), None)
    terms = Terms(
        tariff=tariff.id,
        currency=tariff.currency,
        base=tariff.base,
        minute=tariff.minute,
        minimum=tariff.minimum,
        bonuses=tuple(
            (bonus.kind, bonus.percent)
            for bonus in tariff.bonuses
            if bonus.holds(asked.at, tariff.zone, asked.language)
        ),
        multiplier=asked.multiplier,
        reply_amount=reply.amount if reply else 0,
        reply_within_s=reply.within_s if reply else 0,
        expected_minutes=asked.expected_minutes,
    )
    return of_terms(terms)


def of_terms(terms: Terms) -> Quote:
    """What terms come to when the conversation takes as long as expected."""
    lines = settle(terms, engaged_s=terms.expected_minutes * 60)
    return Quote(terms, lines, sum(line.amount for line in lines))


def settle(
    terms: Terms,
    *,
    engaged_s: Fraction | int,
    share: Fraction | int = 1,
    first_reply_s: float | None = None,
    before: int = 0,
) -> tuple[Line, ...]:
    """What a conversation is worth, line by line, in whole minor units.

    `share` of the base is hers: all of it, or by engaged time when several had the conversation.
    `first_reply_s` is how long her customer waited for the first answer, if she gave it. The exact
    sum is rounded once, half to even, and shared out to the lines by largest remainder; what is
    missing to the guarantee is a line of its own. With `before`, what the same conversation has
    already brought her in minor units, never less than `terms.guaranteed`.
    """
    minutes = Fraction(engaged_s) / 60
    base, time = Fraction(terms.base) * share, terms.minute * minutes
    plain = base + time
    exact: list[tuple[str, Fraction, Fraction | None, Fraction | None]] = []
    if base:
        exact.append((BASE, base, Fraction(share), Fraction(terms.base)))
    if time:
        exact.append((TIME, time, minutes, terms.minute))
    raised = plain
    for kind, percent in terms.bonuses:
        extra = plain * Fraction(percent) / 100
        raised += extra
        if extra:
            exact.append((kind, extra, Fraction(percent), None))
    if terms.multiplier != 1 and raised:
        more = raised * (Fraction(terms.multiplier) - 1)
        exact.append((LADDER, more, Fraction(terms.multiplier), None))
    if (
        terms.reply_amount
        and first_reply_s is not None
        and 0 <= first_reply_s <= terms.reply_within_s
    ):
        exact.append((REPLY, Fraction(terms.reply_amount), None, None))
    total = round(sum((each[1] for each in exact), Fraction(0)))
    shares = split(total, [each[1] for each in exact]) if exact else []
    lines = [
        Line(label, amount, quantity, rate)
        for (label, _exact, quantity, rate), amount in zip(exact, shares, strict=True)
        if amount
    ]
    if total + before < terms.guaranteed:
        lines.append(Line(UP_TO_MINIMUM, terms.guaranteed - total - before))
    return tuple(lines)


def shares(engaged_s: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """Everybody's part of the base by engaged time; alike when nobody was engaged at all."""
    whole = sum(engaged_s.values(), Fraction(0))
    if not whole:
        return {key: Fraction(1, len(engaged_s)) for key in engaged_s}
    return {key: part / whole for key, part in engaged_s.items()}


def hourly(total: int, seconds: Fraction | int) -> int | None:
    """Minor units per hour, rounded half to even; None without time."""
    return round(Fraction(total) * 3600 / Fraction(seconds)) if seconds else None
