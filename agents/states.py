"""Presence: what an agent says of herself, and what the absence of her heartbeat says."""

from core.states import Machine

OFFLINE, ONLINE, PAUSED, FINISHING = "offline", "online", "paused", "finishing"

PRESENCE = Machine(
    name="presence",
    initial=(OFFLINE,),
    transitions={
        OFFLINE: {
            ONLINE: "goes online, or a lost agent is back",
            PAUSED: "a lost agent is back where she was",
            FINISHING: "a lost agent is back where she was",
        },
        ONLINE: {
            PAUSED: "pauses, with a reason; or offers ran out on her several times in a row",
            FINISHING: "finishes her conversations, then stops",
            OFFLINE: "goes offline, or no heartbeat for 60 s",
        },
        PAUSED: {
            ONLINE: "goes on",
            FINISHING: "finishes her conversations, then stops",
            OFFLINE: "goes offline, or no heartbeat for 60 s",
        },
        FINISHING: {
            ONLINE: "changes her mind",
            PAUSED: "pauses, with a reason",
            OFFLINE: "the last conversation ended, or no heartbeat for 60 s",
        },
    },
)

LOST = "lost"
MISSED = "missed"
FINISHED = "finished"

# For the OpenAPI document, which names each enumeration once.
PRESENCE_CHOICES = PRESENCE.choices()
