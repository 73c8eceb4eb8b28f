"""An agent's work as she sees it herself: figures to know by, never to be judged by."""

from dispatch.work.figures import MOST_DAYS, work

__all__ = ["MOST_DAYS", "work"]
