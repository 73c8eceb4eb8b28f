"""What lines of an earning say to people."""

from decimal import Decimal

from django.utils.translation import gettext as _

from pay import money
from pay.models.ledger import ADJUSTMENT, FLOOR_TOP_UP, QUEST, REVERSAL, TIP, WAITING


def title(kind: str, topic: str, reason: str) -> str:
    """The headline of a booking."""
    known = {
        WAITING: _("Paid waiting"),
        FLOOR_TOP_UP: _("Up to the floor"),
        QUEST: _("Quest reached"),
        TIP: _("Tip"),
        ADJUSTMENT: _("Adjustment"),
        REVERSAL: _("Taken back"),
    }
    name = known.get(kind) or topic or _("Conversation")
    return f"{name}: {reason}" if reason else name


def line(label: str, quantity: Decimal | None, rate: Decimal | None, currency: str) -> str:
    """One line in plain words, with what it was worked out from."""
    amount = "" if rate is None else f"{_plain(rate, money.exponent(currency))} {currency}"
    many = "" if quantity is None else _plain(quantity, 0)
    if label == "base":
        if quantity is not None and quantity != 1:
            return _("Your share of the conversation: %(percent)s %% of %(rate)s") % {
                "percent": _plain(round(quantity * 100, 1), 0), "rate": amount,
            }  # fmt: skip
        return _("Conversation")
    if label == "time":
        minutes = "" if quantity is None else _plain(round(quantity, 2), 0)
        return _("%(minutes)s min at %(rate)s") % {"minutes": minutes, "rate": amount}
    texts = {
        "night": _("Night: %s %% more") % many,
        "hot": _("Hot hours: %s %% more") % many,
        "language": _("Rare language: %s %% more") % many,
        "ladder": _("The customer waited long: × %s") % many,
        "reply": _("First answer in time"),
        "minimum": _("Up to what was guaranteed"),
        "paid before": _("Paid when you handed it over"),
        "waiting": _("%(hours)s h waiting at %(rate)s") % {"hours": many, "rate": amount},
        "floor": _("%(hours)s h online at %(rate)s, at least") % {"hours": many, "rate": amount},
        "earned": _("Earned that day"),
        "quest": _("The reward"),
        "tip": _("From your customer. Thank you!"),
    }
    return texts.get(label, label)


def floor(per_hour: int, waiting: int, currency: str) -> str:
    """The rule, as the agent reads it."""
    said = []
    if waiting:
        said.append(
            _("While you are online without a conversation you are paid %s an hour.")
            % money.shown(waiting, currency)
        )
    if per_hour:
        said.append(
            _(
                "If a day brings less than %s for each hour online, tips and quests aside, the difference is"
                " added when the day is over. Declining never lowers it."
            )
            % money.shown(per_hour, currency)
        )
    return " ".join(said)


def _plain(value: Decimal, places: int) -> str:
    """Without needless zeros, but with the currency's digits."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and -exponent < places:
        return f"{short:.{places}f}"
    return f"{short:f}"
