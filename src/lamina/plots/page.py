"""A page that stands alone: HTML and CSS without a script or anything to be fetched, light, dark and printed."""

from __future__ import annotations

import base64
import html
import io
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lamina.errors import SaveError, SettingError
from lamina.model.saving import save_atomically
from lamina.plots.style import UNDATED, looks
from lamina.training.notebook import text_html
from lamina.visible import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".html", ".htm")
LARGEST_SVG = 60_000
"""Bytes; a figure of more points is a picture of pixels."""
PIXELS_PER_INCH = 96
STYLE = """
:root { --ground: #ffffff; --ink: #1b1b1b; --quiet: #5a5f69; --line: #d9d9d9; --mark: #0072b2; --soft: #f4f6f8 }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif;
  overflow-wrap: anywhere }
main { max-width: 58rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem }
h2 { font-size: 1.2rem; margin: 2.8rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.8rem 0 .3rem }
p { margin: .5rem 0 } .quiet, figcaption { color: var(--quiet); font-size: .92rem }
.answer { font-size: 1.25rem; line-height: 1.45; border-left: 5px solid var(--mark); padding: .3rem 0 .3rem 1rem;
  margin: 1.4rem 0 }
.note { border-left: 5px solid #d55e00; padding: .2rem 0 .2rem 2rem; font-size: .92rem; margin: .8rem 0 }
nav { margin: 1rem 0; font-size: .92rem } nav a { margin-right: 1rem; white-space: nowrap }
a { color: var(--mark) }
figure { margin: 1rem 0 1.6rem } figcaption { margin-top: .3rem; max-width: 46rem }
img { max-width: 100%; height: auto; display: block } .on-dark { display: none }
.wide { overflow-x: auto; overflow-wrap: normal }
table { border-collapse: collapse; font-size: .92rem; margin: .6rem 0 }
td { min-width: 4.6rem } td.number { min-width: 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600 } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
pre { background: var(--soft); padding: .8rem 1rem; overflow-x: auto; font-size: .88rem; border-radius: 4px }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #16181d; --ink: #e8e8e8; --quiet: #a6acb8; --line: #3a3f4a; --mark: #56b4e9; --soft: #20242c }
  .on-light { display: none } .on-dark { display: block }
}
@page { margin: 16mm }
@media print {
  main { max-width: none; padding: 0 } nav { display: none } figure, tr, .answer { break-inside: avoid }
  h2, h3 { break-after: avoid } pre { white-space: pre-wrap }
}
"""
ALONE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser allows the page: nothing but what stands in it."""

Drawing = Callable[[bool], "Figure"]
"""A figure on a light ground, or (True) on a dark one."""


@dataclass(frozen=True)
class Section:
    """A part of a page: its title, and HTML."""

    title: str
    parts: tuple[str, ...]


def escape(text: object) -> str:
    """Text from data as it stands in HTML: no mark-up, no control or direction characters.

    Example:
        >>> escape("<b>\\u202e")
        '&lt;b&gt;\\\\u202e'
    """
    return html.escape(printable(str(text)))


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph; the kinds are answer and quiet."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def bullets(texts: Sequence[str], kind: str = "note") -> str:
    """A list; nothing where there is nothing to say."""
    lines = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<ul class="{kind}">{lines}</ul>' if texts else ""


def heading(text: str) -> str:
    """A heading within a section."""
    return f"<h3>{escape(text)}</h3>"


def code(text: str) -> str:
    """What is to be typed."""
    return text_html(text)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()) -> str:
    """A table; the columns at these places are numbers, which stand to the right. Without a head pass ().

    Example:
        >>> table(("a",), [("<",)])
        '<div class="wide"><table><tr><th>a</th></tr><tr><td>&lt;</td></tr></table></div>'
    """
    lines = [_row("th", head, numbers)] if head else []
    return f'<div class="wide"><table>{"".join([*lines, *(_row("td", row, numbers) for row in rows)])}</table></div>'


def embed(draw: Drawing, caption: str) -> str:
    """A figure in both its looks, of which a page shows the one that fits."""
    images = []
    for kind, dark in (("on-light", False), ("on-dark", True)):
        drawn = draw(dark)
        width = round(drawn.get_size_inches()[0] * PIXELS_PER_INCH)
        mime, data = render(drawn)
        source = f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
        images.append(f'<img class="{kind}" width="{width}" alt="{escape(caption)}" src="{source}">')
    return f"<figure>{''.join(images)}<figcaption>{escape(caption)}</figcaption></figure>"


def render(drawn: Figure) -> tuple[str, bytes]:
    """A figure as SVG, or where that is large as PNG; and what it is."""
    vector = _written(drawn, ".svg")
    if len(vector) <= LARGEST_SVG:
        return "image/svg+xml", vector
    return "image/png", _written(drawn, ".png")


def page(title: str, top: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole page: a title, what stands above all, links to the sections, and the sections."""
    links = "".join(f'<a href="#s{number}">{escape(one.title)}</a>' for number, one in enumerate(sections))
    bodies = "".join(
        f'<section id="s{number}"><h2>{escape(one.title)}</h2>{"".join(one.parts)}</section>\n'
        for number, one in enumerate(sections)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{ALONE}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>{''.join(top)}<nav>{links}</nav>\n{bodies}</main></body></html>\n"
    )


def require_page(path: Path) -> None:
    """Refuse a page that cannot be saved, before the work that it shows.

    Raises:
        SettingError: a path that is no .html.
        SaveError: a folder that does not exist.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise SettingError(f"a report is written as {' or '.join(SUFFIXES)}; got {path.name!r}")
    if not path.parent.is_dir():
        raise SaveError(f"a report is written into a folder that exists; {path.parent} does not: make it first")


def save_page(path: Path, text: str) -> Path:
    """Write a page, whole or not at all.

    Raises:
        SaveError: the page cannot be written.
    """
    save_atomically(path, text.encode("utf-8", "backslashreplace"), lambda written: None)
    return path


def _row(kind: str, cells: Sequence[object], numbers: Sequence[int]) -> str:
    marks = [' class="number"' if place in numbers else "" for place in range(len(cells))]
    inside = (f"<{kind}{mark}>{escape(cell)}</{kind}>" for mark, cell in zip(marks, cells, strict=True))
    return f"<tr>{''.join(inside)}</tr>"


def _written(drawn: Figure, suffix: str) -> bytes:
    data = io.BytesIO()
    with looks(False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # what this font lacks, the reader's may have
        drawn.savefig(data, format=suffix[1:], metadata=UNDATED[suffix], facecolor=drawn.get_facecolor())
    return data.getvalue()
