"""What stands before an app: who may ask, and what every answer tells a browser."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lamina.errors import RequestError
from lamina.web.access import Access
from lamina.web.refusing import refusal

POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """An ASGI app in front of another.

    Args:
        app: what answers those who may ask.
        access: who may.
        policy: what a page may load: nothing but the server's own files.

    No answer has Access-Control-Allow-Origin, so that no page of another site reads one.

    Example:
        >>> from starlette.applications import Starlette
        >>> guarded = Guard(Starlette(), Access(frozenset({"localhost"})))
    """

    def __init__(self, app: ASGIApp, access: Access, policy: str = POLICY) -> None:
        self._app, self._access = app, access
        headers = {**HEADERS, "content-security-policy": policy}
        self._headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or let the app answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        error = self._access.refused(scope.get("method", "GET"), scope["path"], headers)
        if scope["type"] == "websocket":
            await (_close(send) if error is not None else self._app(scope, receive, send))
            return
        await self._answer(error, scope, receive, send)

    async def _answer(self, error: RequestError | None, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        app = self._app if error is None else refusal(error.status, error.why)
        await app(scope, receive, send_guarded)


async def _close(send: Send) -> None:
    """Refuse a WebSocket before it is opened: the browser gets 403."""
    await send({"type": "websocket.close", "code": 1008})
