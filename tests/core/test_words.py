"""Every text of the pages in every language: there, whole, and with its places."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, ngettext, override

from agents.models import User
from tests.factories import PASSWORD
from tests.office import Office
from web.translating import files, finding

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_in_all_its_forms_with_its_places(language: str) -> None:
    texts = finding.found()
    assert len(texts) > 1000
    assert list(files.complaints(language, texts)) == []


def test_a_gap_a_lost_place_and_a_text_of_nowhere_are_seen(monkeypatch: Any) -> None:
    texts = finding.found()
    catalogue = files.read("de")
    monkeypatch.setattr(files, "read", lambda language: catalogue)
    greeting = finding.Text("", "Hello {name}", "")
    texts[greeting] = ["web/nowhere.html"]
    assert ["'Hello {name}'" in line for line in files.complaints("de", texts)] == [True]
    catalogue.add("Hello {name}", "Hallo {nome}")
    assert "not ['{name}']" in next(files.complaints("de", texts))
    catalogue.get("Hello {name}").string = "Hallo {name}"
    assert list(files.complaints("de", texts)) == []
    del texts[greeting]
    assert "in no source" in next(files.complaints("de", texts))


def test_texts_are_found_wherever_they_stand(tmp_path: Any, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    page = tmp_path / "web" / "templates" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '{% load i18n %}{% trans "One" %}<a title="{% trans \'Two\' context "of a page" %}">'
        "{% blocktrans count n=3 %}{{ n }} thing{% plural %}{{ n }} things{% endblocktrans %}"
        "{% blocktrans with a=b %}It's {{ a }} (100 %){% endblocktrans %}{# {% trans 'No' %} #}"
    )
    module = tmp_path / "core" / "words.py"
    module.parent.mkdir()
    module.write_text(
        "_('Three')\npgettext_lazy('place', 'Four')\nplural('a', 'b')\n_(name)\n_(f'{x}')\n"
    )
    found = finding.found()
    assert set(found) == {
        finding.Text("", "One", ""),
        finding.Text("of a page", "Two", ""),
        finding.Text("", "%(n)s thing", "%(n)s things"),
        finding.Text("", "It's %(a)s (100 %%)", ""),
        finding.Text("", "Three", ""),
        finding.Text("place", "Four", ""),
        finding.Text("", "a", "b"),
    }


def test_plurals_follow_each_languages_own_rule() -> None:
    def says(language: str, *numbers: int) -> list[str]:
        with override(language):
            return [ngettext("{n} unread", "{n} unread", n) for n in numbers]

    assert len(set(says("pl", 1, 2, 5))) >= 2
    assert len(set(says("ar", 1, 2, 3, 11, 100))) >= 3
    with override("de"):
        assert gettext("Accept") != "Accept"


def test_a_person_reads_her_language_on_every_device_and_supervisors_read_english(
    office: Office, static_files: None
) -> None:
    alice = office.agent("Alice")
    browser = Client(headers={"Accept-Language": "fr"})
    page = browser.get("/accounts/login/").content.decode()
    assert '<html lang="fr"' in page
    answer = browser.post("/language/", {"language": "ar", "next": "/accounts/login/"})
    assert answer.headers["Location"] == "/accounts/login/"
    assert '<html lang="ar" dir="rtl"' in browser.get("/accounts/login/").content.decode()
    browser.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD})
    assert User.objects.get(pk=alice.user_id).language == "ar"
    # On another phone, set to English, she reads what she chose.
    other = Client(headers={"Accept-Language": "en"})
    other.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD})
    assert '<html lang="ar"' in other.get("/agent/").content.decode()
    assert '<html lang="en' in other.get("/admin/login/", follow=True).content.decode()


@pytest.mark.parametrize("wrong", ["xx", "", "../de", "EN"])
def test_an_unknown_language_changes_nothing_and_leads_nowhere_else(wrong: str, db: None) -> None:
    browser = Client()
    answer = browser.post("/language/", {"language": wrong, "next": "https://evil.example.com/"})
    assert answer.headers["Location"] == "/"
    assert "flagdown_language" not in answer.cookies
