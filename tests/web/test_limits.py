"""The limits are those that the documentation tells."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lamina.web.limits import Limits

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "serve.md"


def test_the_documentation_tells_the_limits() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    limits = Limits()
    megapixels, mebibytes, sound = limits.pixels // 10**6, limits.text_bytes // 1024**2, limits.sound_seconds
    told = [
        f"{limits.body_bytes // 1024**2} MiB",
        f"{limits.header_bytes // 1024} KiB, {limits.target_bytes // 1024} KiB",
        f"{limits.json_depth} deep, {limits.numbers:,} values",
        f"{megapixels} million pixels, {mebibytes} MiB, the first {sound} s",
        f"{limits.head_seconds:g} s, {limits.body_seconds:g} s",
        f"| {limits.rows:,} |",
        f"| {limits.request_seconds:g} s |",
        f"| {limits.queue} |",
        f"| {limits.connections}; ",
        f"| {limits.idle_seconds:g} s |",
        f"at most {limits.drain_seconds:g} s",
    ]
    assert [one for one in told if one not in text] == []


def test_all_of_them_are_in_the_metadata() -> None:
    assert set(Limits().as_json()) == {field.name for field in dataclasses.fields(Limits)}
