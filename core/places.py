"""Countries and time zones, from the time zone database's own tables."""

from functools import lru_cache
from importlib.resources import files


def _rows(name: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def countries() -> list[tuple[str, str]]:
    """ISO 3166 codes with English names, sorted by name."""
    return sorted(((row[0], row[1]) for row in _rows("iso3166.tab")), key=lambda pair: pair[1])


@lru_cache(maxsize=1)
def zones() -> list[str]:
    """The time zones that people live in, such as Europe/Berlin, sorted."""
    return sorted({row[2] for row in _rows("zone.tab")} | {"UTC"})
