"""Recipes: frozen dataclasses of settings that are their own JSON.

Layers, encoders and tasks are recipes. `recipe` enters a class under its name in a closed register; `to_json` and
`from_json` turn a recipe into plain JSON and back. What comes from a file is data: an unknown name, an unknown or
missing field, or a value of another type is a SettingError that names the field, and nothing is ever imported.

A recipe that gains a setting names it in its class variable `added_fields`, and gives it the default that keeps the
old behavior: files from before then stay readable, and no other field may be missing.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from typing import Any, TypeVar, dataclass_transform

from lamina.errors import SettingError

Instance = TypeVar("Instance")

RECIPES: dict[str, type] = {}
"""Every recipe by its name: the vocabulary of the model file."""

MAX_DEPTH = 64
"""Recipes nest at most this deep in a file."""


@dataclass_transform(frozen_default=True)
def recipe(cls: type[Instance]) -> type[Instance]:
    """Make a class a frozen dataclass and enter it in the register under its name."""
    checks = getattr(cls, "__post_init__", None)

    def check(self: Any) -> None:
        if checks is not None:
            checks(self)  # its own words come first
        _check_types(self)

    setattr(cls, "__post_init__", check)  # noqa: B010  # a dataclass calls it; the class does not declare it
    made = dataclasses.dataclass(frozen=True, repr=False)(cls)
    if cls.__name__ in RECIPES:
        raise SettingError(f"a recipe named {cls.__name__} exists already; give yours another name")
    RECIPES[cls.__name__] = made
    return made


def describe(instance: Any, without: tuple[str, ...] = ()) -> str:
    """A recipe as one would write it, settings at their defaults left out: `Dense(units=10, activation="relu")`."""
    settings = []
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if field.name in without:
            continue
        if field.default is dataclasses.MISSING or value != field.default:
            text = f'"{value}"' if isinstance(value, str) else repr(value)
            settings.append(f"{field.name}={text}")
    return f"{type(instance).__name__}({', '.join(settings)})"


def to_json(instance: Any) -> dict[str, Any]:
    """A recipe as JSON: its name under "type", then every field."""
    document: dict[str, Any] = {"type": type(instance).__name__}
    for field in dataclasses.fields(instance):
        document[field.name] = _value_to_json(getattr(instance, field.name))
    return document


def _check_types(instance: Any) -> None:
    """Raise a SettingError where a field has another type than it declares, as a file would be refused."""
    cls: Any = type(instance)
    for name, hint in field_types(cls).items():
        value = getattr(instance, name)
        if not _fits(value, hint):
            who = cls.__name__
            raise SettingError(f"{who} needs {_type_name(hint)} for {name}; got {_shown(value)}")


def _fits(value: Any, hint: Any) -> bool:
    origin, members = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, member) for member in members)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        wanted = members[:1] * len(value) if members[1:] == (Ellipsis,) else members
        return len(value) == len(wanted) and all(map(_fits, value, wanted))
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint if hint in (int, str, bool) else isinstance(value, hint)


def _value_to_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_json(value)
    if isinstance(value, tuple):
        return [_value_to_json(item) for item in value]
    return value


def from_json(document: Any, family: type, where: str, depth: int = 0) -> Any:
    """The recipe that a JSON document describes; it must belong to `family` (such as Layer).

    Raises:
        SettingError: an unknown name or field, a missing field, a value of another type or out of range.
    """
    if depth > MAX_DEPTH:
        raise SettingError(f"{where}: recipes are nested more than {MAX_DEPTH} deep")
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise SettingError(f'{where}: expected an object with a "type"; found {_shown(document)}')
    cls: Any = RECIPES.get(document["type"])
    if cls is None or not issubclass(cls, family):
        raise SettingError(
            f"{where}: unknown {family.__name__.lower()} {_shown(document['type'])}. A class of your own must be "
            f"registered with @lamina.recipe before the file is loaded"
        )
    hints: dict[str, Any] = field_types(cls)
    unknown = sorted(map(_shown, document.keys() - {"type"} - hints.keys()))
    missing = sorted(hints.keys() - document.keys() - set(getattr(cls, "added_fields", ())))
    if unknown or missing:
        raise SettingError(f"{where}: {cls.__name__} has unknown fields {unknown[:5]} or lacks {missing[:5]}")
    settings = {n: _read(document[n], hint, f"{where}.{n}", depth) for n, hint in hints.items() if n in document}
    return build(cls, settings, where)


def build(cls: type, settings: dict[str, Any], where: str) -> Any:
    """Construct a recipe; what its own checks refuse names the place in the file."""
    try:
        return cls(*settings["layers"]) if settings.keys() == {"layers"} else cls(**settings)
    except SettingError as error:
        raise SettingError(f"{where}: {error}") from None


@functools.cache
def field_types(cls: type) -> dict[str, Any]:
    """The declared type of each field."""
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _read(value: Any, hint: Any, where: str, depth: int) -> Any:
    """A JSON value as the declared type, or a SettingError; nothing is converted silently."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _read_union(value, hint, where, depth)
    if origin is tuple:
        return _read_tuple(value, hint, where, depth)
    if hint is type(None) and value is None:
        return None
    if hint is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if hint in (int, str, bool) and type(value) is hint:
        return value
    if isinstance(hint, type) and hint not in (int, float, str, bool, type(None)):
        return from_json(value, hint, where, depth + 1)
    raise SettingError(f"{where}: expected {_type_name(hint)}; found {_shown(value)}")


def _read_union(value: Any, hint: Any, where: str, depth: int) -> Any:
    """The only member that a value of this JSON type can be, so that its own error is the one to be told."""
    members = typing.get_args(hint)
    if value is None and type(None) in members:
        return None
    for member in members:
        if _json_type(member) is type(value):
            return _read(value, member, where, depth)
    if float in members:
        return _read(value, float, where, depth)
    raise SettingError(f"{where}: expected {_type_name(hint)}; found {_shown(value)}")


def _json_type(hint: Any) -> type:
    """What a declared type is in JSON."""
    if typing.get_origin(hint) is tuple:
        return list
    return hint if hint in (int, float, str, bool, type(None)) else dict


def _read_tuple(value: Any, hint: Any, where: str, depth: int) -> Any:
    if not isinstance(value, list):
        raise SettingError(f"{where}: expected a list; found {_shown(value)}")
    members = typing.get_args(hint)
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_read(item, members[0], f"{where}[{i}]", depth) for i, item in enumerate(value))
    if len(value) != len(members):
        raise SettingError(f"{where}: expected {len(members)} values; found {len(value)}")
    pairs = zip(value, members, strict=True)
    return tuple(_read(item, member, f"{where}[{i}]", depth) for i, (item, member) in enumerate(pairs))


def _type_name(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint))


def _shown(value: Any) -> str:
    """A value from a file, short and without control characters."""
    text = ascii(value) if not isinstance(value, dict | list) else type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."
