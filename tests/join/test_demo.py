"""The demo shows the way in: a bank that can be drawn from, and somebody who waits."""

import pytest
from django.core.management import call_command

from agents.models import User
from agents.onboarding.models import Application, Blueprint, Question

pytestmark = pytest.mark.django_db


def test_the_demo_has_a_bank_and_an_applicant_who_waits_and_again_changes_nothing() -> None:
    User.objects.filter(email="nora@demo.flagdown.example").update(email="earlier@example.com")
    for _ in range(2):
        call_command("demo", "--json")
    waiting = Application.objects.get(state="waiting")
    assert waiting.name == "Nora"
    assert {str(each): each.state for each in waiting.attempts.all()} == {
        "en": "marking", "Payments": "done",
    }  # fmt: skip
    assert waiting.documents.count() == 1
    for blueprint in Blueprint.objects.all():
        there = Question.objects.filter(language=blueprint.language, skill=blueprint.skill)
        for kind, count in blueprint.counts.items():
            assert there.filter(kind=kind).count() >= count, (blueprint, kind)
    assert Question.objects.filter(language="en").count() >= 12
    assert Question.objects.filter(skill__slug="payments").count() >= 8
