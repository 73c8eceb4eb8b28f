"""Routes of the pages, included at the root."""

from django.urls import path

from web import agent_views, views
from web.join import steps
from web.join import views as join

urlpatterns = [
    path("", views.home, name="home"),
    path("chat/<slug:desk>/", views.chat, name="chat"),
    path("demo/", views.demo, name="demo"),
    path("widget.js", views.widget, name="widget"),
    path("agent/", agent_views.app, name="agent-app"),
    path("agent/decisions/", agent_views.decisions, name="agent-decisions"),
    path("agent/earnings/", agent_views.earnings, name="agent-earnings"),
    path("agent/manifest.webmanifest", agent_views.manifest, name="agent-manifest"),
    path("join/", join.landing, name="join"),
    path("join/apply/", join.apply, name="join-apply"),
    path("join/sent/", join.sent, name="join-sent"),
    path("join/confirm/<str:token>/", join.confirm, name="join-confirm"),
    path("join/status/", join.status, name="join-status"),
    path("join/hand-in/", join.hand_in, name="join-hand-in"),
    path("join/identity/", steps.document, name="join-document"),
    path("join/tests/<int:blueprint>/", steps.begin, name="join-begin"),
    path("join/tests/<uuid:attempt_id>/", steps.test, name="join-test"),
    path("join/tests/<uuid:attempt_id>/hand-in/", steps.submit, name="join-submit"),
    path("join/training/<slug:slug>/", steps.page, name="join-training"),
]
