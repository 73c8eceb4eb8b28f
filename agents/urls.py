from django.urls import path

from agents import api

urlpatterns = [
    path("token", api.Token.as_view()),
    path("presence", api.PresenceView.as_view()),
    path("settings", api.SettingsView.as_view()),
]
