"""What stands before an app: refusals, and what each answer tells a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lamina.errors import DataError, FetchError, NonFiniteError, SaveError, SettingError
from lamina.web.access import Access, hosts_for
from lamina.web.guard import Guard
from lamina.web.pages import page_file
from lamina.web.refusing import HANDLERS, refusal, refuse, status_of
from tests.web.live import Live, live

TOKEN = "a-token-that-is-long-enough"


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def bad_data(request: Request) -> Response:
    raise DataError("<b>photo.png</b>: a truncated picture")


async def busy(request: Request) -> Response:
    refuse(429, "too much waits")


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    routes = [Route("/hello", hello), Route("/open", hello), Route("/bad", bad_data), Route("/busy", busy)]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    with live(Guard(app, Access(hosts_for("127.0.0.1"), TOKEN, frozenset({"/open"})))) as found:
        yield found


KNOWN = {"Authorization": f"Bearer {TOKEN}"}


def test_who_may_ask_is_answered(server: Live) -> None:
    assert server.ask("GET", "/hello", headers=KNOWN).body == b"hello"
    assert server.ask("GET", "/open").body == b"hello"


def test_who_may_not_is_told_why(server: Live) -> None:
    answer = server.ask("GET", "/hello")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer TOKEN" in answer.error
    assert server.ask("GET", "/hello", headers={**KNOWN, "Host": "evil.com"}).status == 403
    assert server.ask("GET", "/hello", headers={**KNOWN, "Origin": "http://evil.com"}).status == 403


@pytest.mark.parametrize("path", ["/hello", "/open", "/bad", "/none"])
def test_every_answer_tells_browsers_what_they_may(server: Live, path: str) -> None:
    for headers in (KNOWN, {}):
        found = server.ask("GET", path, headers=headers).headers
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert "default-src 'self'" in found["content-security-policy"]
        assert "frame-ancestors 'none'" in found["content-security-policy"]
        assert not [name for name in found if name.startswith("access-control")]
        assert "server" not in found


def test_a_preflight_of_another_site_gets_no_permission(server: Live) -> None:
    asked = {"Origin": "http://evil.com", "Access-Control-Request-Method": "POST"}
    answer = server.ask("OPTIONS", "/hello", headers=asked)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_errors_become_answers(server: Live) -> None:
    answer = server.ask("GET", "/bad", headers=KNOWN)
    assert (answer.status, answer.error) == (422, "<b>photo.png</b>: a truncated picture")
    assert answer.headers["content-type"] == "application/json"
    answer = server.ask("GET", "/busy", headers=KNOWN)
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    answer = server.ask("GET", "/nothing", headers=KNOWN)
    assert (answer.status, answer.error) == (404, "there is nothing at this address")
    answer = server.ask("DELETE", "/hello", headers=KNOWN)
    assert (answer.status, answer.error) == (405, "this address does not take DELETE")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_no_token_in_any_answer(server: Live) -> None:
    for path in ("/hello", "/none", "/bad"):
        answer = server.ask("GET", path, headers=KNOWN)
        assert TOKEN not in f"{answer.headers} {answer.body!r}"


def test_each_error_has_its_status() -> None:
    found = [status_of(error) for error in (DataError(""), FetchError(""), SettingError(""), NonFiniteError(""))]
    assert found == [422, 422, 400, 422]
    assert status_of(SaveError("")) == 500


def test_a_refusal_may_have_headers_of_its_own() -> None:
    assert refusal(405, "no", {"Allow": "GET"}).headers["allow"] == "GET"


def test_a_pages_file_has_its_kind() -> None:
    answer = page_file("lamina.serving", "page/page.js")
    assert answer.media_type == "text/javascript"
    assert b"fetch" in bytes(answer.body)
