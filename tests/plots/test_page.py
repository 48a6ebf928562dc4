"""The page: nothing in it that is fetched or run, and text from data as text."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from lamina.plots import page as module
from lamina.plots.page import Section, code, embed, escape, page, paragraph, render, table
from tests.plots.made import MADE

EVIL = '<script>alert(1)</script>" onload=x \u202e\x1b[31m'


def test_text_from_data_is_text() -> None:
    made = page(EVIL, (paragraph(EVIL, "note"),), [Section(EVIL, (table((EVIL,), [(EVIL,)]), code(EVIL)))])
    assert "<script" not in made
    assert "\u202e" not in made
    assert "\x1b" not in made
    assert escape(EVIL) == "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=x \\u202e\\x1b[31m"
    assert made.count("alert(1)") == 8


def test_a_figure_stands_in_the_page_in_both_looks() -> None:
    made = embed(MADE["columns"], "what <matters>")
    sources = re.findall(
        r'<img class="(on-\w+)" width="\d+" alt="what &lt;matters&gt;" src="data:([^;]+);base64,([^"]+)"', made
    )
    assert [kind for kind, _, _ in sources] == ["on-light", "on-dark"]
    light, dark = (base64.b64decode(data) for _, _, data in sources)
    assert b"<svg" in light
    assert (b"#ffffff" in light, b"#16181d" in dark) == (True, True)
    assert "<figcaption>what &lt;matters&gt;</figcaption>" in made


def test_a_large_figure_is_a_picture_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render(MADE["noise"](False))[0] == "image/svg+xml"
    monkeypatch.setattr(module, "LARGEST_SVG", 100)
    mime, data = render(MADE["noise"](False))
    assert (mime, data[:4]) == ("image/png", b"\x89PNG")


def test_characters_that_the_font_lacks_are_no_warning() -> None:
    from lamina.plots.mistakes import confusion_picture

    drawn: Figure = confusion_picture(np.array([0, 1]), np.array([0, 1]), ("\u732b", "\u72ac"))
    assert "\u732b".encode() in render(drawn)[1]


def test_the_page_allows_nothing_from_outside() -> None:
    made = page("x", (), [Section("a", (embed(MADE["noise"], "b"),))])
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in made
    assert re.findall(r'(?:src|href)="(?!data:|#)', made) == []
    assert re.findall(r"url\(|@import|<script|<link|<iframe|https?://", re.sub(r"base64,[^\"]+", "", made)) == []
    assert '<a href="#s0">a</a>' in made
    assert '<section id="s0"><h2>a</h2>' in made
    assert "prefers-color-scheme: dark" in made
    assert "@media print" in made


def test_the_same_figure_is_the_same_bytes() -> None:
    assert render(MADE["noise"](False)) == render(MADE["noise"](False))
