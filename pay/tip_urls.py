from django.urls import path

from pay import tip_api as api

urlpatterns = [path("tickets/<uuid:ticket_id>/tip", api.Tip.as_view())]
