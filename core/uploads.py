"""Uploaded files are bounded while they come in, before anything is kept of them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# What a form holds beside its file.
FORM_BYTES = 64 * 1024


class Bounded(FileUploadHandler):
    """The first handler: passes on what fits, and ends a request that is too large with 413."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Who says beforehand that it is too much is not read. Raises RequestDataTooBig."""
        if content_length > settings.MAX_FILE_BYTES + FORM_BYTES:
            raise RequestDataTooBig("The file is too large.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Each file is counted from the start."""
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and hand on. Raises RequestDataTooBig."""
        self.seen += len(raw_data)
        if self.seen > settings.MAX_FILE_BYTES:
            raise RequestDataTooBig("The file is too large.")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has it."""
        return
