"""Static files: hashed names, compressed once at collection."""

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# From this size on the best quality costs too much time; no file of our own is as large.
LARGE = 40_000


class QuickCompressor(Compressor):
    """whitenoise's, but for large files at a quality that takes a thirtieth of the time.

    A few per cent more bytes of the admin's theme and of the API's page, instead of a first start
    that waits for a minute.
    """

    QUALITY = 6

    @classmethod
    def compress_brotli(cls, data: bytes) -> bytes:
        """Brotli: the best for what is small, QUALITY for what is large."""
        quality = 11 if len(data) < LARGE else cls.QUALITY
        return bytes(brotli.compress(data, quality=quality))


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed; source maps, which only a developer's tools read, are left as they are."""

    def create_compressor(self, **options: Any) -> Compressor:
        """The quick one."""
        extensions = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return QuickCompressor(**{**options, "extensions": extensions})
