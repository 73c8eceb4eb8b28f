"""Plays a day: a heap of moments, and what happens at each.

Whatever changes who waits or who is free asks for a wave `Rules.delay_s` later, and the wave is the
policy's to decide. Everything else is the house's own doing and the same for all policies: phones
ring, agents answer as `Behaviour` says, customers lose patience, conversations end, shifts change,
tickets climb their ladder. What production does on its tick happens on a tick here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop
from typing import Any, Protocol

from dispatch.matching.score import NEWCOMER_UNTIL
from dispatch.simulation.customers import Predictor
from dispatch.simulation.house import House, Seat
from dispatch.simulation.offers import Offers
from dispatch.simulation.results import Fate, Run, Work
from dispatch.simulation.types import Day, Pick, Rules, Shift

__all__ = ["Policy", "Predictor", "play"]


class Policy(Protocol):
    """Who gets what, and the rules that offers follow."""

    name: str
    rules: Rules

    def wave(self, house: House) -> Iterable[Pick]:
        """Offers to make now, in this order: each to an agent with room for it who is not cooling
        down for that ticket.
        """


def play(day: Day, policy: Policy, *, predict: Predictor | None = None, from_s: float = 0.0) -> Run:
    """Run `day` under `policy`; customers who come before `from_s` are left out of the figures.

    Deterministic, and independent of the order in which the day's arrivals and staff are listed.
    Raises ValueError if the policy makes an offer that is not allowed.
    """
    return _Game(day, policy, predict).run(from_s)


class _Game(Offers):
    def __init__(self, day: Day, policy: Policy, predict: Predictor | None) -> None:
        super().__init__(day, policy.rules, predict)
        self._policy = policy
        self._waves = 0

    def run(self, from_s: float) -> Run:
        """All of it."""
        house, end = self._house, self._day.end_s
        for one in sorted(self._day.staff, key=lambda one: one.id):
            for shift in one.shifts:
                self._at(shift.start_s, self._come, (house.seats[one.id], shift))
                self._at(shift.end_s, self._go, house.seats[one.id])
        arrivals = sorted(self._day.arrivals, key=lambda one: (one.at_s, one.id), reverse=True)
        while True:
            if arrivals and (not self._heap or arrivals[-1].at_s <= self._heap[0][0]):
                arrival = arrivals.pop()
                at, action, subject = arrival.at_s, self._arrive, arrival
            elif self._heap:
                at, _order, action, subject = heappop(self._heap)
            else:
                break
            if at > end:
                break
            house.at_s = at
            action(subject)
        house.at_s = end
        return self._close(from_s)

    def _wave(self, _subject: Any) -> None:
        self._stirred = False
        if not self._lined or not self._house.free:
            return
        self._waves += 1
        for pick in list(self._policy.wave(self._house)):
            self._offer(self._waiting[pick.ticket], self._house.seats[pick.agent])

    def _come(self, subject: tuple[Seat, Shift]) -> None:
        seat, shift = subject
        seat.capacity = shift.capacity
        self._turn(seat, on=True, paused=False)

    def _go(self, seat: Seat) -> None:
        self._turn(seat, on=False, paused=seat.paused)

    def _come_back(self, seat: Seat) -> None:
        if seat.paused:
            seat.missed_in_row = 0
            self._turn(seat, on=seat.on, paused=False)

    def _turn(self, seat: Seat, *, on: bool, paused: bool) -> None:
        at = self._house.at_s
        seat.account(at)
        if not seat.present and on and not paused:
            seat.idle_since_s = at
        seat.on, seat.paused = on, paused
        self._house.regard(seat)
        self._stir()

    def _close(self, from_s: float) -> Run:
        for case in list(self._waiting.values()):
            self._end_wait(case, Fate.WAITING, None)
        work = []
        for agent, seat in sorted(self._house.seats.items()):
            seat.account(self._house.at_s)
            work.append(
                Work(
                    agent=agent,
                    languages=tuple(sorted(seat.staff.languages)),
                    online_s=seat.online_s,
                    idle_s=seat.idle_s,
                    paid_s=seat.paid_s,
                    ring_s=seat.ring_s,
                    offers=seat.offers,
                    accepted=seat.accepted,
                    declined=seat.declined,
                    missed=seat.missed,
                    withdrawn=seat.withdrawn,
                    newcomer=seat.staff.taken is not None and seat.staff.taken < NEWCOMER_UNTIL,
                )
            )
        trips = sorted(self._trips.values(), key=lambda trip: (trip.at_s, trip.ticket))
        return Run(self._policy.name, tuple(trips), tuple(work), self._waves, from_s)
