"""Work records for those who are shown one: the page that checks it, and the keys for who checks by herself."""

from datetime import UTC, datetime
from math import ceil

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core import throttles
from dispatch import why
from dispatch.work import keys, record

MOST_CHARS = 8192


@csrf_exempt  # a question that changes nothing, and whoever asks it has no session
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Say plainly whether a work record is ours and still counts, and what it says."""
    if request.method != "POST":
        return render(request, "web/verify.html")
    if wait_s := throttles.allow("verify", throttles.client_ip(request)):
        page = render(request, "web/verify.html", {"wait_s": ceil(wait_s)}, status=429)
        page["Retry-After"] = str(ceil(wait_s))
        return page
    text = request.POST.get("record", "").strip()
    # The whole link is as good as what stands behind its #.
    token = text.rpartition("#")[2]
    verdict = record.check(token) if len(token) <= MOST_CHARS else record.Verdict("invalid")
    said = verdict.says
    if said:
        said = {
            **said,
            "languages": [
                {"name": why.language_name(each["code"]), "level": each["level"]}
                for each in said["languages"]
            ],
            "issued": datetime.fromtimestamp(said["iat"], UTC),
            "since": datetime.fromisoformat(said["since"]),
            "until": datetime.fromisoformat(said["until"]),
        }
    return render(
        request,
        "web/verify.html",
        {"outcome": verdict.outcome if text else "", "says": said, "record": text[:MOST_CHARS]},
    )


@require_safe
@cache_control(max_age=300, public=True)
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys of work records."""
    answer = JsonResponse(keys.jwks(), content_type="application/jwk-set+json")
    # Anybody may check, from any page.
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
