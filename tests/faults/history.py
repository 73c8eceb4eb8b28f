"""What clients did and were told: invoked, then ok, failed or unknown; checked afterwards.

`ok` was answered with success: it must be there, once. `failed` was refused: it must not be there.
`unknown` was not answered: it may be there or not, but not twice.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Operation:
    """One call of one client."""

    who: str
    what: str
    key: str
    invoked_at: float
    outcome: str = "invoked"
    took_s: float = 0.0
    answer: Any = None


@dataclass
class History:
    """Everything that was called, in the order in which each client called."""

    operations: list[Operation] = field(default_factory=list)

    def call(self, who: str, what: str, key: str, send: Callable[[], httpx.Response]) -> Operation:
        """Record one call."""
        operation = Operation(who, what, key, time.time())
        self.operations.append(operation)
        started = time.perf_counter()
        try:
            response = send()
        except httpx.HTTPError as error:
            operation.outcome, operation.answer = "unknown", repr(error)
        else:
            if response.is_success:
                operation.outcome = "ok"
            else:
                # A server's error may come after the commit; a refusal does not.
                operation.outcome = "unknown" if response.status_code >= 500 else "failed"
            operation.answer = response.json() if response.content else None
        operation.took_s = time.perf_counter() - started
        return operation

    def say(self, person: Any, who: str, path: str, text: str) -> Operation:
        """Post a message, and when it is unknown what became of it, again until it is known."""
        client_id = str(uuid.uuid4())
        deadline = time.monotonic() + 60
        while True:
            operation = self.call(
                who,
                "say",
                text,
                lambda: person.call("POST", path, {"client_id": client_id, "text": text}),
            )
            if operation.outcome != "unknown" or time.monotonic() > deadline:
                return operation
            time.sleep(0.05)  # a client's back-off

    def slowest(self) -> float:
        """The longest time that a caller waited for any answer, in seconds."""
        return max(operation.took_s for operation in self.operations)

    def wrong(self, messages: list[dict[str, Any]]) -> list[str]:
        """What the stored messages of one ticket say against what its writers were told."""
        broken = []
        if [m["seq"] for m in messages] != list(range(1, len(messages) + 1)):
            broken.append("the messages' seq has gaps")
        stored: dict[str, list[int]] = {}
        for message in messages:
            stored.setdefault(message["text"], []).append(message["seq"])
        said = [operation for operation in self.operations if operation.what == "say"]
        last: dict[str, int] = {}
        for operation in said:
            seqs = stored.get(operation.key, [])
            if len(seqs) > 1:
                broken.append(f"{operation.key} is there {len(seqs)} times")
            if operation.outcome != "ok":
                continue
            if seqs != [operation.answer["seq"]]:
                broken.append(f"{operation.key} was acknowledged, and is at {seqs}")
            elif seqs[0] <= last.get(operation.who, 0):
                broken.append(f"{operation.key} was said later, and stands before")
            else:
                last[operation.who] = seqs[0]
        for key in {o.key for o in said if o.outcome == "failed"} & set(stored):
            if not any(o.key == key and o.outcome != "failed" for o in said):
                broken.append(f"{key} was refused, and is there")
        return broken
