"""A file in a request: the body itself, or the one file of a form. Its name is shown, and never used as one."""

from __future__ import annotations

import dataclasses
import os.path
import re

from starlette.requests import Request

from lamina.visible import printable
from lamina.web.bodies import media_type, read_body
from lamina.web.limits import Limits
from lamina.web.refusing import refuse

FORM = "multipart/form-data"
LONGEST_NAME = 100
BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE)
FILE_NAME = re.compile(r"filename=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"]+))", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Upload:
    """A file that came with a request.

    Args:
        name: what it was called, short, without folders and control characters; for people only.
        data: its bytes.
        kind: its media type, "" where none was said.
    """

    name: str
    data: bytes
    kind: str = ""

    @property
    def suffix(self) -> str:
        """The end of its name, such as .csv; "" unless it is a dot, letters and digits."""
        suffix = os.path.splitext(self.name)[1].lower()
        return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""


async def read_upload(request: Request, limits: Limits, name: str = "") -> Upload:
    """The file of a request.

    Args:
        request: with the file as its body, or in a form as `curl -F file=@photo.png` sends it.
        limits: of the body.
        name: of a body that is the file itself.

    Raises:
        RequestError: 400: a form without exactly one file; and what `read_body` raises.
    """
    kind = media_type(request)
    data = await read_body(request, limits)
    if kind == FORM:
        return file_of_form(data, request.headers["content-type"])
    return Upload(plain_name(name), data, kind)


def file_of_form(data: bytes, content_type: str) -> Upload:
    """The one file of a form (RFC 7578).

    Raises:
        RequestError: 400.

    Example:
        >>> head = b'Content-Disposition: form-data; name="file"; filename="a.txt"'
        >>> body = b"--x\\r\\n" + head + b"\\r\\n\\r\\nhello\\r\\n--x--\\r\\n"
        >>> file_of_form(body, "multipart/form-data; boundary=x").data
        b'hello'
    """
    found = BOUNDARY.search(content_type)
    if found is None:
        refuse(400, "a form needs its boundary in the header content-type")
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    first, *parts = (b"\r\n" + data).split(mark)
    if first or not parts or not parts[-1].startswith(b"--"):
        refuse(400, "the form is damaged: its boundary does not begin and end it")
    files = [one for one in map(_part, parts[:-1]) if one is not None]
    if len(files) != 1:
        refuse(400, f"a form needs one file; got {len(files)}")
    return files[0]


def plain_name(name: str) -> str:
    """A file's name as it may be shown: without folders, on one line, not longer than people read.

    Example:
        >>> plain_name("../../etc/passwd")
        'passwd'
    """
    last = printable(re.split(r"[/\\\\]", name)[-1]).strip()
    stem, suffix = os.path.splitext(last)
    return (stem[: LONGEST_NAME - len(suffix)] + suffix)[:LONGEST_NAME] or "file"


def _part(part: bytes) -> Upload | None:
    """A part of a form, None where it is a field and no file."""
    head, separator, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        refuse(400, "the form is damaged: a part of it has no head")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    found = FILE_NAME.search(headers.get("content-disposition", ""))
    if found is None:
        return None
    return Upload(plain_name(found[1] or found[2] or ""), data, headers.get("content-type", "").lower())
