"""The head of a request, checked byte by byte before anything believes it.

Two programs that read one head differently can be played against each other (RFC 9112, sections 6 and 11). What leaves
room for that is refused, where h11 takes it or joins it: a Content-Length beside a Transfer-Encoding or twice, lines
that end with a line feed alone or go on in the next, an address of another form than /path.
"""

from __future__ import annotations

import re

from lamina.errors import RequestError
from lamina.web.limits import Limits

MOST_HEADERS = 100
LONGEST_METHOD = 32
BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?![\n])(?!\Z)")
REQUEST_LINE = re.compile(rb"[A-Z]{1,32} (?:/[\x21-\x7e]*|\*) HTTP/1\.[01]", re.ASCII)
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e\x80-\xff\t ]*?)[ \t]*", re.ASCII)
LENGTH = re.compile(rb"[0-9]{1,15}")
ONCE = frozenset({b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization", b"origin"})


def why_refused(data: bytes, limits: Limits) -> RequestError | None:
    """What is wrong with a head, or with its beginning where not all of it has come; None where nothing is.

    Example:
        >>> error = why_refused(b"GET http://other/ HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n", Limits())
        >>> error.status, error.why
        (400, 'the first line of a request needs a method, a path and HTTP/1.1')
    """
    end = data.find(b"\r\n\r\n")
    head = data if end < 0 else data[:end]
    line_end = head.find(b"\r\n")
    line = head if line_end < 0 else head[:line_end]
    if len(line) > limits.target_bytes + LONGEST_METHOD:
        return RequestError(414, f"the address of a request may have {limits.target_bytes:,} bytes")
    if len(head) > limits.header_bytes:
        return RequestError(431, f"the head of a request may have {limits.header_bytes:,} bytes")
    if BARE_LINE_END.search(head):
        return RequestError(400, "the lines of a head end with a carriage return and a line feed")
    if (end >= 0 or line_end >= 0) and not REQUEST_LINE.fullmatch(line):
        return RequestError(400, "the first line of a request needs a method, a path and HTTP/1.1")
    return None if end < 0 else _wrong_headers(line, head[line_end + 2 :] if line_end >= 0 else b"", limits)


def _wrong_headers(line: bytes, text: bytes, limits: Limits) -> RequestError | None:
    found: dict[bytes, bytes] = {}
    lines = text.split(b"\r\n") if text else []
    if len(lines) > MOST_HEADERS:
        return RequestError(431, f"the head of a request may have {MOST_HEADERS} lines")
    for one in lines:
        match = HEADER.fullmatch(one)
        if match is None:
            return RequestError(400, "a line of the head is no header")
        name = match[1].lower()
        if name in found and name in ONCE:
            return RequestError(400, f"the header {name.decode('ascii')} may come once")
        found[name] = match[2]
    if b"host" not in found:
        return RequestError(400, "a request needs the header host")
    return _wrong_length(line, found, limits)


def _wrong_length(line: bytes, found: dict[bytes, bytes], limits: Limits) -> RequestError | None:
    """How long the body is must be said in one way, and be allowed."""
    coding, length = found.get(b"transfer-encoding"), found.get(b"content-length")
    if coding is not None and (length is not None or coding.lower() != b"chunked" or line.endswith(b"1.0")):
        return RequestError(400, "the length of a body is told by content-length, or by transfer-encoding: chunked")
    if length is not None and not LENGTH.fullmatch(length):
        return RequestError(400, "the header content-length needs a number of bytes")
    return too_large(limits) if length is not None and int(length) > limits.body_bytes else None


def too_large(limits: Limits) -> RequestError:
    """Of a body that is larger than allowed."""
    return RequestError(413, f"the body of a request may have {limits.body_bytes:,} bytes")
