"""How the layers fare: weights, gradients, dead and saturated neurons, over a run or on a source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import jax, jnp
from lamina.data.memory import memory_from
from lamina.errors import DataError, SettingError
from lamina.layers.combining import as_sequential
from lamina.model.features import inputs_for
from lamina.plots.style import COLORS, figure, ink, line, looks, shared_legend, some_markers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lamina.model.model import Model

PANELS = (
    ("weight", "size of the weights", "root of the mean square"),
    ("gradient", "size of the gradients", "root of the mean square"),
    ("dead", "dead neurons", "share of the layer's neurons"),
    ("saturated", "saturated activations", "share of the layer's activations"),
)
FAR = 20.0
"""Sizes that are further apart are drawn on a logarithmic scale."""
MOST_EXAMPLES = 512
"""So many tell a share to about 2 points."""


def layers_figure(model: Model, *, dark: bool = False) -> Figure:
    """Weights, gradients, dead and saturated neurons of each layer over the epochs of its run.

    Raises:
        SettingError: the run did not record its layers.
    """
    epochs = [epoch for epoch in model.record.epochs if epoch.layers]
    if not epochs:
        raise SettingError(
            "this model's run did not record its layers: train it with --record-layers (record_layers=True)"
        )
    states = {(epoch.number, state.name): state for epoch in epochs for state in epoch.layers}
    names, numbers = list(dict.fromkeys(name for _, name in states)), [epoch.number for epoch in epochs]
    with looks(dark):
        made, axes = figure(2, 2, width=10.0, height=7.4)
        for ax, (key, title, label) in zip(axes.flat, PANELS, strict=True):
            for place, name in enumerate(names):
                values = [getattr(states.get((number, name)), key, None) for number in numbers]
                if any(value is not None for value in values):
                    drawn = np.array([math.nan if value is None else value for value in values])
                    ax.plot(
                        numbers, drawn, **{**line(place, dark), "markevery": some_markers(len(numbers))}, label=name
                    )
            ax.set(title=title, xlabel="epoch", ylabel=label)
            _scale(ax, share=key in ("dead", "saturated"))
        shared_legend(made, axes.flat, min(5, len(names)), "layer")
    return made


def neurons_figure(model: Model, source: Any, *, dark: bool = False) -> Figure:
    """Of each layer the share of neurons that are dead, and of activations that are saturated, on a source.

    Raises:
        SettingError: no layer of the network ends with an activation that could be flat.
        DataError: no example that the model can read.
    """
    found = flat_shares(model, source)
    places = np.arange(len(found))
    with looks(dark):
        made, axes = figure(width=7.4, height=1.7 + 0.6 * len(found))
        ax = axes[0, 0]
        for row, (label, color, hatch) in enumerate(
            (("dead neurons", COLORS[1], "//"), ("saturated activations", COLORS[5], ""))
        ):
            shares = np.array([100 * both[row] for both in found.values()])
            bars = ax.barh(
                places + 0.36 * row - 0.18, shares, 0.34, color=color, hatch=hatch, edgecolor=ink(dark), label=label
            )
            ax.bar_label(bars, [f"{share:.1f} %" for share in shares], padding=4, fontsize=9)
        ax.set(yticks=places, yticklabels=list(found), xlim=(0, 115), xlabel="share in %")
        ax.set_xticks(range(0, 101, 20))
        ax.invert_yaxis()
        shared_legend(made, [ax], 2)
    return made


def flat_shares(model: Model, source: Any) -> dict[str, tuple[float, float]]:
    """By layer the share of dead neurons and of saturated activations, on the first examples of a source."""
    from lamina.training.layer_states import flat_neurons

    network, params, state = as_sequential(model.network, model.params, model.state)
    encoded, _, _ = model.encoder.encode_within(inputs_for(model, source), memory_from(None))
    if not len(encoded):
        raise DataError("dead neurons are counted on examples; the source has none that the model can read")
    x = model.encoder.on_device(jnp.asarray(encoded[:MOST_EXAMPLES]))
    shares = jax.jit(lambda p, x: flat_neurons(network, p, state, x, jnp.ones(len(x))))(params, x)
    if not shares:
        raise SettingError(
            "no layer of this network ends with an activation that could be flat: there is nothing to count"
        )
    return {
        f"{int(place) + 1} {type(network.layers[int(place)]).__name__}": (float(dead), float(saturated))
        for place, (dead, saturated) in shares.items()
    }


def _scale(ax: Any, share: bool) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if share:
        ax.set_ylim(-0.03, 1.03)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        if not ax.lines:
            ax.text(0.5, 0.5, "no layer has activations\nthat could be flat", ha="center", va="center",
                    transform=ax.transAxes)  # fmt: skip
    else:
        drawn = np.concatenate([np.asarray(one.get_ydata(), float) for one in ax.lines])
        if np.nanmin(drawn) > 0 and np.nanmax(drawn) / np.nanmin(drawn) > FAR:
            ax.set_yscale("log")
