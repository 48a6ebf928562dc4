"""The files of a page: beside the code that serves them, each with its media type."""

from __future__ import annotations

from importlib import resources

from starlette.responses import Response

MEDIA_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}


def page_file(package: str, name: str) -> Response:
    """A file of a package: `page_file("lamina.serving", "page/index.html")`; never of a name that a client gives."""
    data = resources.files(package).joinpath(name).read_bytes()
    return Response(data, media_type=MEDIA_TYPES[f".{name.rpartition('.')[2]}"])
