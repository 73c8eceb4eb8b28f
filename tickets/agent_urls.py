from django.urls import path

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
]
