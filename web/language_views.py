"""Which language a person reads."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from agents.login import languages


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read all pages in this language from now on; who is logged in, on other devices too."""
    wanted, then = request.POST.get("language", ""), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(then, {request.get_host()}, request.is_secure()):
        then = "/"
    response = HttpResponseRedirect(then)
    if wanted in dict(settings.LANGUAGES) and check_for_language(wanted):
        languages.choose(request.user, wanted)
        languages.remember(response, wanted)
    return response
