from django.urls import path

from tickets import agent_aids_api as aids
from tickets import agent_api as api

urlpatterns = [
    path("tickets/<uuid:ticket_id>/messages", api.Messages.as_view()),
    path("ratings", api.Ratings.as_view()),
    path("tickets/<uuid:ticket_id>/contest", api.Contest.as_view()),
    path("tickets/<uuid:ticket_id>/read", api.Read.as_view()),
    path("tickets/<uuid:ticket_id>/baton", api.Baton.as_view()),
    path("tickets/<uuid:ticket_id>/resolve", api.Resolve.as_view()),
    path("tickets/<uuid:ticket_id>/wrapped", api.Wrapped.as_view()),
    path("tickets/<uuid:ticket_id>/extend", api.Extend.as_view()),
    path("tickets/<uuid:ticket_id>/release", api.Release.as_view()),
    path("tickets/<uuid:ticket_id>/transfer", api.Transfer.as_view()),
    path("tickets/<uuid:ticket_id>/notes", aids.Notes.as_view()),
    path("tickets/<uuid:ticket_id>/customer", aids.About.as_view()),
    path("tickets/<uuid:ticket_id>/history", aids.History.as_view()),
    path(
        "tickets/<uuid:ticket_id>/history/<uuid:earlier_id>/messages",
        aids.HistoryMessages.as_view(),
    ),
    path("canned-replies", aids.Canned.as_view()),
    path("canned-replies/<uuid:reply_id>", aids.OwnCanned.as_view()),
]
