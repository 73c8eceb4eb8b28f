from django.urls import path

from pay import api

urlpatterns = [
    path("payouts", api.Payouts.as_view()),
    path("payouts/<uuid:payout_id>/cancel", api.Cancel.as_view()),
    path("payout-destination", api.DestinationView.as_view()),
    path("statements", api.Statements.as_view()),
    path("statements/file", api.StatementFile.as_view()),
]
