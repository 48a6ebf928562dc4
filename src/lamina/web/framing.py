"""Where the body of a request ends: after so many bytes, or after the last of its chunks (RFC 9112, section 7.1)."""

from __future__ import annotations

import re

from lamina.errors import RequestError

SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[\x21-\x7e\x80-\xff\t ]*)?", re.ASCII)
TRAILER = re.compile(rb"[\x21-\x7e\x80-\xff\t ]*", re.ASCII)
LONGEST_LINE = 1_024


class Measured:
    """A body whose length is told.

    Example:
        >>> body, data = Measured(3), bytearray(b"abcGET /")
        >>> body.take(data), data, body.whole
        (b'abc', bytearray(b'GET /'), True)
    """

    def __init__(self, length: int) -> None:
        self._left = length

    @property
    def whole(self) -> bool:
        """Whether all of it was taken."""
        return not self._left

    def take(self, data: bytearray) -> bytes:
        """What belongs to it, which is taken out of the data."""
        part = bytes(data[: self._left])
        del data[: self._left]
        self._left -= len(part)
        return part


class Chunked:
    """A body that comes in chunks, each behind its size in hexadecimal digits; the one of size 0 is the last.

    Example:
        >>> body, data = Chunked(), bytearray(b"3\\r\\nabc\\r\\n0\\r\\n\\r\\nGET /")
        >>> body.take(data), data, body.whole
        (b'abc', bytearray(b'GET /'), True)
    """

    def __init__(self) -> None:
        self._left = 0
        self._behind_chunk = self._behind_last = False
        self.whole = False
        """Whether all of it was taken."""

    def take(self, data: bytearray) -> bytes:
        """What belongs to it, without the sizes; all of that is taken out of the data.

        Raises:
            RequestError: 400: what stands where a size or the end of a chunk must.
        """
        parts = []
        while data and not self.whole:
            if self._left:
                parts.append(bytes(data[: self._left]))
                del data[: self._left]
                self._left -= len(parts[-1])
            elif not self._take_line(data):
                break
        return b"".join(parts)

    def _take_line(self, data: bytearray) -> bool:
        """Read a line, where all of it is there."""
        end = data.find(b"\r\n", 0, LONGEST_LINE + 2)
        if end < 0:
            if len(data) > LONGEST_LINE:
                raise RequestError(400, "the body is damaged: a line between its chunks does not end")
            return False
        line = bytes(data[:end])
        del data[: end + 2]
        self._understand(line)
        return True

    def _understand(self, line: bytes) -> None:
        if self._behind_chunk:
            if line:
                raise RequestError(400, "the body is damaged: a chunk is longer than its size")
            self._behind_chunk = False
        elif self._behind_last:  # what a client adds behind the body is thrown away
            if not TRAILER.fullmatch(line):
                raise RequestError(400, "the body is damaged: what follows its last chunk is no header")
            self.whole = not line
        else:
            found = SIZE.fullmatch(line)
            if found is None:
                raise RequestError(400, "the body is damaged: a chunk does not tell its size")
            self._left = int(found[1], 16)
            self._behind_chunk, self._behind_last = self._left > 0, self._left == 0
