"""What the benchmark does inside the product's own environment: log-ins by the hundred, and pushes.

    python -m bench.inside world AGENTS CAPACITY    print the world, with a token for each agent
    python -m bench.inside push product|bare RATE SECONDS    groups as JSON on stdin

Two thousand log-ins over HTTP would measure nothing but the password hash, which is slow on
purpose, so the tokens are made here. Pushes go through `realtime.publish`, as they do after each
commit, and carry the time at which they were handed over.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import sys
import time
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def world(agents: int, capacity: int) -> dict[str, Any]:
    """The demo world with `agents` more agents; each agent has a fresh `token`."""
    from django.core.management import call_command

    from agents.models import AgentToken, User
    from agents.tokens import PREFIX, digest
    from core import clock

    printed = io.StringIO()
    call_command("demo", json=True, agents=agents, capacity=capacity, stdout=printed)
    made: dict[str, Any] = json.loads(printed.getvalue())
    ids = dict(User.objects.values_list("email", "pk"))
    until = clock.now() + timedelta(hours=1)
    rows = []
    for agent in made["agents"]:
        agent["token"] = PREFIX + secrets.token_urlsafe(32)
        rows.append(
            AgentToken(user_id=ids[agent["email"]], digest=digest(agent["token"]), expires_at=until)
        )
    AgentToken.objects.bulk_create(rows)
    return made


def push(kind: str, groups: list[str], rate: float, seconds: float) -> int:
    """Push `rate` events a second to the groups in turn; returns how many there were."""
    send = _product() if kind == "product" else _bare()
    begun = time.monotonic()
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        send(groups[number % len(groups)])
    return int(rate * seconds)


def _product() -> Any:
    from realtime.events import TicketLeft
    from realtime.publish import send_now

    return lambda group: send_now([(group, TicketLeft("bench", str(time.monotonic())))])


def _bare() -> Any:
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)

    def send(group: str) -> None:
        frame = {"type": "ticket.left", "ticket_id": "bench", "reason": str(time.monotonic())}
        client.publish(f"bare.{group}", json.dumps(frame))

    return send


def main(arguments: list[str]) -> None:
    """One of the two verbs; the answer is one line of JSON."""
    django.setup(set_prefix=False)
    answer: Any
    if arguments[0] == "world":
        answer = world(int(arguments[1]), int(arguments[2]))
    else:
        groups = json.loads(sys.stdin.read())
        answer = push(arguments[1], groups, float(arguments[2]), float(arguments[3]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
