from django.urls import path

from tickets import api

urlpatterns = [
    path("sessions", api.Sessions.as_view()),
    path("tickets", api.Tickets.as_view()),
    path("tickets/<uuid:ticket_id>", api.TicketDetail.as_view()),
    path("tickets/<uuid:ticket_id>/messages", api.Messages.as_view()),
    path("tickets/<uuid:ticket_id>/human", api.Human.as_view()),
    path("tickets/<uuid:ticket_id>/later", api.Later.as_view()),
    path("tickets/<uuid:ticket_id>/read", api.Read.as_view()),
    path("tickets/<uuid:ticket_id>/close", api.Close.as_view()),
    path("tickets/<uuid:ticket_id>/rating", api.Rate.as_view()),
]
