"""How long a waiting customer will still wait. Pure: production and the simulator share it.

The model is a fluid one. Whoever stands at `position` is answered once that many conversations, and
those of other lines that the same agents take first, have begun; free slots begin theirs at once,
and full ones as their conversations end, at a rate of slots / handle time (the queue-length
predictor of Ibrahim and Whitt, "Real-Time Delay Estimation Based on Delay History", 2009, widened by
lines that share agents and by ladders). What the model does not see, such as offers that are
declined, is learned: `factor` is what came true over what was predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FACTOR_RANGE = (0.25, 4.0)
"""A learned factor outside of this would be a fault of its input, not of the model."""

PRIOR = 10
"""So many predictions that came exactly true are assumed before the first was measured."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Who can serve a line once its tickets have waited `from_s`.

    `slots`: conversations its agents can have at a time, those of other lines included; `free` of
    these are free now. `rivals`: tickets of other lines that wait longer, each counted by the share
    of the agents who could take it that is also able to take this line's.
    """

    from_s: float
    slots: float
    free: float
    rivals: float = 0.0


def wait_s(
    stages: Sequence[Stage],
    *,
    position: int,
    waited_s: float,
    handle_s: float,
    pickup_s: float,
    factor: float = 1.0,
) -> float | None:
    """Expected seconds until a person answers the ticket at `position` (1 is next) of its line.

    `stages` in order of `from_s`, the first from 0; `handle_s` is the mean time that a conversation
    takes a slot, `pickup_s` the time from a free slot to the answer. None when nobody who could
    ever answer is there: no number would be honest.
    """
    now = max(index for index, stage in enumerate(stages) if stage.from_s <= waited_s or not index)
    at, way = 0.0, 1.0  # seconds from now, and the share of the way that is still to go then
    for index in range(now, len(stages)):
        stage = stages[index]
        ends = stages[index + 1].from_s - waited_s if index + 1 < len(stages) else float("inf")
        if stage.slots > 0:
            behind = max(0.0, position + stage.rivals - stage.free)
            whole = factor * behind * handle_s / stage.slots
            if at + way * whole <= ends:
                return at + way * whole + pickup_s
            way -= (ends - at) / whole
        at = ends
    return None


def learned(ratios: Sequence[float]) -> float:
    """The factor that recent predictions ask for: the median of true over predicted, pulled to 1
    while there are few of them."""
    if not ratios:
        return 1.0
    ordered = sorted(ratios)
    middle = ordered[len(ordered) // 2]
    pulled = (PRIOR + len(ordered) * middle) / (PRIOR + len(ordered))
    return min(FACTOR_RANGE[1], max(FACTOR_RANGE[0], pulled))
