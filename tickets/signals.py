"""News from this room. Received in one place: dispatch.receivers."""

from django.dispatch import Signal

# A ticket began to wait, or left the queue: somebody may be matched, and positions moved.
queue_changed = Signal()
# Tickets stopped waiting or being active without an offer being accepted: live offers are void.
ticket_withdrawn = Signal()
# An agent passed a conversation on to a supervisor: `ticket_id`, `by` (her name) and her `note`.
supervisor_wanted = Signal()
