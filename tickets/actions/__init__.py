"""Writing tickets. Every function is one transaction, or one statement, and one decision."""

from tickets.actions.contesting import contest, decide_contest
from tickets.actions.conversation import (
    post_as_agent,
    post_as_customer,
    read_as_agent,
    read_as_customer,
)
from tickets.actions.idle import rest_idle
from tickets.actions.later import answer_later, mail_answers
from tickets.actions.leaving import return_of_leaving, return_of_lost
from tickets.actions.moves import close, release, resolve, send_back, transfer
from tickets.actions.notes import post_note
from tickets.actions.opening import ask_human, open_or_continue, open_ticket, start_session
from tickets.actions.ownership import draft_baton, hand_over_silent, nudge_silent
from tickets.actions.rating import Rated, rate
from tickets.actions.taking import assign, lock, taken, taking
from tickets.actions.taking import select as select_taken
from tickets.actions.telling import tell_customers, tell_standings
from tickets.actions.wrap_up import (
    end_wrap_ups,
    end_wrap_ups_of,
    extend_wrap_up,
    finish_unloaded,
    wrapped,
)

__all__ = [
    "Rated",
    "answer_later",
    "ask_human",
    "assign",
    "close",
    "contest",
    "decide_contest",
    "draft_baton",
    "end_wrap_ups",
    "end_wrap_ups_of",
    "extend_wrap_up",
    "finish_unloaded",
    "hand_over_silent",
    "lock",
    "mail_answers",
    "nudge_silent",
    "open_or_continue",
    "open_ticket",
    "post_as_agent",
    "post_as_customer",
    "post_note",
    "rate",
    "read_as_agent",
    "read_as_customer",
    "release",
    "resolve",
    "rest_idle",
    "return_of_leaving",
    "return_of_lost",
    "select_taken",
    "send_back",
    "start_session",
    "taken",
    "taking",
    "tell_customers",
    "tell_standings",
    "transfer",
    "wrapped",
]
