"""The states of a payout. Money is reserved from the request on, until it is paid or goes back."""

from core.states import Machine

REQUESTED, HELD, APPROVED, SENT = "requested", "held", "approved", "sent"
PAID, RETURNED, CANCELLED = "paid", "returned", "cancelled"
# The amount is neither the agent's to ask for again nor out of the house.
UNDER_WAY = (REQUESTED, HELD, APPROVED, SENT)

PAYOUT = Machine(
    name="payout",
    initial=(REQUESTED,),
    transitions={
        REQUESTED: {
            APPROVED: "a second person approves it",
            HELD: "finance holds it, with a reason",
            CANCELLED: "the agent or finance takes it back",
        },
        HELD: {
            REQUESTED: "finance releases it; it has to be approved then",
            CANCELLED: "the agent or finance takes it back",
        },
        APPROVED: {
            SENT: "it is in a bank file, or on its way to Stripe",
            HELD: "finance holds it, with a reason",
            CANCELLED: "finance takes it back",
        },
        SENT: {
            PAID: "the bank has booked it, or Stripe has taken it",
            RETURNED: "the bank or Stripe refused it; the amount is the agent's again",
        },
        PAID: {RETURNED: "the bank sent it back; the amount is the agent's again"},
        RETURNED: {},
        CANCELLED: {},
    },
)

# For the OpenAPI document, which names each enumeration once.
PAYOUT_CHOICES = PAYOUT.choices()
