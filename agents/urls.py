from django.urls import path

from agents import api, push_api
from agents.fairness import api as fairness

urlpatterns = [
    path("token", api.Token.as_view()),
    path("presence", api.PresenceView.as_view()),
    path("settings", api.SettingsView.as_view()),
    path("push", push_api.PushView.as_view()),
    path("push/subscriptions", push_api.Subscriptions.as_view()),
    path("push/subscriptions/<uuid:subscription_id>", push_api.Subscription.as_view()),
    path("push/subscriptions/<uuid:subscription_id>/test", push_api.PushTest.as_view()),
    path("suspension", fairness.SuspensionView.as_view()),
    path("suspension/appeal", fairness.AppealView.as_view()),
]
