"""A suspension is in force until a person lifts it or its time is over; an appeal is decided once."""

from core.states import Machine

IN_FORCE, LIFTED, OVER = "in_force", "lifted", "over"

SUSPENSION = Machine(
    name="suspension",
    initial=(IN_FORCE,),
    transitions={
        IN_FORCE: {
            LIFTED: "a person lifts it, on appeal or without one",
            OVER: "its time was over when somebody looked at her again",
        },
        LIFTED: {},
        OVER: {},
    },
)

OPEN, UPHELD, GRANTED, SETTLED = "open", "upheld", "granted", "settled"

APPEAL = Machine(
    name="appeal",
    initial=(OPEN,),
    transitions={
        OPEN: {
            UPHELD: "another person decides, in writing, that the suspension stays",
            GRANTED: "another person decides, in writing, that it was wrong",
            SETTLED: "the suspension was lifted before it was decided",
        },
        UPHELD: {},
        GRANTED: {},
        SETTLED: {},
    },
)

# For the OpenAPI document, which names each enumeration once.
SUSPENSION_CHOICES = SUSPENSION.choices()
APPEAL_CHOICES = APPEAL.choices()
