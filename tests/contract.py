"""The published contract as a judge: answers and events are held against the OpenAPI document."""

import json
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

formats = FormatChecker()
PROBLEM = "application/problem+json"
UUID = {"type": "string", "format": "uuid"}
TEXT = {"type": "string"}
SEQ = {"type": "integer", "minimum": 0}


def _component(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


MESSAGE_POSTED = {"ticket_id": UUID, "message": _component("MessageOut")}
MESSAGE_READ = {"ticket_id": UUID, "seq": SEQ}
# Every event of either side: its members, each with its schema.
MONEY = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
FRAMES: dict[str, dict[str, dict[str, Any]]] = {
    "agent": {
        "offer.made": {"offer": _component("OfferOut")},
        "offer.changed": {"offer": _component("OfferOut")},
        "offer.ended": {"offer_id": UUID, "state": _component("OfferStateEnum"), "reason": TEXT},
        "call_in": {"call_in": _component("CallInOut")},
        "ticket.assigned": {"ticket": _component("AgentTicket")},
        "ticket.changed": {"ticket": _component("AgentTicket")},
        "ticket.left": {"ticket_id": UUID, "reason": TEXT},
        "wrap_up.started": {
            "ticket_id": UUID,
            "until": {"type": "string", "format": "date-time"},
            "may_extend": {"type": "boolean"},
        },
        "wrap_up.ended": {"ticket_id": UUID},
        "ticket.nudged": {
            "ticket_id": UUID,
            "nth": {"type": "integer", "minimum": 1},
            "hand_over_at": {"type": "string", "format": "date-time", "nullable": True},
        },
        "message.posted": MESSAGE_POSTED,
        "note.posted": {"ticket_id": UUID, "note": _component("NoteOut")},
        "message.read": MESSAGE_READ,
        "typing": {"ticket_id": UUID},
        "presence.changed": {"presence": _component("PresenceEnum"), "reason": TEXT},
        "earnings.changed": {"balance": MONEY},
    },
    "customer": {
        "ticket.changed": {"ticket": _component("CustomerTicket")},
        "message.posted": MESSAGE_POSTED,
        "message.read": MESSAGE_READ,
        "typing": {"ticket_id": UUID},
    },
}


@formats.checks("date-time", raises=ValueError)
def is_utc(value: object) -> bool:
    """ISO 8601 in UTC, written with a Z."""
    return not isinstance(value, str) or (
        value.endswith("Z") and datetime.fromisoformat(value) is not None
    )


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document, as /api/schema/ gives it."""
    from drf_spectacular.generators import SchemaGenerator

    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(made))


def closed(schema: Any) -> Any:
    """OpenAPI 3.0's schema as JSON Schema, with objects that have no members but the named ones."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items() if name != "nullable"}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


@lru_cache(maxsize=1)
def components() -> dict[str, Any]:
    """The document's components, closed."""
    made: dict[str, Any] = closed(document()["components"]["schemas"])
    return made


def check(schema: dict[str, Any], value: Any) -> None:
    """Fails with every way in which `value` breaks `schema`."""
    judge = Draft202012Validator(
        {**closed(schema), "components": {"schemas": components()}}, format_checker=formats
    )
    wrong = [f"{error.json_path}: {error.message}" for error in judge.iter_errors(value)]
    assert not wrong, f"{value} breaks the contract: {wrong}"


@lru_cache(maxsize=1)
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"\Z"), item)
        for path, item in document()["paths"].items()
    ]


def check_answer(method: str, path: str, answer: Any) -> None:
    """The answer's status, content type and body are what the document says of this call."""
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    item = next((item for pattern, item in _paths() if pattern.match(path)), None)
    operation = (item or {}).get(method.lower())
    if operation is None:
        # No such address, or not this method there: a problem all the same.
        assert answer.status_code in {401, 403, 404, 405, 429}, (method, path, answer.status_code)
        documented = {"content": {PROBLEM: {"schema": _component("ProblemDocument")}}}
    else:
        documented = operation["responses"].get(str(answer.status_code))
        assert documented, f"{method} {path} answers {answer.status_code}, which is not documented"
    content = documented.get("content")
    if not content:
        assert answer.content == b""
        return
    assert kind in content, f"{method} {path} answers {kind}, documented: {list(content)}"
    if not kind.endswith("json"):
        # A file: the document says its type, and no more.
        assert answer.content
        return
    value = json.loads(answer.content)
    check(content[kind]["schema"], value)
    if kind == PROBLEM:
        check_problem(answer.status_code, value)


def check_problem(status: int, problem: dict[str, Any]) -> None:
    """RFC 9457, in words for who has to do something, without our inside."""
    assert problem["status"] == status
    assert problem["type"].startswith("urn:flagdown:problem:")
    assert problem["title"]
    assert problem["detail"].rstrip().endswith((".", "…"))
    whole = json.dumps(problem)
    for inside in ("Traceback", 'File "', "psycopg", "SELECT ", "object at 0x"):
        assert inside not in whole


def check_frame(side: str, frame: dict[str, Any]) -> None:
    """A server's frame to this side ("agent" or "customer") is one of the documented ones."""
    members = dict(frame)
    kind = members.pop("type")
    assert kind in FRAMES[side], f"{kind} is no event for a {side}"
    schema = {
        "type": "object",
        "properties": FRAMES[side][kind],
        "required": list(FRAMES[side][kind]),
        "additionalProperties": False,
    }
    check(schema, members)
