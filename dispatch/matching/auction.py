"""Who takes which ticket in a large wave: the auction algorithm, within a known distance of the
optimum.

Tickets that ask for the same thing bid together for as many slots as they still need, each slot
goes to the highest bid, and who is outbid bids again (Bertsekas 1988; for groups of equal bidders
Bertsekas and Castanon 1989). A bid goes up to what the best slot left out is worth, and a little
more: `EPSILON` of the spread of worths. All slots start free at price 0, so the final assignment is
worth at most that much per ticket less than the best one (more only after `PATIENCE`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.matching.columns import Floats, Ints, Longs
from dispatch.matching.left import NOBODY
from dispatch.matching.problem import Problem, Row
from dispatch.matching.prune import best_of

Picker = Callable[[Floats, Longs, Longs, Longs], tuple[Longs, Floats]]

EPSILON = 1 / 200
"""Largest loss per ticket, as a share of the spread between the best and the worst pair of the
wave.
"""

SPARE = 64
"""Slots in a group's short list beyond its number of tickets; longer lists are rebuilt less
often.
"""

BLOCK_CELLS = 2**19
"""Cells of a table in which short lists are cut by the block: 4 MB."""

PATIENCE = 300
"""Rounds after which bids get bolder by `HASTE` each round. Common waves need 30 to 300; a group
of slots that is exactly filled ends in a war over the last one, where small steps change
little and cost time.
"""

HASTE = 1.02

MOST_ROUNDS = 3_000
"""Rounds after which the tickets still bidding are left to the caller: a safeguard, not seen so
far.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`assigned` as in `serve`. `prices` per agent are of the cheapest slot, its extra cost
    included, and `rent` is what all slots have gained in price: with them anyone can bound the
    optimum by duality and so check the answer.
    """

    assigned: Ints
    prices: Floats
    rent: float
    rounds: int


def epsilon(problem: Problem, share: float = EPSILON) -> float:
    """Largest loss per ticket in score units; positive even if all pairs are worth the same."""
    rows = {id(row): row.worth for row in problem.rows if len(row.agents)}
    if not rows:
        return share
    worth = np.concatenate(list(rows.values()))
    steps = problem.step * np.maximum(0, problem.slots - 1)
    return share * (float(worth.max() - worth.min() + steps.max()) or 1.0)


def auction(
    problem: Problem,
    tickets: Ints,
    share: float = EPSILON,
    patience: int = PATIENCE,
    rounds: int | None = None,
) -> Outcome:
    """Assign `tickets` (row numbers) for the best total worth.

    They must be servable together, or it goes on for all of `rounds` (`MOST_ROUNDS` if None) and
    some of them have nobody.
    """
    market = _Market(problem, tickets, share)
    most = MOST_ROUNDS if rounds is None else rounds
    done = 0
    while done < most and market.round():
        done += 1
        if done > patience:
            market.hurry()
    market.settle()
    return Outcome(market.assigned(len(problem.rows)), market.cheapest(), market.rent(), done)


class _Market:
    def __init__(self, problem: Problem, tickets: Ints, share: float) -> None:
        spread = epsilon(problem, 1.0)
        self._epsilon = share * spread
        groups: dict[int, list[int]] = {}
        for ticket in tickets.tolist():
            groups.setdefault(id(problem.rows[ticket]), []).append(ticket)
        self._members = list(groups.values())
        self._rows = [problem.rows[members[0]] for members in self._members]
        self._want = np.array([len(members) for members in self._members], dtype=np.int64)
        self._first = np.concatenate(([0], np.cumsum(problem.slots, dtype=np.int64)))
        total = int(self._first[-1])
        self._agent = np.repeat(np.arange(len(problem.slots)), problem.slots)
        nth = np.arange(total) - self._first[self._agent]
        self._ask = nth * problem.step[self._agent]
        self._reserve = self._ask.copy()
        self._dearest = float(self._ask.max(initial=0.0)) + spread
        self._low: Floats | None = None
        self._owner = np.full(total, NOBODY, dtype=np.int64)
        self._value = np.zeros(total)
        self._slots = problem.slots.astype(np.int64)
        self._offered = _offered(self._rows, self._slots)
        size = [
            min(SPARE + len(members), most)
            for members, most in zip(self._members, self._offered, strict=True)
        ]
        self._from = np.concatenate(([0], np.cumsum(size, dtype=np.int64)))
        self._slot = np.zeros(int(self._from[-1]), dtype=np.int64)
        self._worth = np.zeros(len(self._slot))
        self._outside = np.full(len(size), -np.inf)
        self._shortlists(size)

    def hurry(self) -> None:
        """Raise the least increase of a bid, at the cost of as much accuracy for whoever still
        bids.
        """
        self._epsilon *= HASTE

    def round(self) -> bool:
        """All groups in need bid once; False if there is none."""
        groups = np.flatnonzero(self._want)
        if not len(groups):
            return False
        single = self._want[groups] == 1
        bids = [
            self._bids(some, pick)
            for some, pick in ((groups[single], _best), (groups[~single], _sorted))
            if len(some)
        ]
        group, slot, value, limit = (np.concatenate(column) for column in zip(*bids, strict=True))
        if len(slot):
            self._award(group, slot, value, value - limit + self._epsilon)
        return True

    def _bids(self, groups: Longs, pick: Picker) -> tuple[Longs, Longs, Floats, Floats]:
        start = self._from[groups]
        sizes = self._from[groups + 1] - start
        begin = np.cumsum(sizes) - sizes
        who = np.repeat(np.arange(len(groups)), sizes)
        at = np.arange(len(who)) + (start - begin)[who]
        slot = self._slot[at]
        net = self._worth[at] - self._ask[slot]
        # Equal tickets don't outbid each other, or a queue of like ones would raise prices for
        # nothing.
        net[self._owner[slot] == groups[who]] = -np.inf
        chosen, level = pick(net, begin, who, self._want[groups])
        stale = level < self._outside[groups]
        for group in groups[stale].tolist():
            self._shortlist(group)
        chosen = chosen[~stale[who[chosen]] & np.isfinite(net[chosen])]
        # A group with no slot left out has no limit: it bids more than any alternative can be
        # worth.
        cheapest = net[chosen] - self._dearest
        limit = np.where(np.isneginf(level)[who[chosen]], cheapest, level[who[chosen]])
        return groups[who[chosen]], slot[chosen], self._worth[at[chosen]], limit

    def _award(self, group: Longs, slot: Longs, value: Floats, bid: Floats) -> None:
        order = np.lexsort((-group, bid, slot))
        last = np.append(slot[order][1:] != slot[order][:-1], True)[: len(order)]
        best = order[last]
        winner, won = group[best], slot[best]
        loser = self._owner[won]
        np.add.at(self._want, loser[loser != NOBODY], 1)
        np.subtract.at(self._want, winner, 1)
        self._owner[won] = winner
        self._value[won] = value[best]
        self._ask[won] = bid[best]
        self._low = None

    def settle(self) -> None:
        """Let all slots of a group leave it the same gain, as if its tickets had bid for them.

        They did not bid against each other, so the prices among them say nothing; raised to what
        the least of them leaves, they prove as much about the answer as those between groups.
        """
        taken = np.flatnonzero(self._owner != NOBODY)
        group, value = self._owner[taken], self._value[taken]
        gain = np.full(len(self._members), np.inf)
        np.minimum.at(gain, group, value - self._ask[taken])
        self._ask[taken] = value - gain[group]

    def _shortlists(self, sizes: Sequence[int]) -> None:
        """All short lists at the outset. Most groups are a single ticket: these go by the block."""
        offered = self._offered
        usual = SPARE + 1
        singles = [
            group
            for group, size in enumerate(sizes)
            if size == usual < offered[group] <= BLOCK_CELLS
        ]
        for group in set(range(len(sizes))).difference(singles):
            self._shortlist(group, outset=True)
        # Lists of like length go together, so that little of a block is padding.
        singles.sort(key=offered.__getitem__, reverse=True)
        while singles:
            count = max(1, BLOCK_CELLS // offered[singles[0]])
            self._block(np.array(singles[:count]), usual)
            del singles[:count]

    def _block(self, groups: Longs, size: int) -> None:
        """`_shortlist` for many groups at once, all of them cut to `size`."""
        # The first slots cost nothing extra, so here the best agents are known by worth alone.
        rows = [best_of(self._rows[group], size + 1) for group in groups.tolist()]
        agents = np.concatenate([row.agents for row in rows])
        counts = np.minimum(self._slots[agents], size + 1)
        ends = np.cumsum(counts)[np.cumsum([len(row.agents) for row in rows]) - 1]
        lengths = np.diff(ends, prepend=0)
        slot, worth = self._offers(agents, np.concatenate([row.worth for row in rows]), counts)
        net = np.full((len(rows), int(lengths.max())), -np.inf)
        net[np.arange(net.shape[1]) < lengths[:, None]] = worth - self._ask[slot]
        split = np.argsort(-net, axis=1, kind="stable")
        each = np.arange(len(rows))
        self._outside[groups] = net[each, split[:, size]]
        begin = np.cumsum(lengths) - lengths
        chosen = (np.sort(split[:, :size], axis=1) + begin[:, None]).ravel()
        target = (self._from[groups][:, None] + np.arange(size)).ravel()
        self._slot[target], self._worth[target] = slot[chosen], worth[chosen]

    def _offers(self, agents: Ints, worth: Floats, counts: Longs) -> tuple[Longs, Floats]:
        """The first `counts` slots of these agents, and the agent's worth for them."""
        slot = np.repeat(self._first[agents] - (np.cumsum(counts) - counts), counts)
        slot += np.arange(len(slot))
        return slot, np.repeat(worth, counts)

    def _shortlist(self, group: int, *, outset: bool = False) -> None:
        """The slots worth most to a group at today's prices; `_outside` is the best of the rest.

        At the outset an agent's slots cost more from one to the next, so no list needs more of hers
        than it is long.
        """
        row: Row = self._rows[group]
        begin, end = int(self._from[group]), int(self._from[group + 1])
        size = end - begin
        agents, each = row.agents, row.worth
        if len(agents) > size + 1:
            # Nor does it need more agents: by the best slot of each.
            best = np.argpartition(self._lowest()[agents] - each, size)[: size + 1]
            best.sort()
            agents, each = agents[best], each[best]
        counts = self._slots[agents]
        if outset:
            counts = np.minimum(counts, size + 1)
        slot, worth = self._offers(agents, each, counts)
        if size < len(slot):
            net = worth - self._ask[slot]
            # A merge sort: an agent's slots mostly come in order, which makes it quicker than to
            # partition.
            split = np.argsort(-net, kind="stable")
            self._outside[group] = net[split[size]]
            chosen = np.sort(split[:size])
            slot, worth = slot[chosen], worth[chosen]
        self._slot[begin:end], self._worth[begin:end] = slot, worth

    def assigned(self, tickets: int) -> Ints:
        """Agent per ticket: within a group the earlier ticket gets the earlier agent."""
        found = np.full(tickets, NOBODY, dtype=np.int32)
        taken = np.flatnonzero(self._owner != NOBODY)
        place = [0] * len(self._members)
        for slot, group in zip(taken.tolist(), self._owner[taken].tolist(), strict=True):
            found[self._members[group][place[group]]] = self._agent[slot]
            place[group] += 1
        return found

    def cheapest(self) -> Floats:
        """Lowest price of a slot of each agent; infinite without any."""
        found = np.full(len(self._slots), np.inf)
        some = np.flatnonzero(self._slots)
        if len(some):
            found[some] = np.minimum.reduceat(self._ask, self._first[some])
        return found

    def _lowest(self) -> Floats:
        """`cheapest` at today's prices, worked out once a round."""
        if self._low is None:
            self._low = self.cheapest()
        return self._low

    def rent(self) -> float:
        """What the bids have added to the prices of all slots together."""
        return float((self._ask - self._reserve).sum())


def _offered(rows: Sequence[Row], slots: Longs) -> list[int]:
    """How many slots the agents of each row have together."""
    if not rows:
        return []
    ends = np.cumsum([0, *(len(row.agents) for row in rows)])
    total = np.cumsum(slots[np.concatenate([row.agents for row in rows])])
    counts: list[int] = np.diff(np.concatenate(([0], total))[ends]).tolist()
    return counts


def _best(net: Floats, begin: Longs, who: Longs, want: Longs) -> tuple[Longs, Floats]:
    """For segments that want one: where the best is, and how good the second best is."""
    best = np.maximum.reduceat(net, begin)
    tied = np.flatnonzero(net == best[who])
    chosen = tied[np.append(True, who[tied][1:] != who[tied][:-1])]
    rest = net.copy()
    rest[chosen] = -np.inf
    return chosen, np.asarray(np.maximum.reduceat(rest, begin))


def _sorted(net: Floats, begin: Longs, who: Longs, want: Longs) -> tuple[Longs, Floats]:
    """For segments that want several: where these are, and how good the first one left out is."""
    order = np.lexsort((-net, who))
    rank = np.arange(len(who)) - begin[who]
    sizes = np.diff(np.append(begin, len(who)))
    level = np.where(want < sizes, net[order[begin + np.minimum(want, sizes - 1)]], -np.inf)
    return order[rank < want[who]], level
