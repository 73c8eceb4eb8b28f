"""Weights in the admin: versions, refused with a sentence when they would do harm."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.html import escape

from dispatch import queries
from dispatch.matching.weights import Weights
from dispatch.models import WeightSet

ADD = "/admin/dispatch/weightset/add/"


def filled(**changed: Any) -> dict[str, Any]:
    """The form as it comes, with changes."""
    plain = Weights(version=0)
    return {"note": "", **{name: getattr(plain, name) for name in Weights.names()}, **changed}


def test_a_new_version_counts_from_the_next_wave_and_old_ones_stay(room: Client) -> None:
    assert queries.weights().version == 0
    answer = room.post(ADD, filled(idle=2.5, note="More for who waits"))
    assert answer.status_code == 302, answer.content
    first = queries.weights()
    assert (first.idle, first.load) == (2.5, Weights(0).load)
    assert set(WeightSet.objects.get().terms) == set(Weights.names()), "all of them are kept"
    page = room.get(ADD).content.decode()
    assert 'value="2.5"' in page, "the next version begins with those in force"
    room.post(ADD, filled(share=1))
    assert queries.weights().version == first.version + 1
    shown = room.get(f"/admin/dispatch/weightset/{first.version}/change/")
    assert "idle 2.5" in shown.content.decode()
    changed = room.post(f"/admin/dispatch/weightset/{first.version}/change/", filled(idle=9))
    assert changed.status_code == 403
    assert WeightSet.objects.get(pk=first.version).terms["idle"] == 2.5


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"urgency": 0}, "weight of 'urgency' must be more than 0"),
        ({"urgency": 0.01}, "weight of 'urgency' is too small beside the others"),
        ({"idle": -1}, "greater than or equal to 0"),
        ({"load": 1e9}, "less than or equal to 1000"),
        ({"share": "much"}, "Enter a number"),
        ({"language": ""}, "This field is required"),
    ],
)
def test_weights_that_would_do_harm_are_refused_with_the_reason(
    room: Client, wrong: dict[str, Any], sentence: str
) -> None:
    answer = room.post(ADD, filled(**wrong))
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    (field,) = wrong
    assert sentence in " ".join(form.errors[field]), form.errors
    assert escape(sentence) in answer.content.decode()
    assert not WeightSet.objects.exists()


@pytest.mark.parametrize(
    "terms", [{"urgency": 0}, [], None, "x", 3, {"idle": 10**400}, {"load": "2"}]
)
def test_weights_that_were_stored_past_the_form_stop_neither_dispatch_nor_their_cure(
    room: Client, terms: Any
) -> None:
    # None is JSON's null here.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dispatch_weightset (terms, note) VALUES (%s::jsonb, '')",
            [json.dumps(terms)],
        )
    assert queries.weights() == Weights(version=0)
    assert "Not in use" in room.get("/admin/dispatch/weightset/").content.decode()
    assert room.post(ADD, filled(idle=2)).status_code == 302
    assert queries.weights().idle == 2
    assert room.get(ADD).status_code == 200
