from django.urls import path

from agents import api
from agents.fairness import api as fairness

urlpatterns = [
    path("token", api.Token.as_view()),
    path("presence", api.PresenceView.as_view()),
    path("settings", api.SettingsView.as_view()),
    path("suspension", fairness.SuspensionView.as_view()),
    path("suspension/appeal", fairness.AppealView.as_view()),
]
