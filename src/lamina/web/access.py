"""Who may ask: by the Host that was asked, the Origin of the page that asks, and a token.

A page of another site can make a browser ask a server on this machine. Its requests carry the Origin of that
page, so that they are told apart; and where it has its own name lead here (DNS rebinding), that name as their Host.
"""

from __future__ import annotations

import dataclasses
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping

from lamina.errors import RequestError, SettingError

HERE = ("127.0.0.1", "localhost")
WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104  # told apart, not bound
PROTOCOL = "lamina"
"""The WebSocket subprotocol; the token follows it: `new WebSocket(address, ["lamina", token])`."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,200}=*")


@dataclasses.dataclass(frozen=True)
class Access:
    """Who may ask a server.

    Args:
        hosts: names that may stand in the header Host, lower case; a port may follow them.
        token: what everyone must show, None for nobody.
        open_paths: what is answered without the token: whether the server lives, the page that asks for the token.

    Raises:
        SettingError: a name that is none, a token that is short or cannot stand in a header.

    Example:
        >>> access = Access(frozenset({"localhost"}))
        >>> access.refused("GET", "/", {"host": "evil.com"}).status
        403
    """

    hosts: frozenset[str]
    token: str | None = dataclasses.field(default=None, repr=False)
    open_paths: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in self.hosts:
            found = HOST.fullmatch(name)
            if found is None or found[1] != name:
                raise SettingError(
                    f"a host needs a name or an address without a port, such as example.org; got {name!r}"
                )
        if self.token is not None and not TOKEN.fullmatch(self.token):
            raise SettingError("a token needs 16 to 200 letters, digits or characters of ._~+/-=")

    def refused(self, method: str, path: str, headers: Mapping[str, str]) -> RequestError | None:
        """Why a request is not answered; None where it is.

        Args:
            method: GET, POST ...; of a WebSocket GET.
            path: without the query.
            headers: by their names in lower case.
        """
        host = headers.get("host", "").lower()
        found = HOST.fullmatch(host)
        if found is None or found[1] not in self.hosts:
            return RequestError(403, "this server is not asked by that host name; --allow-host gives it another one")
        if _from_elsewhere(method, host, headers):
            return RequestError(403, "pages of other sites may not ask this server")
        if self.token is not None and path not in self.open_paths and not self._shows_token(headers):
            return RequestError(401, "this server needs its token: Authorization: Bearer TOKEN")
        return None

    def _shows_token(self, headers: Mapping[str, str]) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if "sec-websocket-protocol" in headers:
            scheme, _, given = headers["sec-websocket-protocol"].replace(" ", "").partition(",")
        known = scheme.lower() in ("bearer", PROTOCOL)
        return known and hmac.compare_digest(given.strip().encode(), (self.token or "").encode())


def new_token() -> str:
    """A token that nobody guesses: 32 random bytes.

    Example:
        >>> len(new_token())
        43
    """
    return secrets.token_urlsafe(32)


def hosts_for(bound: str, allowed: Iterable[str] = ()) -> frozenset[str]:
    """The names by which a server is asked: of this machine, the address it is bound to, and those that are allowed.

    Example:
        >>> sorted(hosts_for("127.0.0.1", ["Models.Example.org"]))
        ['127.0.0.1', 'localhost', 'models.example.org']
    """
    own = () if bound in (*WILDCARDS, *HERE) else (f"[{bound}]" if ":" in bound else bound,)
    return frozenset(name.lower() for name in (*HERE, *own, *allowed))


def is_only_here(bound: str) -> bool:
    """Whether a server that is bound to this address can be reached from this machine alone."""
    return bound in (*HERE, "::1") or bool(re.fullmatch(r"127\.\d+\.\d+\.\d+", bound))


def _from_elsewhere(method: str, host: str, headers: Mapping[str, str]) -> bool:
    """Whether a page of another site has made a browser ask.

    A link from elsewhere may lead here: it changes nothing, and the page that has it sees nothing of the answer.
    """
    origin = headers.get("origin")
    if origin is not None:
        return origin.lower() not in (f"http://{host}", f"https://{host}")
    follows_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not follows_link:
        return True
    return method not in SAFE_METHODS and "cookie" in headers
