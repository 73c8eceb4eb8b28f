"""Documents go into a folder of the test's own; mails stay in this process."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def own_place(settings: Any, tmp_path: Path, static_files: None) -> None:
    settings.PRIVATE_DIR = tmp_path / "private"
    # Hashing is slow on purpose, and not what is tested here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nobody_yet(db: None) -> None:
    """What other tests have committed is not there, for as long as this one runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            """TRUNCATE onboarding_application, onboarding_blueprint, onboarding_question,
               onboarding_letter CASCADE"""
        )
