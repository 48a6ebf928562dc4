"""The page's commands: what each takes, read strictly, and what is wrong with one that is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lamina.errors import SettingError

RUNS = ("a", "b")
FIELDS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "hello": {},
    "settings": {"settings": (dict,)},
    "run": {"pace": (str,)},
    "pause": {},
    "step": {"unit": (str,), "count": (int,)},
    "reset": {},
    "edit": {"array": (str,), "index": (list,), "value": (int, float)},
    "rewind": {"snapshot": (int,)},
    "fork": {"snapshot": (int, type(None))},
    "drop": {},
    "save": {"which": (str,)},
    "code": {},
    "explain": {"example": (dict,), "neurons": (list,), "backwards": (bool,), "top": (int,)},
    "answer": {"example": (dict,), "way": (str, type(None))},
    "view": {"map_size": (int,), "decision_size": (int,), "chunk_seconds": (int, float)},
    "open": {"source": (str,)},
}
"""Command -> its fields and the types that JSON has for them."""
USUAL: Mapping[str, Any] = {
    "count": 1, "pace": "epoch", "snapshot": None, "which": "shown", "neurons": [], "backwards": True, "top": 8,
    "way": None,
}  # fmt: skip
"""What is taken where a field is left out."""
MOST_STEPS = 1_000


@dataclass(frozen=True)
class Command:
    """A command that can be carried out.

    Args:
        do: which.
        number: what the page calls it.
        run: "a" or "b".
        fields: all of its fields.
    """

    do: str
    number: int
    run: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


def read_command(message: Any) -> Command:
    """A message of the page as a command.

    Raises:
        SettingError: no such command, a field that is missing, unknown or of another type.

    Example:
        >>> read_command({"do": "step", "id": 3, "unit": "batch"})["count"]
        1
    """
    do = message.get("do") if isinstance(message, dict) else None
    if not isinstance(do, str) or do not in FIELDS:
        raise SettingError(f"a command needs one of {', '.join(FIELDS)} as do; got {str(do)[:40]!r}")
    number, run = message.get("id", 0), message.get("run", "b" if do == "drop" else "a")
    if type(number) is not int or run not in RUNS:
        raise SettingError(f'{do} needs a whole number as id and "a" or "b" as run')
    return Command(do, number, run, _fields(do, {k: v for k, v in message.items() if k not in ("do", "id", "run")}))


def _fields(do: str, given: Mapping[str, Any]) -> dict[str, Any]:
    known = FIELDS[do]
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise SettingError(f"{do} has no field {unknown[0][:40]!r}; it has {', '.join(known) or 'none'}")
    found = {name: given.get(name, USUAL.get(name)) for name in known if name in given or name in USUAL}
    for name, value in found.items():
        if type(value) not in known[name]:
            raise SettingError(f"{do} needs {' or '.join(kind.__name__ for kind in known[name])} as {name}")
    lacking = [name for name in known if name not in found and do != "view"]
    if lacking:
        raise SettingError(f"{do} needs {lacking[0]}")
    if do == "step" and not 1 <= found["count"] <= MOST_STEPS:
        raise SettingError(f"step needs a count from 1 to {MOST_STEPS:,}; got {found['count']}")
    if do == "edit" and not all(type(place) is int for place in found["index"]):
        raise SettingError("edit needs whole numbers as index")
    return found
