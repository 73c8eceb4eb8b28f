"""Identity documents: told by their content, kept as we write them, shown to reviewers alone."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from agents.models import User
from agents.onboarding.actions import documents, reviewing
from agents.onboarding.models import Application, Document, DocumentView
from core import clock
from tests.factories import enter
from tests.join.people import applicant, file, handed_in, photo, reviewer, session

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b"0" * 400 + b"\ntrailer\n%%EOF\n"
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 2000
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


def send(
    client: Client, content: bytes, name: str = "passport.jpg", kind: str = "image/jpeg"
) -> Any:
    return client.post("/join/identity/", {"kind": "passport", "file": file(content, name, kind)})


def kept(application: Application) -> bytes:
    with application.documents.get().file.open("rb") as opened:
        content: bytes = opened.read()
    return content


def bomb() -> bytes:
    """A file of some kilobytes that claims 900 million pixels."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_as_we_write_it_without_what_it_carried(format: str) -> None:
    nora = applicant()
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 52.52 13.40"
    content = photo(format=format, exif=exif)
    assert b"taken at home" in content
    assert send(session(nora), content).status_code == 302
    again = Image.open(io.BytesIO(kept(nora)))
    assert (again.format, again.size, dict(again.getexif())) == ("JPEG", (900, 600), {})
    assert b"taken at home" not in kept(nora)


def test_a_photo_that_is_also_another_file_is_only_a_photo_afterwards() -> None:
    nora = applicant()
    assert send(session(nora), photo() + HTML + b"PK\x03\x04payload" + EXE).status_code == 302
    content = kept(nora)
    assert b"<script>" not in content
    assert b"payload" not in content
    assert b"MZ\x90" not in content


def test_a_pdf_is_kept_as_it_is() -> None:
    nora = applicant()
    assert send(session(nora), PDF, "passport.pdf", "application/pdf").status_code == 302
    assert kept(nora) == PDF
    assert nora.documents.get().content_type == "application/pdf"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (EXE, "no photo and no PDF"),
        (SVG, "no photo and no PDF"),
        (HTML, "no photo and no PDF"),
        (photo(format="GIF"), "no photo and no PDF"),
        (photo(format="BMP"), "no photo and no PDF"),
        (b"hello", "no photo and no PDF"),
        (photo()[:600], "be read"),
        (b"\xff\xd8\xff\xe0" + HTML, "be read"),
        (photo((200, 200)), "too small"),
        (PDF[:-6], "not whole"),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction 2 0 R"), "more than pages"),
        (PDF.replace(b"/Catalog", b"/Catalog /JS (app.alert(1))"), "more than pages"),
    ],
)
def test_what_is_no_document_is_refused_by_its_content_whatever_it_is_called(
    content: bytes, words: str
) -> None:
    nora = applicant()
    page = send(session(nora), content)
    assert page.status_code == 400
    assert words in " ".join(page.context["form"].errors["file"])
    assert not nora.documents.exists()


def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_unpacked() -> None:
    content = bomb()
    assert len(content) < 1_000_000
    nora = applicant()
    page = send(session(nora), content, "passport.png", "image/png")
    assert page.status_code == 400
    assert "too many pixels" in page.content.decode()


def test_an_empty_or_missing_file_or_kind_is_named() -> None:
    nora = session(applicant())
    assert "file" in send(nora, b"").context["form"].errors
    page = nora.post("/join/identity/", {"kind": "library card"})
    assert set(page.context["form"].errors) == {"kind", "file"}


def test_a_file_that_is_too_large_is_refused_with_413_while_it_comes_in(settings: Any) -> None:
    settings.MAX_FILE_BYTES = 200_000
    nora = applicant()
    for size in (200_001, 400_000):
        page = send(session(nora), photo() + b"0" * (size - len(photo())))
        assert page.status_code == 413
        assert "too large" in page.content.decode()
    assert not nora.documents.exists()
    assert send(session(nora), photo()).status_code == 302


def test_nobody_hides_a_large_file_in_another_form(settings: Any) -> None:
    settings.MAX_FILE_BYTES = 50_000
    client = Client()
    large = TemporaryUploadedFile("x.bin", "application/octet-stream", 60_000, None)
    large.write(b"0" * 60_000)
    large.seek(0)
    assert client.post("/join/apply/", {"anything": large}).status_code == 413


def test_the_file_is_nobody_elses_and_has_no_address(settings: Any) -> None:
    nora = applicant()
    send(session(nora), photo())
    document = nora.documents.get()
    path = Path(document.file.path)
    assert path.is_relative_to(settings.PRIVATE_DIR)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert "passport" not in path.name
    with pytest.raises(ValueError, match="no address"):
        _ = document.file.url
    for address in (
        f"/static/{path.name}",
        f"/media/{document.file.name}",
        f"/{document.file.name}",
    ):
        assert Client().get(address).status_code == 404


def test_only_reviewers_open_it_as_a_file_to_keep_and_each_look_is_written_down() -> None:
    nora = handed_in()
    document = nora.documents.get()
    address = reverse("admin:onboarding_application_document", args=[document.pk])
    stranger, staff = Client(), User.objects.create_user("staff@example.com", "x", is_staff=True)
    assert stranger.get(address).status_code == 302
    assert session(nora).get(address).status_code in (302, 403)
    plain = Client()
    enter(plain, staff)
    assert plain.get(address).status_code == 403
    assert not DocumentView.objects.exists()
    staff.user_permissions.add(Permission.objects.get(codename="view_document"))
    answer = plain.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert [(view.by, view.document) for view in DocumentView.objects.all()] == [(staff, document)]


def test_another_one_counts_in_place_of_the_first() -> None:
    nora = applicant()
    send(session(nora), photo())
    send(session(nora), photo((1000, 700)))
    page = session(nora).get("/join/status/").content.decode()
    assert "Passport received" in page
    assert nora.documents.count() == 2


def test_nothing_is_taken_once_it_is_handed_in(settings: Any) -> None:
    nora = handed_in()
    assert send(session(nora), photo()).headers["Location"] == "/join/status/"
    assert nora.documents.count() == 1
    assert len(list(settings.PRIVATE_DIR.rglob("*.jpg"))) == 1, "no file without a row"


def test_it_is_deleted_some_time_after_the_decision_and_the_row_says_so() -> None:
    nora, olga = handed_in(), handed_in()
    reviewing.decline(nora.pk, reviewer(), "Not this time.")
    path, other = Path(nora.documents.get().file.path), Path(olga.documents.get().file.path)
    assert documents.delete_old() == 0
    for each in (nora, olga):
        Application.objects.filter(pk=each.pk).update(state_at=clock.now() - timedelta(days=31))
    assert documents.delete_old() == 1
    assert (path.exists(), other.exists()) == (False, True)
    gone = Document.objects.get(application=nora)
    assert gone.deleted_at is not None
    address = reverse("admin:onboarding_application_document", args=[gone.pk])
    room = Client()
    enter(room, reviewer())
    assert room.get(address).status_code == 404
