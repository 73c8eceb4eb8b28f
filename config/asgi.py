"""Sockets, and nothing but sockets: pages and the API are served by config.wsgi."""

import gc
import os
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from django.urls import path, re_path  # noqa: E402

from config.lifespan import health, lifespan  # noqa: E402
from dispatch.consumers import AgentSocket  # noqa: E402
from realtime.polling import Polling  # noqa: E402
from realtime.sockets import NoSuchSocket  # noqa: E402
from tickets.consumers import ChatSocket  # noqa: E402

sockets = URLRouter(
    [
        path("ws/chat/", ChatSocket.as_asgi()),
        path("ws/agent/", AgentSocket.as_asgi()),
        re_path(r"", NoSuchSocket.as_asgi()),
    ]
)
polled = Polling(sockets)


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Lines for those whom no WebSocket reaches, and the process's health."""
    await (polled if scope["path"].startswith("/ws/") else health)(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "websocket": sockets,
        "http": http,
        "lifespan": lifespan,
    }
)

# 5,000 open sockets are many long-lived objects: full collections cost 400 ms pauses
# (docs/performance.md), so freeze what stays and collect rarely.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 100, 100)
