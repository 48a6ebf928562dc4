"""The page's messages, read strictly."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lamina import SettingError
from lamina.playground.carrying_out import HANDLERS
from lamina.playground.commands import FIELDS, USUAL, read_command


def test_a_command_has_all_of_its_fields() -> None:
    found = read_command({"do": "step", "id": 7, "run": "b", "unit": "epoch"})
    assert (found.do, found.number, found.run, dict(found.fields)) == ("step", 7, "b", {"unit": "epoch", "count": 1})
    assert read_command({"do": "drop"}).run == "b"
    assert read_command({"do": "view", "map_size": 20}).fields == {"map_size": 20}


def test_every_command_is_carried_out_by_somebody() -> None:
    assert FIELDS.keys() == HANDLERS.keys()
    assert {name for fields in FIELDS.values() for name in fields} >= USUAL.keys()


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ([], "a command needs one of hello, settings"),
        ({"do": "format"}, "a command needs one of hello, settings, .* as do; got 'format'"),
        ({"do": "run", "id": "x"}, 'run needs a whole number as id and "a" or "b" as run'),
        ({"do": "run", "run": "c"}, 'run needs a whole number as id and "a" or "b" as run'),
        ({"do": "pause", "now": 1}, "pause has no field 'now'; it has none"),
        ({"do": "step"}, "step needs unit"),
        ({"do": "step", "unit": 1}, "step needs str as unit"),
        ({"do": "step", "unit": "epoch", "count": True}, "step needs int as count"),
        ({"do": "step", "unit": "epoch", "count": 0}, "step needs a count from 1 to 1,000; got 0"),
        ({"do": "edit", "array": "1/bias", "index": ["0"], "value": 1}, "edit needs whole numbers as index"),
        ({"do": "edit", "array": "1/bias", "index": [0]}, "edit needs value"),
        ({"do": "rewind", "snapshot": None}, "rewind needs int as snapshot"),
        ({"do": "settings", "settings": []}, "settings needs dict as settings"),
    ],
)
def test_what_is_no_command(message: Any, why: str) -> None:
    with pytest.raises(SettingError, match=why if ".*" in why else re.escape(why)):
        read_command(message)
