"""Queueing theory of a pooled house: every agent can answer every customer.

Nobody who splits his agents by language or skill can wait less on average, so this is the lower
bound for a policy, and the model behind staffing. Customers arrive as a Poisson process at `rate` a
second, handling takes `handle_s` on average and is exponential, and `slots` conversations run at a
time. Load in Erlang is a = rate * handle_s, and occupancy rho = a / slots.

Sources: Erlang 1917; Palm 1957; Cooper, Introduction to Queueing Theory (1981), chapter 3;
Garnett, Mandelbaum and Reiman, Designing a call center with impatient customers, M&SOM 4 (2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


def erlang_b(load: float, slots: int) -> float:
    """Share of customers who find all slots taken when nobody waits (M/M/N/N).

    B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)): the recursion of Jagerman (1974) and Cooper, which
    never overflows. Raises ValueError for a negative load or number of slots.
    """
    if not load >= 0 or slots < 0:
        raise ValueError(f"load {load} and slots {slots} must not be negative")
    blocked = 1.0
    for busy in range(1, slots + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


def erlang_c(load: float, slots: int) -> float:
    """Share of customers who have to wait when all do (M/M/N): C = B / (1 - rho (1 - B)).

    1 when the load is not below the slots: then the line grows for ever.
    """
    if load >= slots:
        return 1.0
    blocked = erlang_b(load, slots)
    return blocked / (1.0 - load / slots * (1.0 - blocked))


@dataclass(frozen=True, slots=True)
class Pooled:
    """M/M/N: waits in seconds when nobody leaves. All are infinite at occupancy 1 and above."""

    rate: float
    handle_s: float
    slots: int

    @property
    def load(self) -> float:
        """Erlang."""
        return self.rate * self.handle_s

    @property
    def occupancy(self) -> float:
        """Share of the slots in use."""
        return self.load / self.slots

    @property
    def waiting_share(self) -> float:
        """Share of customers who wait at all."""
        return erlang_c(self.load, self.slots)

    @property
    def mean_s(self) -> float:
        """Mean wait: C / (N mu - lambda), first come first served or any order that does not look
        at handling times.
        """
        return self.waiting_share * self._drain_s

    def percentile_s(self, share: float) -> float:
        """The wait that `share` of the customers don't exceed, first come first served: the tail is
        P(W > t) = C exp(-(N mu - lambda) t).
        """
        if not 0 < share < 1:
            raise ValueError(f"share {share} is not between 0 and 1")
        if self.load >= self.slots:
            return math.inf
        return max(0.0, math.log(self.waiting_share / (1.0 - share)) * self._drain_s)

    def within(self, limit_s: float) -> float:
        """Share answered within `limit_s`: the service level. 0 at occupancy 1 and above."""
        if self.load >= self.slots:
            return 0.0
        return 1.0 - self.waiting_share * math.exp(-max(0.0, limit_s) / self._drain_s)

    @property
    def _drain_s(self) -> float:
        """1 / (N mu - lambda): time constant of the line."""
        spare = self.slots / self.handle_s - self.rate
        return 1.0 / spare if spare > 0 else math.inf


SMALL = 1e-15
"""Numbers of customers less likely than this, against the likeliest one, are left out."""


@dataclass(frozen=True, slots=True)
class Impatient:
    """M/M/N+M, Erlang A: each waiting customer leaves after an exponential time of mean
    `patience_s`.

    From the birth-death chain's balance equations (Palm 1957): going up costs lambda, going down
    from k customers min(k, N) mu + max(0, k - N) theta. There is a steady state at any load.
    """

    rate: float
    handle_s: float
    slots: int
    patience_s: float

    @property
    def load(self) -> float:
        """Erlang, of those who leave too."""
        return self.rate * self.handle_s

    @property
    def waiting_share(self) -> float:
        """Share of customers who find all slots taken."""
        full, _line = self._chain()
        return full

    @property
    def abandoned(self) -> float:
        """Share of customers who leave unanswered: theta E[line] / lambda."""
        if not self.rate:
            return 0.0
        _full, line = self._chain()
        return line / (self.patience_s * self.rate)

    @property
    def mean_s(self) -> float:
        """Mean wait of all customers, those who leave included: E[line] / lambda (Little)."""
        return self.abandoned * self.patience_s

    @property
    def occupancy(self) -> float:
        """Share of the slots in use."""
        return self.rate * (1.0 - self.abandoned) * self.handle_s / self.slots

    def within(self, limit_s: float) -> float:
        """Share of all customers who are answered within `limit_s`.

        With k customers waiting ahead, hers is the (k + 1)th departure, at rates N mu + j theta for
        j = k, …, 0. So exp(-theta * wait) has the beta distribution with parameters N mu / theta
        and k + 1 (a product of uniform variables' powers, Johnson, Kotz and Balakrishnan 1995,
        chapter 25), and the customer must not have left before.
        """
        from scipy.special import betainc  # 0.2 s to import, and few need it

        weights = self._weights()
        free, full = weights[: self.slots], weights[self.slots :]
        served = math.fsum(free)
        if limit_s > 0:
            ratio = self.slots / self.handle_s * self.patience_s
            gone = -math.expm1(-limit_s / self.patience_s)
            for ahead, weight in enumerate(full):
                stays = ratio / (ratio + ahead + 1)
                served += weight * stays * float(betainc(ahead + 1, ratio + 1, gone))
        return served / math.fsum(weights)

    def _chain(self) -> tuple[float, float]:
        """Share of the time in which all slots are taken, and the mean number of waiting."""
        weights = self._weights()
        total, full = math.fsum(weights), weights[self.slots :]
        line = math.fsum(waiting * weight for waiting, weight in enumerate(full))
        return math.fsum(full) / total, line / total

    def _weights(self) -> list[float]:
        """How likely each number of customers in the house is, up to a factor.

        Up and down from the likeliest number, which has 1, until terms stop mattering: so that
        nothing overflows in a house of thousands.
        """
        service, leave = 1.0 / self.handle_s, 1.0 / self.patience_s

        def down(customers: int) -> float:
            waiting = max(0, customers - self.slots)
            return min(customers, self.slots) * service + waiting * leave

        likeliest = int(self.load)
        if self.load > self.slots:
            likeliest = self.slots + int((self.rate - self.slots * service) / leave)
        below = [1.0]
        for customers in range(likeliest, 0, -1):
            below.append(below[-1] * down(customers) / self.rate if self.rate else 0.0)
        above = [1.0]
        customers = likeliest
        while above[-1] > SMALL or customers <= self.slots:
            customers += 1
            above.append(above[-1] * self.rate / down(customers))
        return below[:0:-1] + above
