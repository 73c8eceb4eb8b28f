"""docs/protocol.md says all that goes over a socket, and nothing that does not."""

import re
from dataclasses import fields

from dispatch.consumers import AgentSocket
from ops.env import REPOSITORY
from realtime import events, sockets
from tests import contract
from tests.core.test_matrix import served
from tickets.consumers import ChatSocket

PAGE = (REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, set[str]]:
    """The table under a heading: {first cell: names in the second}."""
    part = PAGE.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]*) \|", part, re.MULTILINE)
    return {name: set(re.findall(r"`([^`]+)`", members)) for name, members in rows}


def documented_events() -> dict[str, dict[str, set[str]]]:
    """The events of both sides, as the page has them."""
    return {"agent": table("Events to an agent"), "customer": table("Events to a customer")}


def test_every_event_type_is_documented_with_its_members() -> None:
    page = documented_events()
    for event in events.Event.__subclasses__():
        members = {field.name for field in fields(event)}
        sides = [side for side in page if page[side].get(event.type) == members]
        assert sides, f"{event.type} with {sorted(members)} is not in docs/protocol.md"


def test_the_page_names_no_event_that_the_code_does_not_have() -> None:
    page = documented_events()
    known = {event.type for event in events.Event.__subclasses__()}
    assert set(page["agent"]) | set(page["customer"]) == known


def test_the_tests_judge_of_frames_and_the_page_agree() -> None:
    page = documented_events()
    for side, frames in contract.FRAMES.items():
        assert {name: set(members) for name, members in frames.items()} == page[side]


def test_every_command_of_a_client_is_documented_with_its_members() -> None:
    page = table("What a client says, and nothing else")
    coded = {"auth": {"token"}, "ping": set()}
    for socket in (AgentSocket, ChatSocket):
        coded |= {name: set(command.members) for name, command in socket.commands.items()}
    assert page == coded


def test_every_close_code_and_error_code_is_documented() -> None:
    source = (REPOSITORY / "realtime" / "sockets.py").read_text(encoding="utf-8")
    codes = {
        sockets.NOT_AUTHENTICATED,
        sockets.NOT_ALLOWED,
        sockets.NO_AUTH_IN_TIME,
        sockets.TOO_MANY,
    }
    assert codes == {int(code) for code in re.findall(r"^\| (4\d{3}) \|", PAGE, re.MULTILINE)}
    for error in set(re.findall(r'refuse\("([a-z-]+)"', source)):
        assert f"`{error}`" in PAGE


def test_every_call_is_documented() -> None:
    for route in served():
        address = route.split(" ")[1]
        last = address.rsplit("/", 1)[-1]
        assert last.startswith("<") or f"/{last}" in PAGE, route


def test_every_field_of_an_answer_is_documented() -> None:
    for name in ("CustomerTicket", "AgentTicket", "OfferOut", "MessageOut", "SessionOut", "Me"):
        for field in contract.components()[name]["properties"]:
            assert f"`{field}`" in PAGE, f"{name}.{field}"
