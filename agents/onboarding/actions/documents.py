"""Identity documents: taken, looked at, and deleted."""

import logging
import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from agents.models import User
from agents.onboarding import documents, states
from agents.onboarding.models import Application, Document, DocumentView
from agents.onboarding.storage import private_storage
from core import clock
from core.states import Stale

logger = logging.getLogger(__name__)


def upload(application_id: UUID, *, kind: str, upload: UploadedFile) -> Document:
    """Keep a document; it counts in place of those before. Raises Problem 400 or 413 for a file that is
    none, Stale when the application is not being prepared."""
    kept = documents.read(upload)
    storage = private_storage()
    name = storage.save(
        f"identity/{secrets.token_hex(16)}.{kept.ending}", ContentFile(kept.content)
    )
    try:
        with transaction.atomic():
            now = Application.objects.select_for_update().get(pk=application_id).state
            if now != states.PREPARING:
                raise Stale(now)
            return Document.objects.create(
                application_id=application_id,
                kind=kind,
                file=name,
                content_type=kept.content_type,
                size=len(kept.content),
            )
    except BaseException:
        storage.delete(name)
        raise


def look(document: Document, by: User) -> bytes:
    """What is in it, with a line about who looked. Raises FileNotFoundError once it is deleted."""
    if document.deleted_at is not None:
        raise FileNotFoundError(document.pk)
    with document.file.open("rb") as file:
        content: bytes = file.read()
    DocumentView.objects.create(document=document, by=by)
    return content


def delete_old() -> int:
    """Delete the files of who was decided on long ago, and those that a newer one replaced; returns
    how many. The row stays: what was shown, when, and who looked at it."""
    before = clock.now() - timedelta(days=settings.JOIN_DOCUMENT_DAYS)
    newer = Document.objects.filter(
        application=OuterRef("application"), uploaded_at__gt=OuterRef("uploaded_at")
    )
    old = Document.objects.filter(
        Q(application__state__in=[states.CERTIFIED, states.DECLINED])
        & Q(application__state_at__lt=before)
        | Q(Exists(newer)) & Q(uploaded_at__lt=before),
        deleted_at__isnull=True,
    )
    count = 0
    for document in old:
        # The file first: a row that says "deleted" must never be wrong.
        try:
            document.file.storage.delete(document.file.name or "")
        except OSError:
            logger.exception("document %s could not be deleted", document.pk)
            continue
        count += Document.objects.filter(pk=document.pk).update(deleted_at=clock.now(), file="")
    return count
