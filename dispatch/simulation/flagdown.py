"""The production policy: every wave is one `matching.solve` over who waits and who is there.

As in production, a crew of agents is kept from wave to wave and fed with those who have changed.
Of the tickets only those that could get a slot in this wave are handed over, which changes nothing
in the answer: tickets of one line ask for the same, so of a line no more than its free slots can be
served, the most urgent ones first (and one more for each that is cooling down with somebody).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dispatch.matching.crew import Crew
from dispatch.matching.score import urgency
from dispatch.matching.solve import solve
from dispatch.matching.types import Agent, Ask, Id, Ticket
from dispatch.matching.weights import Weights
from dispatch.simulation.house import Case, House, Line, Seat
from dispatch.simulation.types import Pick, Rules
from tickets.ladder import Need


class Flagdown:
    """Batched waves under a set of weights, with ladders, cool-downs and first refusals.

    May play several days, one after the other.
    """

    def __init__(
        self, weights: Weights, rules: Rules | None = None, *, name: str = "flagdown"
    ) -> None:
        self.name, self.rules, self._weights = name, rules or Rules(), weights
        self._house: House | None = None
        self._crew = Crew()

    def wave(self, house: House) -> Iterable[Pick]:
        """What `solve` says about everybody it could matter to."""
        tickets: list[Ticket] = []
        forbidden: set[tuple[Id, Id]] = set()
        for line in house.waiting():
            able = house.candidates(line)
            if not able:
                continue
            for case in _foremost(house, line, able):
                tickets.append(_ticket(case, house.at_s))
                forbidden.update((case.arrival.id, agent) for agent in case.cooling(house.at_s))
        for case in house.asked.values():
            agent = case.nobody_else
            if agent in house.free and agent not in case.cooling(house.at_s):
                tickets.append(_ticket(case, house.at_s))
        if not tickets:
            return []
        self._feed(house)
        found = solve(tickets, self._crew, self._weights, forbidden, at=house.at_s)
        return [Pick(match.ticket_id, match.agent_id) for match in found]

    def _feed(self, house: House) -> None:
        if house is not self._house:
            self._house, self._crew = house, Crew()
        seats = [house.seats[agent] for agent in sorted(house.changed)]
        house.changed.clear()
        self._crew.update(
            (_agent(house, seat) for seat in seats if seat.present and seat.capacity), house.at_s
        )
        self._crew.drop(seat.staff.id for seat in seats if not (seat.present and seat.capacity))


def _foremost(house: House, line: Line, able: list[Seat]) -> list[Case]:
    """The cases of a line that could get one of the free slots of these agents."""
    slots = sum(seat.capacity - seat.load for seat in able)
    if not any(case.misses for case in line.cases[: slots + 1]):
        # The usual line: nobody was refused, so the order of arrival is the order of urgency.
        chosen = line.cases[:slots]
        if len(chosen) == len(line.cases) or not any(case.misses for case in line.cases[slots:]):
            return chosen
    at = house.at_s
    ordered = sorted(line.cases, key=lambda case: (-urgency(_ticket(case, at)), case.arrival.id))
    found, left = [], slots
    for case in ordered:
        if left <= 0:
            break
        found.append(case)
        # One that may not have all of these agents may leave its slot to the next.
        left -= not case.cooling(at)
    return found


def _ticket(case: Case, at_s: float) -> Ticket:
    arrival, rung = case.arrival, case.line.rung
    first, *others = rung.needs
    return Ticket(
        id=arrival.id,
        desk=case.queue.desk,
        language=arrival.language,
        level=first.language_level,
        skills=first.skills,
        waited_s=max(0.0, at_s - arrival.at_s),
        service_level_s=case.queue.service_level_s,
        misses=case.misses,
        previous_agent=arrival.previous_agent,
        wanted_agent=arrival.wanted_agent,
        queue=case.queue.id,
        priority=rung.priority,
        slots=case.queue.slots,
        width=rung.broadcast,
        only=case.nobody_else,
        others=tuple(_ask(need, arrival.language) for need in others),
    )


def _ask(need: Need, language: str) -> Ask:
    return Ask(language if need.language_level else None, need.language_level, need.skills)


def _agent(house: House, seat: Seat) -> Agent:
    staff = seat.staff
    return Agent(
        id=staff.id,
        desks=staff.desks,
        languages=staff.languages,
        skills=staff.skills,
        load=seat.load,
        capacity=seat.capacity,
        idle_s=house.at_s - seat.idle_since_s,
        room=_room(house, seat) if house.limited else NO_LIMITS,
        recent=house.recent(seat),
        taken=seat.taken,
    )


NO_LIMITS: Mapping[Id, int] = {}


def _room(house: House, seat: Seat) -> dict[Id, int]:
    limits = {queue.id: house.room(seat, queue) for queue in house.day.queues.values()}
    return {queue: room for queue, room in limits.items() if room is not None}
