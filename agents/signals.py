"""News from this room. Received in one place: dispatch.receivers."""

from django.dispatch import Signal

# An agent may now take more than a moment ago: she came online (then `came` names her), or a slot
# became free.
agent_available = Signal()
# An agent stopped being available. `lost` says that her line broke: no blame.
agent_gone = Signal()
# Finishing agents whose slots are all free: they are done, unless a conversation of theirs is idle.
agent_unloaded = Signal()
# An agent carries more than she can: offers that she has not answered go to others.
agent_overloaded = Signal()
