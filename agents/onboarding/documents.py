"""What may be an identity document: told by its content, never by its name, and kept as we write it.

A picture is read within bounds and written anew as JPEG, which leaves behind all that was not
picture: places, notes, and whatever else was hidden in the file. A PDF can't be written anew, so it
is looked through for what acts by itself, and only ever given out as a file to keep.
"""

import io
import warnings
from dataclasses import dataclass

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from core.problems import Problem

# More pixels than any phone's camera makes; a small file can claim many more.
MAX_PIXELS = 80_000_000
LONGEST_SIDE = 3000
SHORTEST_SIDE = 300
PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".webp": "WEBP"}
# What makes a PDF act when it is opened, or carries other files.
ACTIVE = (
    b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/OpenAction", b"/AA",
    b"/XFA", b"/SubmitForm",
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What is kept of an upload."""

    content: bytes
    content_type: str
    ending: str


def read(upload: UploadedFile) -> Kept:
    """The document as it is kept. Raises Problem 400 or 413 with what to do."""
    if upload.size is None or upload.size > settings.MAX_FILE_BYTES:
        raise too_large()
    raw = upload.read()
    if not raw:
        raise _refused(_("The file is empty. Choose it again."))
    try:
        ending = puremagic.from_string(raw[:4096]).lower()
    except puremagic.PureError:
        ending = ""
    if raw.startswith(b"%PDF-"):
        return _pdf(raw)
    if ending in PICTURES:
        return _picture(raw, PICTURES[ending])
    raise _refused(_("This is no photo and no PDF. Send a JPEG, PNG, WebP or PDF file."))


def too_large() -> Problem:
    """For a file of more than settings.MAX_FILE_BYTES."""
    return Problem(
        413,
        "too-large",
        _("The file is too large: at most %d MB. Take the photo again with a lower resolution.")
        % (settings.MAX_FILE_BYTES // 1024 // 1024),
    )


def _refused(words: str) -> Problem:
    return Problem(400, "invalid", words)


def _picture(raw: bytes, format: str) -> Kept:
    broken = _refused(_("The photo can't be read. Take it again, or save it as JPEG."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Only the header is read here, so that its claims are looked at first.
            picture = Image.open(io.BytesIO(raw), formats=[format])
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise _refused(
                    _("The photo has too many pixels. Take it again with a lower resolution.")
                )
            # JPEGs are made smaller while they are read: less memory than the whole.
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused(
            _("The photo has too many pixels. Take it again with a lower resolution.")
        ) from None
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError):
        raise broken from None
    if min(width, height) < SHORTEST_SIDE:
        raise _refused(_("The photo is too small to be read. Take it closer, with more light."))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    flat = Image.new("RGB", upright.size, "white")
    seen = upright.convert("RGBA")
    flat.paste(seen, mask=seen.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85, optimize=True)
    return Kept(out.getvalue(), "image/jpeg", "jpg")


def _pdf(raw: bytes) -> Kept:
    if b"%%EOF" not in raw[-2048:]:
        raise _refused(_("The PDF is not whole. Save it again, or send a photo."))
    if any(word in raw for word in ACTIVE):
        raise _refused(
            _("The PDF holds more than pages (a script, an action or another file). Send a photo.")
        )
    return Kept(raw, "application/pdf", "pdf")
