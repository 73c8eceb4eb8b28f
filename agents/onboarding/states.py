"""Where an application and a test stand."""

from core.states import Machine

UNVERIFIED, PREPARING, WAITING = "unverified", "preparing", "waiting"
PROBATION, CERTIFIED, DECLINED = "probation", "certified", "declined"

APPLICATION = Machine(
    name="application",
    initial=(UNVERIFIED,),
    transitions={
        UNVERIFIED: {PREPARING: "the link in the mail was opened"},
        PREPARING: {
            WAITING: "all that is asked is there, and the applicant hands it in",
            DECLINED: "a reviewer declines, with reasons",
        },
        WAITING: {
            PREPARING: "a reviewer asks for another document, or no language was passed after all",
            PROBATION: "a reviewer admits to supervised conversations",
            DECLINED: "a reviewer declines, with reasons",
        },
        PROBATION: {
            CERTIFIED: "a reviewer has looked at enough conversations and certifies",
            DECLINED: "a reviewer declines, with reasons",
        },
        CERTIFIED: {},
        DECLINED: {PREPARING: "a reviewer opens it again"},
    },
)

RUNNING, MARKING, DONE = "running", "marking", "done"

ATTEMPT = Machine(
    name="test",
    initial=(RUNNING,),
    transitions={
        RUNNING: {MARKING: "handed in, or the time is over"},
        MARKING: {DONE: "every answer has its points; at once where no answer is free text"},
        DONE: {},
    },
)

ATTEMPT_CHOICES = ATTEMPT.choices()
