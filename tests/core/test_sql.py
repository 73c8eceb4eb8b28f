"""Prepared statements keep Django's transaction, errors and objects."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from core import sql
from tests.factories import World
from tickets.models import Desk, Queue


def test_a_prepared_statement_is_in_the_same_transaction(world: World) -> None:
    def renamed() -> str:
        with sql.cursor() as cursor:
            cursor.execute("SELECT name FROM tickets_desk WHERE id = %s", [world.desk.pk])
            return str(cursor.fetchone()[0])

    before = renamed()
    with transaction.atomic():
        Desk.objects.filter(pk=world.desk.pk).update(name="Other")
        assert renamed() == "Other"
        transaction.set_rollback(True)
    assert renamed() == before


def test_a_refused_statement_raises_djangos_error(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket SET state = 'active' WHERE id = %s", [world.ticket().pk]
        )


def test_an_object_of_a_row_is_what_the_orm_gives(world: World) -> None:
    with sql.cursor() as cursor:
        cursor.execute(
            f"SELECT {sql.columns(Desk, 'd')}, 1 FROM tickets_desk d WHERE d.id = %s",
            [world.desk.pk],
        )
        found = sql.instance(Desk, cursor.fetchone())
    wanted = Desk.objects.get(pk=world.desk.pk)
    assert {f.attname: getattr(found, f.attname) for f in Desk._meta.concrete_fields} == {
        f.attname: getattr(wanted, f.attname) for f in Desk._meta.concrete_fields
    }


def test_a_part_of_an_object_fetches_the_rest_when_asked(world: World) -> None:
    queue = Queue.objects.get(desk=world.desk)
    # In any order: `from_db` itself wants the model's.
    known = sql.part(Queue, name="Shown", id=queue.pk)
    assert (known.pk, known.name) == (queue.pk, "Shown")
    assert known.slug == queue.slug
    assert sql.part(Queue, id=uuid.uuid4()).get_deferred_fields() >= {"name", "slug"}
