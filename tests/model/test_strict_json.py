"""JSON of model files: what Python's parser takes and a model must not hold is refused, all else is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.model.strict_json import RefusedError, read_json, shown, write_json

NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda x: str(x) != "-0"
)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
DOCUMENTS = st.dictionaries(st.text(), VALUES, max_size=5)


@pytest.mark.slow
@given(DOCUMENTS)
def test_what_is_written_is_read_again(document: dict[str, Any]) -> None:
    text = write_json(document)
    assert text.isascii()
    assert read_json(text, "document") == document


@pytest.mark.slow
@given(DOCUMENTS)
def test_what_is_written_does_not_depend_on_the_order(document: dict[str, Any]) -> None:
    assert write_json(dict(reversed(document.items()))) == write_json(document)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a":1,"b":2,"a":1}', "'a' stands twice in one object"),
        ('{"a":{"b":1,"\\u0062":1}}', "'b' stands twice in one object"),
        ('{"a":NaN}', "NaN is not a number that may stand there"),
        ('{"a":-Infinity}', "-Infinity is not a number"),
        ('{"a":1e999}', "'1e999' is not a number"),
        ('{"a":-0}', "'-0' is not a number"),
        ('{"a":' + "9" * 21 + "}", "is not a number"),
        ('{"a":0.' + "1" * 40 + "}", "is not a number"),
        ("[]", "header: expected an object"),
        ("{", "header: not JSON: .* at 1"),
        ('{"a":1} {}', "header: not JSON: Extra data at 8"),
        ('{"a":"\n"}', "header: not JSON: Invalid control character"),
        ('{"a":"\\ud800"}', "half of a character"),
        ('{"a":"\\uDC00\\uD800"}', "half of a character"),
        ('{"\\udfff":1}', "half of a character"),
        ('{"a":' + "[" * 201 + "]" * 201 + "}", "nested more than 200 deep"),
        ('{"a":[' + "1," * 1_000_001 + "1]}", "more than 1,000,000 values"),
    ],
)
def test_it_is_refused(text: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        read_json(text, "header")


@pytest.mark.parametrize("depth", [199, 200, 5_000, 300_000])
def test_depth_is_counted_outside_texts(depth: int) -> None:
    brackets = "[" * depth
    assert read_json(json.dumps({"a": brackets, 'b\\"': '\\"' + brackets}), "header")["a"] == brackets
    nested = '{"\\\\":' + brackets + "]" * depth + "}"
    if depth < 200:
        assert read_json(nested, "header")
    else:
        with pytest.raises(RefusedError, match="nested more than 200 deep"):
            read_json(nested, "header")


def test_broken_brackets_after_a_text_without_end() -> None:
    with pytest.raises(RefusedError, match="not JSON"):
        read_json('{"a":"' + '\\"' * 100_000 + "[" * 100_000, "header")


def test_halves_of_characters_are_written_as_they_are_shown() -> None:
    """A folder whose name is no text gives a class of such a name; a whole pair is a character."""
    document = {"classes": ["caf\udce9", "é", "\N{PILE OF POO}", "\\udce9"]}
    assert read_json(write_json(document), "document") == {"classes": ["caf\\udce9", "é", "\N{PILE OF POO}", "\\udce9"]}


def test_what_is_shown_is_short_and_plain() -> None:
    assert shown("\x1b[31m\n") == r"'\x1b[31m\n'"
    assert shown("x" * 100) == "'" + "x" * 76 + "..."
