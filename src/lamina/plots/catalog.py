"""Every plot by its name: what it shows, what it takes, and the function that draws it.

A plot is one line of the table: a sentence, the arguments in capitals (MODEL is a model or its file, SOURCE holds
examples, FILE is one of them; those in brackets may be left out), and the function, which takes them in this order and
`dark` by name, and gives a figure. Its module is imported when it is drawn.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.errors import SettingError
from lamina.plots.style import resized

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Plot:
    """One plot: what it shows in a sentence, the names of its arguments, and module.function."""

    sentence: str
    arguments: str
    function: str

    @property
    def names(self) -> list[str]:
        """The arguments without brackets."""
        return [name.strip("[]") for name in self.arguments.split()]

    @property
    def needed(self) -> int:
        """How many arguments it needs at least."""
        return sum(not name.startswith("[") for name in self.arguments.split())

    def draw(self) -> Callable[..., Figure]:
        """The function."""
        module, _, name = self.function.partition(".")
        found: Callable[..., Figure] = getattr(importlib.import_module(f"lamina.plots.{module}"), name)
        return found


PLOTS = {
    "activation": Plot("An activation function and its derivative.", "NAME", "activations.activation_figure"),
    "activations": Plot("All activation functions with their derivatives.", "", "activations.all_activations"),
    "descent": Plot("Gradient descent at a rate too small, right and too large.", "", "descent.descent_figure"),
    "valleys": Plot("Gradient descent on a loss with two valleys.", "", "descent.valleys_figure"),
    "race": Plot("Optimizers racing over a surface.", "", "race.race_figure"),
    "network": Plot("A model's network: neurons and weights, or blocks.", "MODEL", "network_plan.model_network_figure"),
    "run": Plot("Loss and measures of a model's training by epoch.", "MODEL", "runs.run_figure"),
    "rate": Plot("The learning-rate finder on a source.", "SOURCE", "runs.find_rate_figure"),
    "layers": Plot("Weights, gradients and flat neurons by layer over a run.", "MODEL", "layer_history.layers_figure"),
    "neurons": Plot(
        "Dead and saturated neurons by layer, on a source.", "MODEL SOURCE", "layer_history.neurons_figure"
    ),
    "confusion": Plot(
        "How often each class was answered for each true one.", "MODEL SOURCE", "of_models.confusion_figure"
    ),
    "confused": Plot("The pictures that are taken for another class.", "MODEL SOURCE", "of_models.confused_figure"),
    "mistakes": Plot("The pictures of which a model is surest and wrong.", "MODEL SOURCE", "of_models.mistakes_figure"),
    "reliability": Plot(
        "How often answers are right, by their probability.", "MODEL SOURCE", "of_models.reliability_figure"
    ),
    "predicted": Plot(
        "Predicted against true numbers, and what is left over.", "MODEL SOURCE", "of_models.predicted_figure"
    ),
    "forecast": Plot(
        "The last forecast that can be judged, with its spread.", "MODEL SOURCE", "of_models.forecast_figure"
    ),
    "filters": Plot("The filters of the first layer.", "MODEL", "of_models.filters_figure"),
    "maps": Plot("What the first layer makes of a picture.", "MODEL SOURCE", "of_models.maps_figure"),
    "representation": Plot(
        "A flat classifier on what each layer gives.", "MODEL SOURCE", "of_models.representation_figure"
    ),
    "points": Plot(
        "Examples as the last layer but one sees them, in two dimensions.", "MODEL SOURCE", "of_models.points_figure"
    ),
    "regions": Plot("What a model answers over two columns.", "MODEL SOURCE", "of_models.regions_figure"),
    "columns": Plot("How much each column matters to a model.", "MODEL SOURCE", "of_models.columns_figure"),
    "map": Plot("A self-organizing map.", "MODEL SOURCE", "of_models.map_figure"),
    "mattered": Plot("What in an example mattered for the answer.", "MODEL FILE", "of_models.mattered_figure"),
    "samples": Plot("New pictures that a model draws.", "MODEL", "of_models.samples_figure"),
    "learnt": Plot("How the training examples were learnt, after --follow.", "MODEL", "of_models.learnt_figure"),
    "suspicious": Plot(
        "Training examples whose labels may be wrong, after --follow.", "MODEL SOURCE", "of_models.suspicious_figure"
    ),
    "noise": Plot("The error against noise added to the input.", "MODEL SOURCE", "of_models.noise_figure"),
}
"""Every plot by its name, in the order in which they are listed."""


def plot(
    name: str,
    *arguments: Any,
    dark: bool = False,
    size: str | None = None,
    allow_unproven: bool = False,
    **options: Any,
) -> Figure:
    """Draw a plot by its name; `lamina plot` lists them.

    Args:
        name: of the plot.
        arguments: what it takes: a model or its file, a source, the name of an activation.
        dark: light on dark.
        size: width x height in inches, such as "8x5".
        allow_unproven: take a model whose proof does not hold on this machine, with a warning.
        options: what only some plots know: `target`, the `columns` of "regions", the `way` of "points" and "mattered".

    Raises:
        SettingError: no such plot, too few or too many arguments, an option that it does not know, no such size.

    Example:
        >>> import lamina
        >>> figure = lamina.plot("activation", "relu", size="6x4")
        >>> figure.get_size_inches().tolist()
        [6.0, 4.0]
    """
    found = find(name)
    _require_arguments(name, found, arguments)
    draw = found.draw()
    for option in options:
        if option not in inspect.signature(draw).parameters:
            raise SettingError(f"the plot {name} takes no {option}; leave it out")
    taken = [
        _model(own, allow_unproven) if word == "MODEL" else own
        for word, own in zip(found.names, arguments, strict=False)
    ]
    made = draw(*taken, dark=dark, **options)
    return made if size is None else resized(made, size)


def find(name: str) -> Plot:
    """The plot of this name.

    Raises:
        SettingError: there is none.
    """
    if name not in PLOTS:
        raise SettingError(f"there is no plot {name!r}; there are {', '.join(PLOTS)}")
    return PLOTS[name]


def _require_arguments(name: str, found: Plot, arguments: tuple[Any, ...]) -> None:
    if not found.needed <= len(arguments) <= len(found.names):
        wanted = found.arguments or "no arguments"
        raise SettingError(f"the plot {name} takes {wanted}; got {len(arguments)}: {' '.join(map(str, arguments))!r}")


def _model(own: Any, allow_unproven: bool) -> Any:
    from lamina.model.model import Model

    return Model.load(own, allow_unproven=allow_unproven) if isinstance(own, str | Path) else own
