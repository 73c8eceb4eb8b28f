"""The socket process's health, and its start and stop."""

from typing import Any

from realtime.sockets import in_thread


async def health(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`/healthz` answers 200; there are no pages here."""
    found = scope["path"] == "/healthz"
    await send(
        {
            "type": "http.response.start",
            "status": 200 if found else 404,
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
    )
    text = b"ok\n" if found else b"Only WebSockets live here; the API says where its pages are.\n"
    await send({"type": "http.response.body", "body": text})


async def lifespan(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Measure the database's clock before the first socket asks for it."""
    from core import clock

    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await in_thread(clock.now)
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
