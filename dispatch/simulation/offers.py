"""What becomes of offers in a played day: they ring, and are accepted, declined, missed or
withdrawn; and what becomes of the slots they took.
"""

from __future__ import annotations

from dispatch.simulation.customers import Customers
from dispatch.simulation.house import Case, Offer, Seat
from dispatch.simulation.moments import ROUNDING_S
from dispatch.simulation.results import Fate
from dispatch.simulation.types import Reply


class Offers(Customers):
    """From an offer to the slot that is free again."""

    def _offer(self, case: Case, seat: Seat) -> None:
        house, rules, at = self._house, self._rules, self._house.at_s
        agent = seat.staff.id
        slots = case.queue.slots
        if (
            agent not in house.free
            or seat.load + slots > seat.capacity
            or case.cool.get(agent, 0.0) > at
            or (case.nobody_else is None and agent not in case.line.able)
            or (case.nobody_else is not None and case.nobody_else != agent)
        ):
            raise ValueError(f"the policy offers {case.arrival.id} to {agent}")
        self._leave_line(case)
        seat.account(at)
        seat.load += slots
        seat.having[case.queue.id] += 1
        house.note_offer(seat)
        house.regard(seat)
        offer = Offer(case, seat, at)
        case.offers.append(offer)
        case.made += 1
        nth = case.met.get(agent, 0)
        case.met[agent] = nth + 1
        answer = self._day.behaviour.answer(case.arrival.id, agent, at, nth)
        bound, timeout = rules.delivery_bound_s, case.queue.offer_timeout_s
        replied = answer.delivered_s + answer.after_s
        if bound is not None and answer.delivered_s > bound:
            self._at(self._ticked(at + bound), self._withdraw, offer)
            return
        allowed = timeout if bound is None else answer.delivered_s + timeout
        if answer.reply is Reply.MISS or replied > allowed:
            self._at(self._ticked(at + allowed), self._miss, offer)
        elif answer.reply is Reply.ACCEPT:
            self._at(at + replied, self._accept, offer)
        else:
            self._at(at + replied, self._decline, offer)
        if case.queue.spacing_s:
            self._at(self._ticked(at + case.queue.spacing_s), self._regard, seat)

    def _accept(self, offer: Offer) -> None:
        if not offer.live:
            return
        offer.live = False
        seat, arrival, queue = offer.seat, offer.case.arrival, offer.case.queue
        at = self._house.at_s
        seat.missed_in_row = 0
        seat.accepted += 1
        seat.taken = None if seat.taken is None else seat.taken + 1
        self._house.regard(seat)
        seat.ring_s += queue.slots * (at - offer.made_s)
        seat.paid_s += queue.slots * min(arrival.handle_s, self._day.end_s - at)
        self._end_wait(offer.case, Fate.SERVED, offer)
        self._at(at + arrival.handle_s, self._wrap_up, offer)

    def _wrap_up(self, offer: Offer) -> None:
        queue = offer.case.queue
        offer.seat.having[queue.id] -= 1
        self._regard(offer.seat)
        if queue.wrap_up_s:
            self._at(self._ticked(self._house.at_s + queue.wrap_up_s), self._give_back, offer)
        else:
            self._give_back(offer)

    def _give_back(self, offer: Offer) -> None:
        """The slots of an offer or conversation are free again."""
        seat, at = offer.seat, self._house.at_s
        seat.account(at)
        seat.load -= offer.case.queue.slots
        if not seat.load:
            seat.idle_since_s = at
        self._house.regard(seat)
        self._stir()

    def _regard(self, seat: Seat) -> None:
        """There may be room again for a queue with a limit of its own."""
        self._house.regard(seat)
        self._stir()

    def _end_offer(self, offer: Offer) -> None:
        offer.live = False
        offer.case.offers.remove(offer)
        offer.seat.having[offer.case.queue.id] -= 1
        offer.seat.ring_s += offer.case.queue.slots * (self._house.at_s - offer.made_s)
        self._give_back(offer)

    def _refused(self, offer: Offer) -> None:
        """The ticket goes to somebody else, and not to this agent again for a while."""
        case, cool = offer.case, self._rules.cool_down_s
        self._end_offer(offer)
        case.nobody_else = None
        if cool:
            case.cool[offer.seat.staff.id] = self._house.at_s + cool
            self._at(self._ticked(self._house.at_s + cool + ROUNDING_S), self._stir, None)
        if not case.offers and not case.lined:
            self._line_up(case)

    def _withdraw(self, offer: Offer) -> None:
        """Her phone never drew it: nobody's fault."""
        if offer.live:
            offer.seat.withdrawn += 1
            self._refused(offer)

    def _decline(self, offer: Offer) -> None:
        if offer.live:
            offer.seat.declined += 1
            offer.seat.missed_in_row = 0
            offer.case.misses += 1
            self._refused(offer)

    def _miss(self, offer: Offer) -> None:
        if not offer.live:
            return
        seat, at = offer.seat, self._house.at_s
        seat.missed += 1
        seat.missed_in_row += 1
        offer.case.misses += 1
        if 0 < self._rules.missed_to_pause <= seat.missed_in_row and not seat.paused:
            seat.account(at)
            seat.paused = True
            self._at(at + self._day.behaviour.back_s(seat.staff.id, at), self._come_back, seat)
        self._refused(offer)
        self._house.regard(seat)

    def _come_back(self, seat: Seat) -> None:
        raise NotImplementedError
