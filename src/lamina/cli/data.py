"""lamina data: the data sets that are known by name."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lamina.cli.console import json_lines, say
from lamina.cli.fetching import fetch_named, megabytes
from lamina.errors import SettingError


def data(
    name: Annotated[str | None, typer.Argument(help="Fetch this set now, without training.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the data sets known by name, or fetch one of them.

    \b
    lamina data
    lamina data mnist
    lamina train mnist
    """
    found = known_sets()
    if name is not None:
        if name not in [one["name"] for one in found]:
            raise SettingError(f"there is no data set {name!r}; there are {', '.join(one['name'] for one in found)}")
        fetch_named(name)
        found = [one for one in known_sets() if one["name"] == name]
    say(*(json_lines(found) if as_json else table(found)))


def known_sets() -> list[dict[str, Any]]:
    """Every set: name, kind, examples, bytes to fetch, licence, whether it is here, and where."""
    from lamina.data.embedded import DESCRIPTIONS
    from lamina.data.named_sets import NAMED_SETS, folder_of

    bundled = [
        {"name": name, "kind": one.kind, "examples": one.examples, "size": 0, "licence": one.licence, "here": True,
         "folder": None}
        for name, one in DESCRIPTIONS.items()
    ]  # fmt: skip
    fetched = [
        {"name": name, "kind": one.kind, "examples": one.examples, "size": one.size, "licence": one.licence,
         "here": one.is_here(folder_of(name)), "folder": str(folder_of(name))}
        for name, one in NAMED_SETS.items()
    ]  # fmt: skip
    return [*bundled, *fetched]


def table(found: list[dict[str, Any]]) -> list[str]:
    """A line a set."""
    lines = [f"{'name':15}{'examples':>9}  {'kind':24}{'size':>9}  {'here':16}licence"]
    for one in found:
        here = "comes along" if not one["folder"] else "yes" if one["here"] else "is fetched"
        size = megabytes(one["size"]) if one["size"] else ""
        lines.append(f"{one['name']:15}{one['examples']:>9,}  {one['kind']:24}{size:>9}  {here:16}{one['licence']}")
    return lines
