"""What customers do in a played day: come, wait, climb the ladder, lose patience."""

from __future__ import annotations

import math
from collections.abc import Callable

from dispatch.matching.types import Id
from dispatch.simulation.house import Case, House, Offer
from dispatch.simulation.moments import ROUNDING_S, Moments
from dispatch.simulation.results import Fate, Trip
from dispatch.simulation.types import Arrival, Day, Rules
from tickets.ladder import due

Predictor = Callable[[House, Case], float | None]
"""What a customer who just came is told: the expected wait in seconds, or None where no number
would be honest. It sees the house as it is, the customer already in line.
"""


class Customers(Moments):
    """From a ticket's arrival to the end of its wait."""

    def __init__(self, day: Day, rules: Rules, predict: Predictor | None) -> None:
        super().__init__(day, rules)
        self._predict = predict
        self._trips: dict[Id, Trip] = {}

    def _arrive(self, arrival: Arrival) -> None:
        house, queue = self._house, self._day.queues[arrival.queue]
        case = Case(arrival, queue, house.line(arrival.queue, arrival.language, 0))
        self._waiting[arrival.id] = case
        case.line.waiting += 1
        asked_for = arrival.wanted_agent
        if asked_for is None:
            asked_for = arrival.previous_agent
        if self._rules.first_refusal and queue.same_agent_s and house.present([asked_for]):
            case.nobody_else = asked_for
            self._at(self._ticked(house.at_s + queue.same_agent_s), self._open_up, case)
        if math.isfinite(arrival.patience_s):
            self._at(arrival.at_s + arrival.patience_s, self._lose_patience, case)
        if self._rules.ladder:
            for step in queue.steps:
                self._at(self._ticked(arrival.at_s + step.after_s), self._climb, case)
        self._line_up(case)
        if self._predict is not None:
            case.predicted_s = self._predict(house, case)

    def _line_up(self, case: Case) -> None:
        case.lined = True
        self._lined += 1
        if case.nobody_else is None:
            case.line.add(case)
        else:
            self._house.asked[case.arrival.id] = case
        self._stir()

    def _leave_line(self, case: Case) -> None:
        if case.lined:
            case.lined = False
            self._lined -= 1
            if self._house.asked.pop(case.arrival.id, None) is None:
                case.line.remove(case)

    def _open_up(self, case: Case) -> None:
        """The first refusal is over: others may have the ticket too."""
        if case.waiting:
            lined = case.lined
            self._leave_line(case)
            case.nobody_else = None
            if lined:
                self._line_up(case)

    def _climb(self, case: Case) -> None:
        if not case.waiting:
            return
        house, steps = self._house, case.queue.steps
        height = due(steps, house.at_s - case.arrival.at_s + ROUNDING_S)
        line = house.line(case.arrival.queue, case.arrival.language, height)
        while 0 < height < len(steps) and steps[height - 1].skip_if_nobody:
            if house.present(line.able):
                break
            height += 1
            line = house.line(case.arrival.queue, case.arrival.language, height)
        if height <= case.line.height:
            return
        lined = case.lined
        self._leave_line(case)
        case.line.waiting -= 1
        line.waiting += 1
        case.line = line
        if lined:
            self._line_up(case)

    def _lose_patience(self, case: Case) -> None:
        if case.waiting:
            self._end_wait(case, Fate.ABANDONED, None)

    def _end_wait(self, case: Case, fate: Fate, taken: Offer | None) -> None:
        """The ticket waits no more (or the day is over): write down how it went."""
        self._leave_line(case)
        case.waiting = False
        case.line.waiting -= 1
        arrival, at = case.arrival, self._house.at_s
        if taken is not None:
            case.served_after_s = at - arrival.at_s
        del self._waiting[arrival.id]
        for offer in list(case.offers):
            if offer is not taken:
                self._end_offer(offer)
                offer.seat.withdrawn += fate is not Fate.WAITING
        self._trips[arrival.id] = Trip(
            ticket=arrival.id,
            queue=arrival.queue,
            language=arrival.language,
            at_s=arrival.at_s,
            service_level_s=case.queue.service_level_s,
            fate=fate,
            wait_s=at - arrival.at_s,
            queued_s=(taken.made_s if taken else at) - arrival.at_s,
            agent=taken.seat.staff.id if taken else None,
            offers=case.made,
            misses=case.misses,
            rung=case.line.height,
            predicted_s=case.predicted_s,
        )

    def _end_offer(self, offer: Offer) -> None:
        raise NotImplementedError
