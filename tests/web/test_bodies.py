"""Bodies: JSON of the strict form, files as they are and in forms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from lamina.errors import RequestError
from lamina.web.bodies import media_type, parse_json, read_body, read_json_body, require_known
from lamina.web.limits import Limits
from lamina.web.uploads import Upload, file_of_form, plain_name, read_upload

LIMITS = Limits(body_bytes=250_000, numbers=50_000)


def request(body: bytes = b"", *parts: bytes, **headers: str) -> Request:
    """A request whose body comes in parts; headers as `content_type="..."`."""
    waiting = [body, *parts]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    given = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": given}, receive)


def refused(work: Any) -> tuple[int, str]:
    with pytest.raises(RequestError) as caught:
        asyncio.run(work)
    return caught.value.status, caught.value.why


def test_a_body_comes_in_parts() -> None:
    assert asyncio.run(read_body(request(b"ab", b"", b"c"), LIMITS)) == b"abc"
    assert refused(read_body(request(bytes(150_000), bytes(110_000)), LIMITS)) == (
        413, "the body of a request may have 250,000 bytes"
    )  # fmt: skip


def test_json_is_read() -> None:
    body = '{"a": [1, 2.5, "é", null, true, {"b": []}]}'.encode()
    expected = {"a": [1, 2.5, "é", None, True, {"b": []}]}
    for kind in ("application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'):
        assert asyncio.run(read_json_body(request(body, content_type=kind), LIMITS)) == expected
    assert asyncio.run(read_json_body(request(body), LIMITS)) == expected
    large = b'{"a": [' + b"1," * 40_000 + b"1]}"
    assert len(asyncio.run(parse_json(large, LIMITS))["a"]) == 40_001


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": "application/json", "content_encoding": "gzip"},
    ],
)
def test_other_kinds_are_not_taken(headers: dict[str, str]) -> None:
    assert refused(read_json_body(request(b"{}", **headers), LIMITS))[0] == 415


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[]", "expected an object"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e999}', "is not a number"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "nested more than 32 deep"),
        (b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}", "nested more than 32 deep"),
        (b'{"a": ' + b"1" * 150_000 + b"}", "is not a number"),
        (b'{"a": "\\ud800"}', "half of a character"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b'{"a": 1} {}', "Extra data"),
        (b'{"a": [' + b"1," * 60_000 + b"1]}", "more than 50,000 values"),
        (b'{"a": "\n"}', "Invalid control character"),
    ],
)
def test_json_of_another_form_is_refused(body: bytes, why: str) -> None:
    status, told = refused(read_json_body(request(body), LIMITS))
    assert status == 400
    assert why in told


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    try:
        found: object = asyncio.run(parse_json(body, LIMITS))
    except RequestError as error:
        found = {"status": error.status}
    assert found == {"status": 400} or (isinstance(found, dict) and b"{" in body)


def test_keys_that_mean_nothing_are_refused() -> None:
    require_known({"a": 1}, frozenset({"a", "b"}), "the request")
    with pytest.raises(RequestError, match=r"the request has '__proto__'; it may have a, b"):
        require_known({"__proto__": 1}, frozenset({"a", "b"}), "the request")


def test_media_types() -> None:
    assert media_type(request(content_type="Image/PNG; q=1")) == "image/png"
    assert media_type(request()) == ""
    assert media_type(request(content_type="text/csv; charset=us-ascii", content_encoding="identity")) == "text/csv"


FORM = "multipart/form-data; boundary=mark"


def form(*parts: bytes) -> bytes:
    return b"".join(b"--mark\r\n" + part + b"\r\n" for part in parts) + b"--mark--\r\n"


def part(data: bytes, name: str = "photo.png") -> bytes:
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png'
    return head.encode() + b"\r\n\r\n" + data


FIELD = b'Content-Disposition: form-data; name="top"\r\n\r\n3'


@given(st.binary(max_size=200))
def test_a_files_bytes_come_out_of_a_form_as_they_went_in(data: bytes) -> None:
    if b"\r\n--mark" not in b"\r\n" + data:
        assert file_of_form(form(FIELD, part(data)), FORM) == Upload("photo.png", data, "image/png")


def test_a_file_is_the_body_or_in_a_form() -> None:
    found = asyncio.run(read_upload(request(b"\x89PNG", content_type="image/png"), LIMITS, "a/b.png"))
    assert found == Upload("b.png", b"\x89PNG", "image/png")
    quoted = 'multipart/form-data; boundary="mark"'
    assert asyncio.run(read_upload(request(form(part(b"1")), content_type=quoted), LIMITS)).data == b"1"


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (form(FIELD), FORM, "a form needs one file; got 0"),
        (form(part(b"1"), part(b"2")), FORM, "a form needs one file; got 2"),
        (form(part(b"1"))[:-6], FORM, "its boundary does not begin and end it"),
        (b"before" + form(part(b"1")), FORM, "its boundary does not begin and end it"),
        (b"", FORM, "its boundary does not begin and end it"),
        (form(b"no head"), FORM, "a part of it has no head"),
        (form(part(b"1")), "multipart/form-data", "needs its boundary"),
        (form(part(b"1")), "multipart/form-data; boundary=other", "its boundary does not begin and end it"),
    ],
)
def test_damaged_forms(body: bytes, kind: str, why: str) -> None:
    status, told = refused(read_upload(request(body, content_type=kind), LIMITS))
    assert status == 400
    assert why in told


@pytest.mark.parametrize(
    ("name", "shown", "suffix"),
    [
        ("photo.PNG", "photo.PNG", ".png"),
        ("../../x.csv", "x.csv", ".csv"),
        ("C:\\Windows\\con", "con", ""),
        ("a" * 300 + ".csv", "a" * 96 + ".csv", ".csv"),
        ("a\0b\x1b[31m\u202e.txt", "a\\x00b\\x1b[31m\\u202e.txt", ".txt"),
        ("", "file", ""),
        ("x.<b>", "x.<b>", ""),
        ("a." + "b" * 300, None, ""),
    ],
)
def test_names_are_for_showing(name: str, shown: str | None, suffix: str) -> None:
    found = plain_name(name)
    assert shown is None or found == shown
    assert len(found) <= 100
    assert Upload(found, b"").suffix == suffix
