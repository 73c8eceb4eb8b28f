"""Routes of the pages, included at the root."""

from django.urls import path

from web import (
    account_views,
    agent_views,
    language_views,
    leaving_views,
    record_views,
    views,
)
from web.join import steps
from web.join import views as join

urlpatterns = [
    path("", views.home, name="home"),
    path("chat/<slug:desk>/", views.chat, name="chat"),
    path("verify/", record_views.verify, name="verify"),
    path(".well-known/jwks.json", record_views.jwks, name="jwks"),
    path("demo/", views.demo, name="demo"),
    path("widget.js", views.widget, name="widget"),
    path("account/leave/", leaving_views.leave, name="account-leave"),
    path("account/", account_views.security, name="account-security"),
    path("account/sessions/others/end", account_views.end_others, name="account-end-others"),
    path(
        "account/sessions/<int:session_id>/end",
        account_views.end_session,
        name="account-end-session",
    ),
    path("account/clients/<int:token_id>/end", account_views.end_client, name="account-end-client"),
    path("language/", language_views.language, name="language"),
    path("agent/", agent_views.app, name="agent-app"),
    path("agent/suspension/", agent_views.suspension, name="agent-suspension"),
    path("agent/ratings/", agent_views.ratings, name="agent-ratings"),
    path("agent/decisions/", agent_views.decisions, name="agent-decisions"),
    path("agent/desk/", agent_views.desk, name="agent-desk"),
    path("agent/work/", agent_views.work, name="agent-work"),
    path("agent/earnings/", agent_views.earnings, name="agent-earnings"),
    path("agent/reach/", agent_views.reach, name="agent-reach"),
    path("agent/sw.js", agent_views.worker, name="agent-worker"),
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
