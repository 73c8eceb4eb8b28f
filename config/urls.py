from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.docs import ApiDocs, Schema
from dispatch import health

handler400, handler403, handler404, handler500 = (
    "core.problems.handler400",
    "core.problems.handler403",
    "core.problems.handler404",
    "core.problems.handler500",
)

# One log-in for all, with its limits on guessing.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("api/v1/chat/", include("tickets.urls")),
    path("api/v1/chat/", include("pay.tip_urls")),
    path("api/v1/agent/", include("agents.urls")),
    path("api/v1/agent/", include("tickets.agent_urls")),
    path("api/v1/agent/", include("dispatch.urls")),
    path("api/v1/agent/", include("pay.urls")),
    path("api/v1/agent/", include("pay.earnings_urls")),
    path("api/v1/join/", include("agents.onboarding.urls")),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/docs/", ApiDocs.as_view(), name="api-docs"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    # One page shows what the package would spread over several; an e-mail address is a supervisor's
    # to change.
    *(
        path(f"accounts/{page}/", RedirectView.as_view(pattern_name="account-security"))
        for page in ("2fa", "2fa/webauthn", "sessions", "email")
    ),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("web.urls")),
]
