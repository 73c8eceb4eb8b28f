"""Where identity documents lie: a folder that no server shows, in names that nobody can guess."""

import os

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible
class PrivateStorage(FileSystemStorage):
    """settings.PRIVATE_DIR, for the account of the server alone. Files are only read through a view that
    asks who wants them."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:
        """The folder."""
        return str(settings.PRIVATE_DIR)

    @property
    def location(self) -> str:
        """The folder, whole."""
        return os.path.abspath(self.base_location)

    def url(self, name: str | None) -> str:
        """There is none. Raises ValueError."""
        raise ValueError("Private files have no address.")


def private_storage() -> PrivateStorage:
    """For a model's field: migrations then hold its name only."""
    return PrivateStorage()
