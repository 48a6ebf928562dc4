"""Text from data as it may be shown."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from lamina.visible import HIDDEN, printable


@given(st.text())
def test_nothing_is_obeyed(text: str) -> None:
    shown = printable(text)
    assert [one for one in shown if unicodedata.category(one) in HIDDEN and one != "\t"] == []


def test_what_is_seen_stays() -> None:
    assert printable("caf\u00e9 \u732b\t1") == "caf\u00e9 \u732b\t1"
    assert printable("a\u202eb\n") == "a\\u202eb\\n"
