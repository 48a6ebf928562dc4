"""`lamina doctor`: what this machine is, what Lamina found on it, and how fast it computes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lamina.cli.console import json_lines, say

PACKAGES = ("jax", "jaxlib", "numpy", "optax", "scikit-learn", "pandas", "pillow", "soundfile", "matplotlib")


def doctor(
    measure: Annotated[bool, typer.Option(help="Measure for about 5 seconds how fast it computes.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what Lamina runs on: machine, device, versions, kernels, and a measurement of 5 seconds.

    \b
    lamina doctor
    lamina doctor --no-measure --json
    """
    found = findings()
    if measure:
        from lamina.kernels.measuring import rates

        found["measured"] = {rate.name: f"{rate.value:,.0f} {rate.unit} ({rate.what})" for rate in rates()}
    if as_json:
        say(*json_lines(found))
        return
    measured = found.pop("measured", {})
    packages = ", ".join(f"{name} {version}" for name, version in found["packages"].items())
    say(*(f"{name:10}  {value}" for name, value in {**found, "packages": packages}.items()))
    say(*(f"{name:20}  {value}" for name, value in measured.items()))


def findings() -> dict[str, Any]:
    """What can be said without computing."""
    import os
    import platform

    import jax

    import lamina
    from lamina.kernels import native
    from lamina.user_folders import cache_folder

    devices = jax.devices()
    build = native.build()
    return {
        "lamina": f"{lamina.__version__}, Python {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "device": f"{len(devices)} x {devices[0].platform} ({devices[0].device_kind})",
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "kernels": f"native, for {build}" if build else f"pure JAX: {native.reason()}",
        "programs": f"kept in {cache_folder() / 'programs'}",
    }


def _version(package: str) -> str:
    """Of an installed package; "" where it is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
