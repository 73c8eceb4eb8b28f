"""A supervisor in the admin. That she gets in by her log-in is a test of its own."""

import pytest
from django.test import Client

from agents.models import User
from tests.factories import enter, password_hash


@pytest.fixture
def supervisor(db: None) -> User:
    return User.objects.create(
        email="sam@example.com",
        password=password_hash(),
        first_name="Sam",
        is_staff=True,
        is_superuser=True,
    )


@pytest.fixture
def room(supervisor: User, static_files: None) -> Client:
    """The admin, with the session of a supervisor."""
    client = Client()
    enter(client, supervisor)
    return client
