"""Applying and proving the address."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from agents.models import Skill, User
from agents.onboarding import letters
from agents.onboarding.actions import applying, tidying
from agents.onboarding.models import Application, Letter
from core import clock, throttles
from core.problems import Problem
from tests.join.people import PASSWORD, about, address, applicant, apply, link_of, session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def patience(settings: Any) -> None:
    settings.RATE_LIMITS = False


def filled(**changes: Any) -> dict[str, Any]:
    """The form as somebody fills it in."""
    return {
        "name": "Nora", "email": address(), "country": "DE", "time_zone": "Europe/Berlin",
        "hours": "some", "times": ["evenings", "weekends"], "language-0": "en", "level-0": "4",
        "language-1": "de", "level-1": "3", "consent": "on", **changes,
    }  # fmt: skip


def test_the_landing_page_says_what_the_work_is_and_is_linked_where_people_come_in(
    client: Client,
) -> None:
    page = client.get("/join/").content.decode()
    for words in ("What it is not", "No fee, ever", "What we ask, and why", "/join/apply/"):
        assert words in page
    assert 'href="/join/"' in client.get("/").content.decode()
    assert 'href="/join/"' in client.get(reverse("account_login")).content.decode()


def test_an_applicant_proves_her_address_and_lands_where_she_stands(client: Client) -> None:
    skill = Skill.objects.create(slug="parcels", name="Parcels")
    form = filled(**{f"skill-{skill.pk}": "3"})
    answer = client.post("/join/apply/", form)
    assert answer.status_code == 302, answer.context["form"].errors
    assert form["email"] in client.get("/join/sent/").content.decode()
    assert not User.objects.filter(email=form["email"]).exists(), "nothing before it is proven"
    link = link_of(form["email"])
    assert "Choose a password" in client.get(link).content.decode()
    assert Application.objects.get(email=form["email"]).state == "unverified", "a look is no use"
    done = client.post(link, {"password": PASSWORD}, follow=True)
    assert done.redirect_chain == [("/join/status/", 302)]
    application = Application.objects.get(email=form["email"])
    assert application.state == "preparing"
    assert {row.code: row.level for row in application.languages.all()} == {"en": 4, "de": 3}
    assert {row.skill.slug: row.level for row in application.skills.all()} == {"parcels": 3}
    assert [row.now for row in application.log.all()] == ["preparing"]
    # Later she logs in as everybody does, and is led there.
    again = Client()
    landed = again.post(
        reverse("account_login"), {"login": form["email"], "password": PASSWORD}, follow=True
    )
    assert landed.redirect_chain[-1][0] == "/join/status/"
    assert again.get("/agent/").headers["Location"] == "/join/status/"


@pytest.mark.parametrize(
    ("field", "value", "at"),
    [
        ("name", "", "name"),
        ("name", "<b>Nora</b>", "name"),
        ("email", "nora", "email"),
        ("country", "XX", "country"),
        ("time_zone", "Mars/Base", "time_zone"),
        ("hours", "always", "hours"),
        ("times", [], "times"),
        ("times", ["noon"], "times"),
        ("language-0", "", "language-0"),
        ("language-0", "xx-klingon", "language-0"),
        ("level-0", "6", "level-0"),
        ("level-1", "", "level-1"),
        ("language-1", "en", "language-1"),
        ("consent", "", "consent"),
    ],
)
def test_a_form_that_is_not_right_says_where_and_keeps_what_was_typed(
    client: Client, field: str, value: Any, at: str
) -> None:
    form = filled(name="Nora Novak") if field != "name" else filled()
    page = client.post("/join/apply/", {**form, field: value})
    assert page.status_code == 400
    assert at in page.context["form"].errors
    if field != "name":
        assert "Nora Novak" in page.content.decode()
    assert not Application.objects.exists()


def test_applying_with_an_address_that_has_an_account_looks_the_same_and_changes_nothing(
    client: Client,
) -> None:
    known = applicant()
    fresh, taken = filled(), filled(email=known.email.upper())
    pages = []
    for form in (fresh, taken):
        assert client.post("/join/apply/", form).status_code == 302
        page = client.get("/join/sent/").content.decode()
        page = page.replace(form["email"], "").replace(form["email"].lower(), "")
        # A form's token is another each time.
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
    assert pages[0] == pages[1]
    letters.send()
    (told,) = (each for each in mail.outbox if "account already" in each.subject)
    assert told.to == [known.email]
    assert "/join/status/" in str(told.body)
    assert Application.objects.filter(email=known.email).count() == 1


def test_two_applications_of_one_address_become_one(client: Client) -> None:
    said = about()
    for _ in range(2):
        applying.apply(about=said, languages={"en": 3}, skills={})
    first, second = Application.objects.filter(email=said["email"])
    applying.confirm(applying.token_of(first.pk), PASSWORD)
    assert Application.objects.filter(email=said["email"]).count() == 1
    with pytest.raises(Problem) as refused:
        applying.confirm(applying.token_of(second.pk), PASSWORD)
    assert refused.value.status_code == 410


def test_a_link_works_once(client: Client) -> None:
    link = link_of(apply())
    assert client.post(link, {"password": PASSWORD}).status_code == 302
    client.logout()
    page = client.post(link, {"password": "another good password"})
    assert page.status_code == 410
    assert "has been used" in page.content.decode()


def test_a_link_ends(client: Client, settings: Any) -> None:
    email = apply()
    link = link_of(email)
    Application.objects.filter(email=email).update(link_until=clock.now() - timedelta(seconds=1))
    page = client.post(link, {"password": PASSWORD})
    assert page.status_code == 410
    assert "too old" in page.content.decode()
    assert not User.objects.filter(email=email).exists()


def test_a_link_that_was_changed_opens_nothing(client: Client) -> None:
    link = link_of(apply())
    other = Application.objects.get(email=apply())
    tail = link.split(":")[1]
    for forged in (link[:-3] + "x/", f"/join/confirm/{other.pk.hex}:{tail}", "/join/confirm/x/"):
        assert client.post(forged, {"password": PASSWORD}).status_code == 404
    assert not Application.objects.exclude(state="unverified").exists()


def test_somebody_elses_link_is_refused_to_who_is_signed_in() -> None:
    link = link_of(apply())
    nora = session(applicant())
    for page in (nora.get(link), nora.post(link, {"password": PASSWORD})):
        assert page.status_code == 403
        assert "another account" in page.content.decode()
    assert Application.objects.filter(state="unverified").count() == 1


def test_a_weak_password_is_refused_and_the_link_still_works(client: Client) -> None:
    link = link_of(apply())
    page = client.post(link, {"password": "12345678"})
    assert page.status_code == 400
    assert "id_password_error" in page.content.decode()
    assert client.post(link, {"password": PASSWORD}).status_code == 302


def test_a_user_without_an_application_applies_with_her_own_address() -> None:
    user = User.objects.create_user("una@example.com", PASSWORD)
    client = Client()
    client.force_login(user)
    assert client.post("/join/apply/", filled(email="else@example.com")).status_code == 302
    assert client.post(link_of("una@example.com")).headers["Location"] == "/join/status/"
    assert Application.objects.get(user=user).email == "una@example.com"
    assert client.get("/join/apply/").headers["Location"] == "/join/status/"


def test_applications_and_mails_are_bounded(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = True
    rates = {"join": "4/hour", "join-mail": "2/hour"}
    monkeypatch.setattr(throttles, "_rate", lambda scope: throttles.parse(rates[scope]))
    client.defaults["REMOTE_ADDR"] = "10.77.1.9"
    form = filled()
    for _ in range(4):
        assert client.post("/join/apply/", form).status_code == 302
    assert Letter.objects.filter(to=form["email"]).count() == 2, "no flood for one address"
    page = client.post("/join/apply/", filled())
    assert (page.status_code, "Retry-After" in page.headers) == (429, True)


def test_what_was_never_proven_is_forgotten() -> None:
    old, new = apply(), apply()
    Application.objects.filter(email=old).update(link_until=clock.now() - timedelta(days=9))
    tidying.forget_unproven()
    assert list(Application.objects.values_list("email", flat=True)) == [new]


def test_a_mail_that_the_server_does_not_take_is_tried_again_later(settings: Any) -> None:
    from tests import mailbox

    email = apply()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with mailbox.running() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        server.refuses[email] = "451 later"
        assert letters.send() == 0
        assert letters.send() == 0, "it waits"
        server.refuses.clear()
        Letter.objects.filter(to=email).update(not_before=clock.now())
        assert letters.send() == 1
        assert letters.send() == 0
    (sent,) = server.mails
    assert sent["To"] == email
    assert "/join/confirm/" in sent.get_content()
    assert Letter.objects.get(to=email).text == "", "the link is not kept"
