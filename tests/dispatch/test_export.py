"""/agent/exports: a copy of everything that is kept about an agent, for her alone."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from core import clock
from dispatch import tasks
from dispatch.models import DataExport
from dispatch.work import export
from tests.office import AgentCaller, Office, some_id

HERE = "/agent/exports"


def asked(agent: AgentCaller, status: int = 201, **more: Any) -> dict[str, Any]:
    """One more copy."""
    new: dict[str, Any] = agent.ok("POST", HERE, {"client_id": some_id(), **more}, status)
    return new


def fetched(agent: AgentCaller, export_id: str) -> dict[str, Any]:
    """Its files."""
    answer = agent.send("GET", f"{HERE}/{export_id}/file")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_she_gets_all_that_is_hers_and_nothing_of_customers_or_colleagues(office: Office) -> None:
    kim, alice = office.talk()
    here = f"/agent/tickets/{kim.ticket.pk}"
    alice.ok("POST", f"{here}/messages", {"client_id": some_id(), "text": "My words"}, 201)
    alice.ok("POST", f"{here}/notes", {"client_id": some_id(), "text": "My note"}, 201)
    kim.say("MARKER of the customer")
    reply = {"client_id": some_id(), "shortcut": "x", "text": "My reply"}
    alice.ok("POST", "/agent/canned-replies", reply, 201)
    alice.ok("POST", f"{here}/resolve", {"disposition": "solved"})
    kim.ok("POST", f"{kim.here}/rating", {"score": 4, "comment": "Fine"}, 201)
    bob = office.works("Bob")
    bob.ok("POST", "/agent/canned-replies", {**reply, "text": "MARKER of Bob"}, 201)
    new = asked(alice)
    alice.refused(409, "GET", f"{HERE}/{new['id']}/file")
    tasks.exports()
    files = fetched(alice, new["id"])
    assert set(files) == {f"{name}.json" for name in [*export.PARTS, "about"]}
    (profile,) = files["profile.json"]
    assert (profile["name"], profile["email"]) == ("Alice", alice.agent.user.email)
    assert [row["text"] for row in files["own_messages.json"]] == ["My words"]
    assert [row["text"] for row in files["own_notes.json"]] == ["My note"]
    assert [row["text"] for row in files["own_replies.json"]] == ["My reply"]
    assert [row["state"] for row in files["offers.json"]] == ["accepted"]
    assert [row["disposition"] for row in files["conversations.json"]] == ["solved"]
    assert [(row["score"], row["comment"]) for row in files["ratings.json"]] == [(4, "Fine")]
    assert [row["now"] for row in files["presence_log.json"]][-1] == "online"
    assert files["languages.json"] == [{"code": "en", "level": 4}]
    assert "MARKER" not in json.dumps(files)
    assert bob.agent.user.email not in json.dumps(files)


def test_nobody_else_fetches_it_and_it_is_gone_when_its_time_is_over(office: Office) -> None:
    alice, bob = office.works("Alice"), office.works("Bob")
    new = asked(alice)
    tasks.exports()
    here = f"{HERE}/{new['id']}/file"
    bob.refused(404, "GET", here)
    assert bob.ok("GET", HERE) == {"exports": []}
    (ready,) = alice.ok("GET", HERE)["exports"]
    assert ready["ready_at"]
    DataExport.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    alice.refused(404, "GET", here)
    assert alice.ok("GET", HERE) == {"exports": []}
    tasks.tidy()
    assert not DataExport.objects.filter(pk=new["id"]).exists()


def test_a_repeat_and_a_second_wish_find_the_one_that_waits(office: Office) -> None:
    alice = office.works("Alice")
    name = some_id()
    first = asked(alice, client_id=name)
    assert asked(alice, 200, client_id=name) == first
    assert asked(alice, 200) == first
    assert export.make_waiting() >= 1
    # Twice made is once made.
    assert export.make_waiting() == 0
    assert asked(alice, 200, client_id=name)["id"] == first["id"]


def test_three_a_day_are_enough(office: Office) -> None:
    alice = office.works("Alice")
    for _ in range(3):
        asked(alice)
        tasks.exports()
    assert "enough" in alice.refused(409, "POST", HERE, {"client_id": some_id()})["detail"]
