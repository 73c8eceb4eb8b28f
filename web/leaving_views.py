"""Leaving: what is erased, what stays, and two weeks to think again."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import APIException

from agents.models import Agent
from dispatch.work import erasure


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Ask for the deletion of one's account, or take that back."""
    agent = Agent.objects.filter(user_id=request.user.pk or 0).select_related("user").first()
    if agent is None:
        return render(request, "web/agent/no_agent.html", status=403)
    wrong = ""
    if request.method == "POST":
        wrong = _act(agent, request.POST.get("act", ""), request.POST.get("email", ""))
        if not wrong:
            return HttpResponseRedirect(reverse("account-leave"))
    about: dict[str, Any] = {
        "agent": agent,
        "wish": erasure.pending(agent.pk),
        "wrong": wrong,
        "days": erasure.GRACE.days,
    }
    return render(request, "web/account/leave.html", about, status=400 if wrong else 200)


def _act(agent: Agent, act: str, email: str) -> str:
    """Do it; what is wrong, in words."""
    if act == "keep":
        erasure.keep(agent.pk)
        return ""
    # Nobody types an address by accident.
    if email.strip().lower() != agent.user.email:
        return _(
            "Type your e-mail address as it stands above, so that nobody does this by accident."
        )
    try:
        erasure.ask(agent.pk)
    except APIException as refused:
        return str(refused.detail)
    return ""
