from django.urls import path

from pay import earnings_api as api

urlpatterns = [
    path("earnings", api.EarningsView.as_view()),
    path("earnings/zone", api.EarningsZone.as_view()),
    path("quests/<int:quest_id>/join", api.JoinQuest.as_view()),
]
