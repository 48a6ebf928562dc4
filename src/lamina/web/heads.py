"""The head of a request, checked byte by byte before anything believes it.

Two programs that read one head differently can be played against each other (RFC 9112, sections 6 and 11). What leaves
room for that is refused: a Content-Length beside a Transfer-Encoding or twice, lines that end with a line feed alone or
go on in the next, an address of another form than /path.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lamina.errors import RequestError
from lamina.web.limits import Limits

MOST_HEADERS = 100
LONGEST_METHOD = 32
END = b"\r\n\r\n"
REQUEST_LINE = re.compile(rb"([A-Z]{1,32}) (/[\x21-\x7e]*|\*) HTTP/1\.([01])", re.ASCII)
HEADERS = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x21-\x7e\x80-\xff\t ]*\r\n)*", re.ASCII)
LENGTH = re.compile(rb"[0-9]{1,15}")
ONCE = frozenset({b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization", b"origin"})


class Head(NamedTuple):
    """What the head of a request says.

    Args:
        method: GET, POST ...
        target: path and query, as they came.
        version: "1.0" or "1.1".
        headers: names in lower case and their values, in their order.
        size: how many bytes it has, with the empty line behind it.
        length: how many bytes the body has; None where it comes in chunks.
        stays: whether the client would ask again on this connection.
        waits: whether it sends the body only when it is told to.
        socket: whether it wants to talk as a WebSocket from here on.
    """

    method: str
    target: bytes
    version: str
    headers: list[tuple[bytes, bytes]]
    size: int
    length: int | None
    stays: bool
    waits: bool
    socket: bool

    def as_bytes(self) -> bytes:
        """The head again, as it was understood."""
        line = b"%b %b HTTP/%b\r\n" % (self.method.encode("ascii"), self.target, self.version.encode("ascii"))
        return line + b"".join([b"%b: %b\r\n" % one for one in self.headers]) + b"\r\n"


def read_head(data: bytes | bytearray, limits: Limits) -> Head | None:
    """The head with which data begin; None where not all of it has come and nothing is wrong so far.

    Raises:
        RequestError: 400, 413, 414, 431: a head that leaves room for doubt, or is too large.

    Example:
        >>> data = b"POST /predict HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 2\\r\\n\\r\\n{}"
        >>> head = read_head(data, Limits())
        >>> head.method, head.target, head.length
        ('POST', b'/predict', 2)
    """
    end = data.find(END)
    head = bytes(data if end < 0 else data[:end])
    line, line_end, text = head.partition(b"\r\n")
    if len(line) > limits.target_bytes + LONGEST_METHOD:
        raise RequestError(414, f"the address of a request may have {limits.target_bytes:,} bytes")
    if len(head) > limits.header_bytes:
        raise RequestError(431, f"the head of a request may have {limits.header_bytes:,} bytes")
    if _has_bare_line_end(head):
        raise RequestError(400, "the lines of a head end with a carriage return and a line feed")
    if end < 0 and not line_end:
        return None
    found = REQUEST_LINE.fullmatch(line)
    if found is None:
        raise RequestError(400, "the first line of a request needs a method, a path and HTTP/1.1")
    return None if end < 0 else _head(found, text, end + len(END), limits)


def _has_bare_line_end(head: bytes) -> bool:
    """Whether one of the two characters stands alone; the last one may still wait for the other."""
    pairs = head.count(b"\r\n")
    return head.count(b"\n") > pairs or head.count(b"\r") - head.endswith(b"\r") > pairs


def _head(line: re.Match[bytes], text: bytes, size: int, limits: Limits) -> Head:
    headers = _headers(text)
    found = dict(headers)
    version = f"1.{line[3].decode('ascii')}"
    wishes = [one.strip() for one in found.get(b"connection", b"").lower().split(b",")]
    return Head(
        line[1].decode("ascii"), line[2], version, headers, size, _length(version, found, limits),
        stays=version == "1.1" and b"close" not in wishes,
        waits=found.get(b"expect", b"").lower() == b"100-continue",
        socket=b"upgrade" in wishes and found.get(b"upgrade", b"").lower() == b"websocket",
    )  # fmt: skip


def _headers(text: bytes) -> list[tuple[bytes, bytes]]:
    lines = text.split(b"\r\n") if text else []
    if len(lines) > MOST_HEADERS:
        raise RequestError(431, f"the head of a request may have {MOST_HEADERS} lines")
    if lines and not HEADERS.fullmatch(text + b"\r\n"):
        raise RequestError(400, "a line of the head is no header")
    headers = []
    for one in lines:
        name, _, value = one.partition(b":")
        headers.append((name.lower(), value.strip(b" \t")))
    names = [name for name, _ in headers]
    for name in ONCE:
        if names.count(name) > 1:
            raise RequestError(400, f"the header {name.decode('ascii')} may come once")
    if b"host" not in names:
        raise RequestError(400, "a request needs the header host")
    return headers


def _length(version: str, found: dict[bytes, bytes], limits: Limits) -> int | None:
    """How long the body is, which must be said in one way, and be allowed; None where it comes in chunks."""
    coding, length = found.get(b"transfer-encoding"), found.get(b"content-length")
    if coding is not None:
        if length is not None or coding.lower() != b"chunked" or version == "1.0":
            raise RequestError(400, "the length of a body is told by content-length, or by transfer-encoding: chunked")
        return None
    if length is None:
        return 0
    if not LENGTH.fullmatch(length):
        raise RequestError(400, "the header content-length needs a number of bytes")
    if int(length) > limits.body_bytes:
        raise too_large(limits)
    return int(length)


def too_large(limits: Limits) -> RequestError:
    """Of a body that is larger than allowed."""
    return RequestError(413, f"the body of a request may have {limits.body_bytes:,} bytes")
