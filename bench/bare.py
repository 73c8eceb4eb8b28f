"""The bare server to compare pushes with: `websockets` and Redis pub/sub, and nothing else.

    python -m bench.bare PORT REDIS_URL

A client's first frame names its channel; whatever is published there is passed on.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

import redis.asyncio
import uvloop
import websockets.asyncio.server as server


async def serve(port: int, redis_url: str) -> None:
    """Serve until the process is stopped."""
    listeners: dict[str, Any] = {}
    client = redis.asyncio.Redis.from_url(redis_url, socket_timeout=None)
    pubsub = client.pubsub()
    await pubsub.subscribe("bare.none")

    async def handle(connection: server.ServerConnection) -> None:
        channel = "bare." + json.loads(await connection.recv())["channel"]
        listeners[channel] = connection
        await pubsub.subscribe(channel)
        await connection.send('{"type":"ready"}')
        await connection.wait_closed()
        listeners.pop(channel, None)

    async with server.serve(handle, "127.0.0.1", port, compression=None, ping_interval=None):
        # The same settings as the product's socket process has (config/asgi.py).
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 100, 100)
        async for message in pubsub.listen():
            if message["type"] == "message":
                connection = listeners.get(message["channel"].decode())
                if connection is not None:
                    await connection.send(message["data"].decode())


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
