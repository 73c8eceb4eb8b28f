from django.urls import path

from dispatch import api
from dispatch.work import api as work

urlpatterns = [
    path("me", api.MeView.as_view()),
    path("offers/<uuid:offer_id>/accept", api.Accept.as_view()),
    path("offers/<uuid:offer_id>/decline", api.Decline.as_view()),
    path("push/answer", api.PushAnswered.as_view()),
    path("open-tickets", api.OpenTickets.as_view()),
    path("tickets/<uuid:ticket_id>/claim", api.Claim.as_view()),
    path("tickets/<uuid:ticket_id>/why", api.Why.as_view()),
    path("work", work.WorkView.as_view()),
    path("work-records", work.WorkRecords.as_view()),
    path("work-records/<uuid:record_id>/revoke", work.RevokeWorkRecord.as_view()),
    path("exports", work.Exports.as_view()),
    path("exports/<uuid:export_id>/file", work.ExportFile.as_view()),
    path("shifts", work.Shifts.as_view()),
    path("decisions", api.Decisions.as_view()),
]
