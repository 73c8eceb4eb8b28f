"""Applications, the bank of questions, tests taken, the training, and supervised conversations."""

from agents.onboarding.models.applications import (
    Application,
    ApplicationLanguage,
    ApplicationLog,
    ApplicationSkill,
    Decision,
    Document,
    DocumentView,
    Letter,
    Supervised,
)
from agents.onboarding.models.attempts import Attempt, AttemptItem, AttemptLog
from agents.onboarding.models.bank import KINDS, Blueprint, Option, Question
from agents.onboarding.models.training import Check, CheckOption, TrainingDone, TrainingPage

__all__ = [
    "KINDS",
    "Application",
    "ApplicationLanguage",
    "ApplicationLog",
    "ApplicationSkill",
    "Attempt",
    "AttemptItem",
    "AttemptLog",
    "Blueprint",
    "Check",
    "CheckOption",
    "Decision",
    "Document",
    "DocumentView",
    "Letter",
    "Option",
    "Question",
    "Supervised",
    "TrainingDone",
    "TrainingPage",
]
