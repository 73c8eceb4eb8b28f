"""The states of a ticket. "Offered" is not one: it is the existence of a live offer."""

from core.states import Machine

ASSISTANT, WAITING, ACTIVE = "assistant", "waiting", "active"
RESOLVED, ABANDONED = "resolved", "abandoned"
OPEN = (ASSISTANT, WAITING, ACTIVE)

TICKET = Machine(
    name="ticket",
    initial=(ASSISTANT, WAITING),
    transitions={
        ASSISTANT: {
            WAITING: "the customer asks for a human",
            RESOLVED: "the customer closes it",
        },
        WAITING: {
            ACTIVE: "an agent accepts or claims",
            RESOLVED: "a supervisor ends it",
            ABANDONED: "the customer closes it before a person came",
        },
        ACTIVE: {
            WAITING: "released, transferred, returned by a supervisor, or the agent was lost",
            RESOLVED: "the agent resolves, or the customer closes",
        },
        RESOLVED: {},
        ABANDONED: {},
    },
)

CONTESTED, ACCEPTED, REFUSED = "contested", "accepted", "refused"

CONTEST = Machine(
    name="contest",
    initial=(CONTESTED,),
    transitions={
        CONTESTED: {
            ACCEPTED: "a person finds the rating unfair: it counts for nothing",
            REFUSED: "a person finds that it stays, and says why",
        },
        ACCEPTED: {},
        REFUSED: {},
    },
)

# For the OpenAPI document, which names each enumeration once.
TICKET_CHOICES = TICKET.choices()
CONTEST_CHOICES = CONTEST.choices()
