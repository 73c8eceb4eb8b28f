"""Who may call what: every route of the API, every caller, other people's ids.

The routes come from the address table: a new one fails here until it is listed.
"""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from agents.models import User
from agents.onboarding.actions import testing
from dispatch import waves
from tests import phones
from tests.office import Caller, Office, some_id

# {method address: who owns what its id names}. "kim", "alice" and "nora" are the owners, "-" has no id.
ROUTES = {
    "POST chat/sessions": "anyone",
    "POST chat/tickets": "customer",
    "GET chat/tickets/<ticket_id>": "customer ticket",
    "GET chat/tickets/<ticket_id>/messages": "customer ticket",
    "POST chat/tickets/<ticket_id>/messages": "customer ticket",
    "POST chat/tickets/<ticket_id>/human": "customer ticket",
    "POST chat/tickets/<ticket_id>/later": "customer ticket",
    "POST chat/tickets/<ticket_id>/read": "customer ticket",
    "POST chat/tickets/<ticket_id>/close": "customer ticket",
    "POST chat/tickets/<ticket_id>/rating": "customer ticket",
    "GET chat/tickets/<ticket_id>/tip": "customer ticket",
    "POST chat/tickets/<ticket_id>/tip": "customer ticket",
    "POST agent/token": "anyone",
    "PUT agent/presence": "agent",
    "PUT agent/settings": "agent",
    "GET agent/push": "agent",
    "POST agent/push/subscriptions": "agent",
    "DELETE agent/push/subscriptions/<subscription_id>": "agent subscription",
    "POST agent/push/subscriptions/<subscription_id>/test": "agent subscription",
    "POST agent/push/answer": "anyone",
    "GET agent/suspension": "agent",
    "POST agent/suspension/appeal": "agent",
    "GET agent/ratings": "agent",
    "POST agent/tickets/<ticket_id>/contest": "agent rated",
    "GET agent/me": "agent",
    "GET agent/open-tickets": "agent",
    "POST agent/offers/<offer_id>/accept": "agent offer",
    "POST agent/offers/<offer_id>/decline": "agent offer",
    "POST agent/tickets/<ticket_id>/claim": "agent waiting",
    "GET agent/tickets/<ticket_id>/why": "agent ticket",
    "GET agent/decisions": "agent",
    "GET agent/work": "agent",
    "GET agent/shifts": "agent",
    "PUT agent/shifts": "agent",
    "GET agent/exports": "agent",
    "POST agent/exports": "agent",
    "GET agent/exports/<export_id>/file": "agent export",
    "GET agent/work-records": "agent",
    "POST agent/work-records": "agent",
    "POST agent/work-records/<record_id>/revoke": "agent record",
    "GET agent/earnings": "agent",
    "PUT agent/earnings/zone": "agent",
    "POST agent/quests/<int:quest_id>/join": "agent quest",
    "GET agent/payouts": "agent",
    "POST agent/payouts": "agent",
    "POST agent/payouts/<payout_id>/cancel": "agent payout",
    "PUT agent/payout-destination": "agent",
    "GET agent/statements": "agent",
    "GET agent/statements/file": "agent",
    "GET agent/tickets/<ticket_id>/messages": "agent ticket",
    "POST agent/tickets/<ticket_id>/messages": "agent ticket",
    "POST agent/tickets/<ticket_id>/read": "agent ticket",
    "PUT agent/tickets/<ticket_id>/baton": "agent ticket",
    "GET agent/tickets/<ticket_id>/notes": "agent ticket",
    "POST agent/tickets/<ticket_id>/notes": "agent ticket",
    "GET agent/tickets/<ticket_id>/customer": "agent ticket",
    "GET agent/tickets/<ticket_id>/history": "agent ticket",
    "GET agent/tickets/<ticket_id>/history/<earlier_id>/messages": "agent ticket",
    "GET agent/canned-replies": "agent",
    "POST agent/canned-replies": "agent",
    "PUT agent/canned-replies/<reply_id>": "agent reply",
    "DELETE agent/canned-replies/<reply_id>": "agent reply",
    "POST agent/tickets/<ticket_id>/resolve": "agent ticket",
    "POST agent/tickets/<ticket_id>/wrapped": "agent ticket",
    "POST agent/tickets/<ticket_id>/extend": "agent ticket",
    "POST agent/tickets/<ticket_id>/release": "agent ticket",
    "POST agent/tickets/<ticket_id>/transfer": "agent ticket",
    "GET join/attempts/<attempt_id>": "applicant attempt",
    "PUT join/attempts/<attempt_id>/answers/<int:place>": "applicant attempt",
    "POST join/attempts/<attempt_id>/submit": "applicant attempt",
}
# A body that would do, so that nothing but the caller is what is refused.
BODIES: dict[str, dict[str, Any]] = {
    "messages": {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a14", "text": "Hi"},
    "notes": {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a17", "text": "Be kind"},
    "canned-replies": {
        "client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a18",
        "shortcut": "hi",
        "text": "Hi",
    },
    "<reply_id>": {"shortcut": "bye", "text": "Bye"},
    "work-records": {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a19"},
    "exports": {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a20"},
    "shifts": {"weekly": [], "exceptions": []},
    "read": {"seq": 1},
    "later": {"email": "kim@example.com"},
    "rating": {"score": 5},
    "presence": {"presence": "paused"},
    "settings": {"auto_accept": True},
    "resolve": {"disposition": "solved"},
    "transfer": {"queue": "general"},
    "baton": {"promised": "A call back"},
    "tickets": {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a15", "text": "Hi"},
    "tip": {"amount": "2.00"},
    "appeal": {"text": "That was not me, and here is why."},
    "contest": {"text": "She rated the parcel, not the talk."},
    "zone": {"zone": "Europe/Berlin"},
    "payouts": {"client_id": "6f1f1c0e-8a51-4c9a-9c54-7f2b8e9f5a16", "currency": "EUR"},
    "payout-destination": {"holder": "Alice", "iban": "DE89 3704 0044 0532 0130 00"},
    "sessions": {"desk": "no-such-desk"},
    "subscriptions": {"endpoint": phones.ENDPOINT, "keys": phones.Phone().keys},
    "answer": {"token": "x", "answer": "shown"},
    "token": {"email": "a@example.com", "password": "x"},
    "<int:place>": {"answer": "a"},
}
METHODS = ("get", "post", "put", "patch", "delete")


def served() -> set[str]:
    """Every "METHOD address" under /api/v1/, from the address table."""

    def walk(resolver: URLResolver, prefix: str) -> set[str]:
        found = set()
        for entry in resolver.url_patterns:
            address = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                found |= walk(entry, address)
            elif isinstance(entry, URLPattern) and address.startswith("api/v1/"):
                short = address.removeprefix("api/v1/").replace("<uuid:", "<")
                view = entry.callback.cls  # type: ignore[attr-defined]
                found |= {f"{name.upper()} {short}" for name in METHODS if hasattr(view, name)}
        return found

    return walk(get_resolver(), "")


def test_every_route_is_listed_here_with_who_may_call_it() -> None:
    assert served() == set(ROUTES)


@pytest.fixture
def world_of_roles(office: Office, settings: Any) -> dict[str, Any]:
    """Kim talks with Alice, who is also offered Lee's ticket. Everybody else is a stranger."""
    settings.RATE_LIMITS = False
    from tests.factories import make_desk
    from tests.join.people import applicant, bank
    from tests.pay.test_payouts import ready
    from tests.pay.worlds import make_quest

    elsewhere = Office(make_desk())
    nora, olga = Caller(), Caller()
    tested = applicant(languages={"eo": 3})
    nora.client.force_login(tested.user)
    olga.client.force_login(applicant(languages={"eo": 3}).user)
    attempt = testing.start(tested.pk, bank("eo").pk)
    before = office.asks()
    before.ok("POST", f"{before.here}/close", {})
    kim, alice = office.talk(customer=before.customer)
    reply = {"shortcut": "x", "text": "X", "client_id": some_id()}
    ended = office.asks()
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})
    alice.ok("POST", f"/agent{ended.here[5:]}/resolve", {"disposition": "solved"})
    ended.ok("POST", f"{ended.here}/rating", {"score": 2}, 201)
    lee = office.asks()
    waves.run()
    supervisor = Caller()
    supervisor.client.force_login(User.objects.create_superuser("sam@example.com", "x"))
    return {
        "ids": {
            "ticket": str(kim.ticket.pk),
            "waiting": str(lee.ticket.pk),
            "rated": str(ended.ticket.pk),
            "offer": alice.offer()["id"],
            "quest": str(make_quest(office.desk).pk),
            "earlier": str(before.ticket.pk),
            "reply": alice.ok("POST", "/agent/canned-replies", reply, 201)["id"],
            "record": alice.ok("POST", "/agent/work-records", {"client_id": some_id()}, 201)["id"],
            "export": alice.ok("POST", "/agent/exports", {"client_id": some_id()}, 201)["id"],
            "payout": str(ready(alice.agent).pk),
            "subscription": alice.send(
                "POST", "/agent/push/subscriptions", body=phones.Phone().subscription
            ).json()["id"],
            "attempt": str(attempt.pk),
        },
        "callers": {
            "nobody": Caller(),
            "garbage": Caller("garbage"),
            "agent garbage": Caller("fda_garbage"),
            "kim": kim,
            "lee": lee,
            "alice": alice,
            "bob": elsewhere.works("Bob"),
            "customer elsewhere": elsewhere.asks(),
            "supervisor": supervisor,
            "nora": nora,
            "olga": olga,
        },
        "elsewhere": elsewhere,
    }


def expected(rule: str, caller: str) -> set[int]:
    """The statuses that this caller may get; an owner gets through to the rules (2xx or 409)."""
    through = {200, 201, 202, 204, 409}
    if rule == "anyone":
        return {401, 404}  # wrong password, unknown desk: never asked who calls
    side, _, what = rule.partition(" ")
    people = {
        "customer": ("kim", "lee", "customer elsewhere"),
        "agent": ("alice", "bob"),
        "applicant": ("nora", "olga"),
    }[side]
    if caller not in people:
        return {401}
    if not what:
        return through
    return through if caller == people[0] else {404}


@pytest.mark.parametrize(
    "caller",
    [
        "nobody",
        "garbage",
        "agent garbage",
        "customer elsewhere",
        "lee",
        "bob",
        "supervisor",
        "olga",
        "kim",
        "alice",
        "nora",
    ],
)
def test_each_caller_gets_what_the_matrix_says_and_strangers_change_nothing(
    world_of_roles: dict[str, Any], office: Office, caller: str
) -> None:
    from django.db import transaction

    for route, rule in ROUTES.items():
        method, address = route.split(" ")
        what = rule.partition(" ")[2]
        path = "/" + address.replace("<earlier_id>", world_of_roles["ids"]["earlier"])
        for name in (
            "<ticket_id>",
            "<offer_id>",
            "<payout_id>",
            "<int:quest_id>",
            "<subscription_id>",
            "<reply_id>",
            "<record_id>",
            "<attempt_id>",
            "<export_id>",
        ):
            path = path.replace(name, world_of_roles["ids"].get(what, ""))
        path = path.replace("<int:place>", "1")
        body = BODIES.get(address.rsplit("/", 1)[-1], {})
        before = office.rows()
        with transaction.atomic():
            answer = world_of_roles["callers"][caller].send(
                method, path, **({} if method == "GET" else {"body": body})
            )
            assert answer.status_code in expected(rule, caller), (route, answer.content)
            if answer.status_code in {401, 404}:
                assert office.rows() == before, route
            # Each route finds the world as it was.
            transaction.set_rollback(True)
