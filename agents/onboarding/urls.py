from django.urls import path

from agents.onboarding import api

urlpatterns = [
    path("attempts/<uuid:attempt_id>", api.AttemptView.as_view()),
    path("attempts/<uuid:attempt_id>/answers/<int:place>", api.AnswerView.as_view()),
    path("attempts/<uuid:attempt_id>/submit", api.SubmitView.as_view()),
]
