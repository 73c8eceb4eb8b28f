"""Run a recorded time again with other weights or time-outs, and compare.

What was recorded is what the engine writes anyway: transition logs, offers, assignments. The same
command on the same record prints the same figures.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from core import clock, sql
from dispatch.matching.weights import Weights
from dispatch.models import WeightSet
from dispatch.queries.versions import in_force
from dispatch.replay.compare import Change, compare, table
from dispatch.replay.record import recording
from dispatch.simulation.types import Rules
from tickets import catalogue

LONGEST_DAYS = 7


class Command(BaseCommand):
    """`manage.py replay --from 2026-01-05T08:00 --to 2026-01-05T18:00 --weights 7`"""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """The time, and what is to be tried."""
        parser.add_argument("--from", dest="start", required=True, help="ISO 8601, UTC unless said")
        parser.add_argument("--to", dest="end", required=True, help="ISO 8601, UTC unless said")
        parser.add_argument(
            "--weights",
            help="a version from the admin, JSON like '{\"idle\": 2}', or a file with such JSON",
        )
        parser.add_argument(
            "--offer-timeout",
            action="append",
            default=[],
            metavar="[DESK/QUEUE=]SECONDS",
            help="time to answer an offer, of all queues or of one; may be repeated",
        )
        parser.add_argument("--cool-down", type=float, metavar="SECONDS")
        parser.add_argument("--seed", type=int, default=0, help="for what nobody recorded")
        parser.add_argument("--json", action="store_true", help="print figures as JSON")

    def handle(self, **options: Any) -> None:
        """Read, play twice, print."""
        start, end = _moment(options["start"], "--from"), _moment(options["end"], "--to")
        if end <= start:
            raise CommandError("--to must be later than --from.")
        if start > clock.now():
            raise CommandError("--from is in the future: there is nothing to play again yet.")
        if (end - start).days > LONGEST_DAYS:
            raise CommandError(f"At most {LONGEST_DAYS} days at once: choose a shorter time.")
        then = Change(in_force(start), {}, _rules(settings.COOL_DOWN_S))
        cool_down = options["cool_down"]
        if cool_down is not None and not 0 <= cool_down <= 86_400:
            raise CommandError("--cool-down takes seconds from 0 to 86400.")
        now = Change(
            _weights(options["weights"]) if options["weights"] else then.weights,
            _timeouts(options["offer_timeout"]),
            _rules(settings.COOL_DOWN_S if cool_down is None else cool_down),
        )
        recorded = recording(start, end, seed=options["seed"])
        if not recorded.really.counted():
            raise CommandError("Nobody asked for a person in this time. Choose another.")
        found = compare(recorded, then, now)
        if options["json"]:
            names = ("as_it_was", "replayed", "changed")
            figures = dict(zip(names, map(asdict, found.columns), strict=True))
            self.stdout.write(
                json.dumps({"from": start.isoformat(), "to": end.isoformat(), **figures})
            )
            return
        self.stdout.write(
            f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC, "
            f"{len(recorded.day.staff)} agents, weights {then.weights.version} then"
        )
        for row in table(found):
            self.stdout.write("{:<28}{:>12}{:>12}{:>12}{:>14}".format(*row))
        self.stdout.write(
            "“as it was” is what happened; compare “replayed” and “changed”, which meet the same people."
        )


def _moment(text: str, name: str) -> datetime:
    try:
        found = parse_datetime(text) or datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{name}: {text!r} is no time. Write it like 2026-01-05T08:00."
        ) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _rules(cool_down_s: float) -> Rules:
    timeouts = [queue.offer_timeout_s for queue in catalogue.queues().values()]
    return Rules(cool_down_s=cool_down_s, delivery_bound_s=float(max(timeouts, default=15)))


def _weights(wish: str) -> Weights:
    if wish.isdigit():
        found = WeightSet.objects.filter(version=int(wish)).first()
        if found is None:
            known = ", ".join(map(str, WeightSet.objects.values_list("version", flat=True)[:20]))
            raise CommandError(
                f"There is no version {wish} of the weights. Known: {known or 'none'}."
            )
        try:
            return Weights.from_terms(found.version, found.terms)
        except ValueError as error:
            raise CommandError(f"Version {wish} of the weights: {error}") from None
    try:
        text = wish if wish.lstrip().startswith("{") else Path(wish).read_text(encoding="utf-8")
        terms = json.loads(text)
        if not isinstance(terms, dict):
            raise ValueError('write an object, like {"idle": 2}')
        return Weights.from_terms(0, terms)
    except (OSError, ValueError) as error:
        raise CommandError(f"--weights: {error}") from None


def _timeouts(wishes: list[str]) -> dict[UUID, float]:
    if not wishes:
        return {}
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT d.key || '/' || q.slug, q.id FROM tickets_queue q
               JOIN tickets_desk d ON d.id = q.desk_id ORDER BY 1"""
        )
        names = dict(cursor.fetchall())
    found: dict[UUID, float] = {}
    for wish in wishes:
        name, _, seconds = wish.rpartition("=")
        if name and name not in names:
            raise CommandError(f"--offer-timeout: no queue {name!r}. Known: {', '.join(names)}.")
        try:
            value = float(seconds)
        except ValueError:
            value = 0.0
        if not 5 <= value <= 120:
            raise CommandError(
                f"--offer-timeout: {seconds!r} is no number of seconds from 5 to 120."
            )
        found |= {names[name]: value} if name else dict.fromkeys(names.values(), value)
    return found
