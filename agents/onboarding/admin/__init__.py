"""Reviewers' view: the queue of applications, tests taken, the bank of questions, the training."""

from agents.onboarding.admin.applications import ApplicationAdmin
from agents.onboarding.admin.attempts import AttemptAdmin
from agents.onboarding.admin.bank import BlueprintAdmin, QuestionAdmin
from agents.onboarding.admin.training import CheckAdmin, TrainingPageAdmin

__all__ = [
    "ApplicationAdmin",
    "AttemptAdmin",
    "BlueprintAdmin",
    "CheckAdmin",
    "QuestionAdmin",
    "TrainingPageAdmin",
]
