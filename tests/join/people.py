"""Applicants, a small bank of questions, and pictures of documents."""

import io
import re
import uuid
from typing import Any

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from agents.models import Skill, User
from agents.onboarding import letters, queries
from agents.onboarding.actions import applying, documents, testing, training
from agents.onboarding.models import (
    Application,
    Attempt,
    Blueprint,
    Option,
    Question,
    TrainingPage,
)

PASSWORD = "correct horse battery"


def address() -> str:
    """Nobody else's."""
    return f"nora-{uuid.uuid4().hex[:10]}@example.com"


def ask(kind: str, text: str, options: dict[str, bool], **fields: Any) -> Question:
    """A question with its answers, right or wrong, in this order."""
    question = Question.objects.create(kind=kind, text=text, **{"language": "en", **fields})
    Option.objects.bulk_create(
        Option(question=question, text=words, is_right=right, place=n)
        for n, (words, right) in enumerate(options.items(), 1)
    )
    return question


def bank(
    language: str = "en", *, skill: Skill | None = None, free: int = 0, **fields: Any
) -> Blueprint:
    """Questions of every kind about a language or a skill, and a test that asks one of each."""
    about: dict[str, Any] = {"language": "" if skill else language, "skill": skill}
    ask("single", "Which one greets?", {"Hello": True, "Goodbye": False, "Never": False}, **about)
    ask("several", "Which are colours?", {"red": True, "blue": True, "seven": False}, **about)
    ask("ordering", "From small to large", {"ant": True, "cat": True, "cow": True}, **about)
    ask("cloze", "She ___ to school yesterday.", {"went": True, "walked": True}, **about)
    ask(
        "free",
        "“Where is my parcel?”",
        {},
        guide="Kind, and says what happens next.",
        points=2,
        **about,
    )
    defaults = {"single": 1, "several": 1, "ordering": 1, "cloze": 1, "free": free, "minutes": 10}
    marks = {"mark_1": 30, "mark_2": 50, "mark_3": 70, "mark_4": 90}
    return Blueprint.objects.create(**about, **{**defaults, **marks, "pass_level": 2, **fields})


def about(**fields: Any) -> dict[str, Any]:
    """What an applicant says of herself."""
    return {
        "name": "Nora", "email": address(), "country": "DE", "time_zone": "Europe/Berlin",
        "hours": "some", "times": ["evenings"], **fields,
    }  # fmt: skip


def link_of(email: str) -> str:
    """The path of the link that was mailed to this address last."""
    letters.send()
    text = [each for each in mail.outbox if each.to == [email]][-1].body
    found = re.search(r"https?://[^/]+(/join/confirm/\S+)", str(text))
    assert found, text
    return found.group(1)


def apply(
    *, skills: dict[int, int] | None = None, languages: dict[str, int] | None = None, **fields: Any
) -> str:
    """An application whose address is not proven yet; its address."""
    said = about(**fields)
    applying.apply(about=said, languages=languages or {"en": 4}, skills=skills or {})
    return str(said["email"])


def applicant(**fields: Any) -> Application:
    """Somebody whose address is proven."""
    email = apply(**fields)
    pending = Application.objects.get(email=email)
    user = applying.confirm(applying.token_of(pending.pk), PASSWORD)
    found = queries.of_user(user.pk)
    assert found is not None
    return found


def session(application: Application) -> Client:
    """Her browser."""
    client = Client()
    user = application.user
    assert isinstance(user, User)
    client.force_login(user)
    return client


def photo(size: tuple[int, int] = (900, 600), format: str = "JPEG", **how: Any) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (30, 120, 90)).save(out, format, **how)
    return out.getvalue()


def file(
    content: bytes, name: str = "passport.jpg", kind: str = "image/jpeg"
) -> SimpleUploadedFile:
    """An upload."""
    return SimpleUploadedFile(name, content, kind)


def right(attempt: Attempt) -> None:
    """Answer everything as it should be."""
    for item in attempt.items.all():
        answer: Any = item.key
        if item.kind == "single":
            answer = item.key[0]
        elif item.kind == "cloze":
            answer = f" {item.key[0].upper()} "
        elif item.kind == "free":
            answer = "Sorry that it is late. I look where it is, and tell you in a minute."
        testing.answer(attempt, item.place, answer)


def passed(application: Application, blueprint: Blueprint) -> Attempt:
    """A test, all right."""
    attempt = testing.start(application.pk, blueprint.pk)
    right(attempt)
    return testing.submit(attempt)


def trained(application: Application) -> None:
    """All pages, answered rightly."""
    for page in TrainingPage.objects.filter(is_active=True):
        chosen = {check.pk: check.options.get(is_right=True).pk for check in page.checks.all()}
        training.finish(application.pk, page, chosen)


def handed_in(**fields: Any) -> Application:
    """Somebody with everything, before a reviewer."""
    made = applicant(**fields)
    blueprint = Blueprint.objects.filter(language="en").first() or bank()
    passed(made, blueprint)
    documents.upload(made.pk, kind="passport", upload=file(photo()))
    trained(made)
    applying.hand_in(made.pk, queries.standing(made).missing)
    made.refresh_from_db()
    return made


def reviewer(email: str = "") -> User:
    """Somebody who decides."""
    return User.objects.create_superuser(
        email or f"rita-{uuid.uuid4().hex[:8]}@example.com", PASSWORD
    )
