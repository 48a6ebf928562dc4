"""Where bodies end: however bytes come apart on their way, the same body comes out, and nothing of what follows it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.errors import RequestError
from lamina.web.framing import LONGEST_LINE, Chunked, Measured

BEHIND = b"GET / HTTP/1.1\r\n"


def taken(body: Chunked | Measured, pieces: list[bytes]) -> tuple[bytes, bytes]:
    """What a body takes of pieces that come one after the other, and what it leaves."""
    data, found = bytearray(), b""
    for piece in pieces:
        data += piece
        found += body.take(data)
    return found, bytes(data)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(st.binary(max_size=50), st.lists(st.integers(0, 1_000), max_size=6))
def test_a_measured_body_comes_out_as_it_went_in(content: bytes, places: list[int]) -> None:
    body = Measured(len(content))
    assert taken(body, cut(content + BEHIND, places)) == (content, BEHIND)
    assert body.whole


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.lists(st.integers(0, 1_000), max_size=8))
def test_chunks_come_out_as_they_went_in(chunks: list[bytes], places: list[int]) -> None:
    sent = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"
    body = Chunked()
    assert taken(body, cut(sent + BEHIND, places)) == (b"".join(chunks), BEHIND)
    assert body.whole


def test_what_stands_beside_sizes_and_behind_the_last_chunk_is_left_out() -> None:
    body = Chunked()
    assert taken(body, [b'A;name="value"\r\n0123456789\r\n0 \r\nX-Trailer: a\r\nX-More: b\r\n\r\n' + BEHIND]) == (
        b"0123456789", BEHIND
    )  # fmt: skip
    assert body.whole


@pytest.mark.parametrize(
    "sent", [b"", b"3", b"3\r\n", b"3\r\nab", b"3\r\nabc", b"3\r\nabc\r\n", b"0\r\n", b"0\r\nX: a\r\n"]
)
def test_a_body_that_has_not_ended_is_not_whole(sent: bytes) -> None:
    body = Chunked()
    taken(body, [sent])
    assert not body.whole


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"\r\n", "a chunk does not tell its size"),
        (b"zz\r\n", "a chunk does not tell its size"),
        (b"-1\r\n", "a chunk does not tell its size"),
        (b"+1\r\n", "a chunk does not tell its size"),
        (b"0x1\r\n", "a chunk does not tell its size"),
        (b" 1\r\n", "a chunk does not tell its size"),
        (b"1\n\r\n", "a chunk does not tell its size"),
        (b"1;a\rb\r\n", "a chunk does not tell its size"),
        (b"123456789\r\n", "a chunk does not tell its size"),
        (b"3\r\nabcd\r\n", "a chunk is longer than its size"),
        (b"0\r\nX: a\nY: b\r\n", "what follows its last chunk is no header"),
        (b"1" * (LONGEST_LINE + 1), "a line between its chunks does not end"),
        (b"1;" + b"a" * LONGEST_LINE + b"\r\n", "a line between its chunks does not end"),
    ],
)
def test_chunks_that_are_none_are_refused(sent: bytes, why: str) -> None:
    with pytest.raises(RequestError) as caught:
        taken(Chunked(), [sent])
    assert (caught.value.status, caught.value.why) == (400, f"the body is damaged: {why}")
