"""Who may ask: names that lead here, pages of other sites, tokens."""

from __future__ import annotations

import logging

import pytest

from lamina.errors import SettingError
from lamina.web.access import Access, hosts_for, is_only_here, new_token

TOKEN = "a-token-that-is-long-enough"


def refused(access: Access, method: str = "GET", path: str = "/", **headers: str) -> int | None:
    """The status; headers as `sec_fetch_site="none"`."""
    given = {"host": "localhost:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    error = access.refused(method, path, given)
    return None if error is None else error.status


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LocalHost:1", "127.0.0.1:8000", "models.example.org"])
def test_names_that_lead_here(host: str) -> None:
    assert refused(Access(hosts_for("127.0.0.1", ["models.example.org"])), host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "0.0.0.0", "[::1]:8000", "LOCALHOST.", "localhost:", "",
        "localhost:8000:8000", "localhost:port", "user@localhost", "localhost/", "127.1", "2130706433", "[localhost]",
        "localhost,evil.com", "xn--localhost",
    ],
)  # fmt: skip
def test_names_that_do_not(host: str) -> None:
    access = Access(hosts_for("127.0.0.1"))
    assert refused(access, host=host) == 403
    assert refused(access, "POST", host=host) == 403


def test_the_address_that_is_listened_at_is_a_name() -> None:
    assert refused(Access(hosts_for("::1")), host="[::1]:8000") is None
    assert refused(Access(hosts_for("192.168.0.7")), host="192.168.0.7") is None
    assert hosts_for("0.0.0.0") == {"localhost", "127.0.0.1"}  # what stands for all addresses is the name of none


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://localhost:8000", "HTTP://LOCALHOST:8000"])
def test_its_own_page_may_ask(origin: str) -> None:
    assert refused(Access(hosts_for("127.0.0.1")), "POST", origin=origin, sec_fetch_site="same-origin") is None


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.com",
        "http://localhost:9000",
        "http://localhost",
        "file://",
        "",
        "http://localhost:8000.evil.com",
    ],
)
def test_pages_of_other_sites_may_not(origin: str) -> None:
    access = Access(hosts_for("127.0.0.1"))
    for method in ("GET", "POST", "OPTIONS"):
        assert refused(access, method, origin=origin) == 403


def test_what_browsers_say_besides() -> None:
    access = Access(hosts_for("127.0.0.1"))
    assert refused(access, "POST", sec_fetch_site="cross-site") == 403
    assert refused(access, sec_fetch_site="same-site", sec_fetch_mode="no-cors") == 403
    assert refused(access, sec_fetch_site="cross-site", sec_fetch_mode="navigate") is None  # a link that leads here
    assert refused(access, "POST", sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 403  # a form that does
    assert refused(access, "POST", cookie="a=b") == 403
    assert refused(access, "POST", cookie="a=b", origin="http://localhost:8000") is None
    assert refused(access, "POST") is None  # a program, which says nothing of all that


def test_a_token_is_asked_for() -> None:
    access = Access(hosts_for("127.0.0.1"), TOKEN, frozenset({"/v2/health/live"}))
    assert refused(access) == 401
    assert refused(access, path="/v2/health/live") is None
    assert refused(access, path="/v2/health/live/") == 401
    assert refused(access, authorization=f"Bearer {TOKEN}") is None
    assert refused(access, authorization=f"bearer {TOKEN}") is None
    for given in (TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"):
        assert refused(access, authorization=given) == 401
    assert refused(access, host="evil.com", authorization=f"Bearer {TOKEN}") == 403


def test_a_web_socket_shows_it_as_its_protocol() -> None:
    access = Access(hosts_for("127.0.0.1"), TOKEN)
    assert refused(access, sec_websocket_protocol=f"lamina, {TOKEN}") is None
    assert refused(access, sec_websocket_protocol=f"lamina,{TOKEN}") is None
    assert refused(access, sec_websocket_protocol="lamina") == 401
    assert refused(access, sec_websocket_protocol=f"other, {TOKEN}") == 401


def test_the_token_is_in_no_text(caplog: pytest.LogCaptureFixture) -> None:
    access = Access(hosts_for("127.0.0.1"), TOKEN)
    with caplog.at_level(logging.DEBUG):
        error = access.refused("GET", "/", {"host": "localhost"})
    assert TOKEN not in f"{access!r} {error!r} {caplog.text}"


def test_made_up_tokens_are_taken_and_differ() -> None:
    first, second = new_token(), new_token()
    assert first != second
    assert Access(frozenset({"localhost"}), first).token == first


@pytest.mark.parametrize("token", ["", "short", "with a space in it", "a" * 201, "new\nline-new-line-new"])
def test_a_token_that_cannot_be_one(token: str) -> None:
    with pytest.raises(SettingError, match="a token needs 16 to 200 letters") as caught:
        Access(frozenset({"localhost"}), token)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("host", ["http://example.org", "example.org:80", "*", "a b", ""])
def test_a_host_that_cannot_be_one(host: str) -> None:
    with pytest.raises(SettingError, match="a host needs a name or an address without a port"):
        Access(hosts_for("127.0.0.1", [host]))


def test_where_only_this_machine_reaches() -> None:
    assert all(map(is_only_here, ("127.0.0.1", "127.0.0.2", "localhost", "::1")))
    assert not any(map(is_only_here, ("0.0.0.0", "::", "192.168.0.7", "example.org", "127.0.0.1.evil.com")))
