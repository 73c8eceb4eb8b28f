"""The states of an offer. All but pending are final: an offer is decided once."""

from core.states import Machine

PENDING, ACCEPTED, DECLINED = "pending", "accepted", "declined"
EXPIRED, RESCINDED = "expired", "rescinded"

OFFER = Machine(
    name="offer",
    initial=(PENDING,),
    transitions={
        PENDING: {
            ACCEPTED: "the agent accepts in time",
            DECLINED: "the agent declines in time",
            EXPIRED: "the time to answer ran out after the phone had drawn it",
            RESCINDED: (
                "withdrawn without blame: a colleague took it, the customer or the agent left, "
                "or no phone drew it in time"
            ),
        },
        ACCEPTED: {},
        DECLINED: {},
        EXPIRED: {},
        RESCINDED: {},
    },
)

# For the OpenAPI document, which names each enumeration once.
OFFER_CHOICES = OFFER.choices()
