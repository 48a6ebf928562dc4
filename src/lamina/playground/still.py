"""A model that is looked at and asked, but not trained: its data is not at hand, or the page has no words for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

from lamina.arrays import Numpy, Params, State
from lamina.errors import SettingError
from lamina.model.model import Model
from lamina.playground.binary import pack
from lamina.playground.frames import View, told_maps, weights_of
from lamina.playground.plane import Maps, Plane, plane_of
from lamina.playground.settings import PageSettings
from lamina.playground.viewed import Viewed, viewed


@dataclass(frozen=True, eq=False)
class StillModel:
    """A model without its training.

    Args:
        opened: the model.
        why_not: why it is not trained on, and what to do.
        settings: of the page, which it says nothing about.
    """

    opened: Model
    why_not: str
    settings: PageSettings = field(default_factory=PageSettings)
    shown: None = None

    @property
    def viewed(self) -> Viewed:
        """The network with its weights."""
        model = self.opened
        return viewed(model.encoder, model.network, model.task, model.params, model.state)

    @property
    def params(self) -> Params:
        """The weights."""
        return self.viewed.params

    @property
    def state(self) -> State:
        """What the layers remember."""
        return self.viewed.state

    @property
    def name(self) -> str:
        """Of the data that it was trained on."""
        return self.opened.record.source

    @property
    def notes(self) -> list[str]:
        """What was said when it was trained."""
        return list(self.opened.record.notes)

    def model(self, which: str = "shown") -> Model:
        """The model itself."""
        return self.opened

    @property
    def answering(self) -> Model:
        """The model itself."""
        return self.opened

    def refuse(self) -> NoReturn:
        """Say why it is not trained on.

        Raises:
            SettingError: always.
        """
        raise SettingError(self.why_not)


class StillFrames:
    """The one frame of a still model: maps and weights, no losses.

    Args:
        run: the model.
        view: how finely.
    """

    def __init__(self, run: StillModel, view: View) -> None:
        self.run, self.view = run, view
        self.plane: Plane | None = plane_of(run.opened.encoder, None)

    def again(self) -> None:
        """A frame is always whole."""

    def with_view(self, view: View) -> None:
        """Look in another way from now on."""
        self.view = view

    def frame(self, name: str, force: bool = False) -> bytes:
        """A binary message with all that is shown."""
        seen, record = self.run.viewed, self.run.opened.record
        arrays: dict[str, Numpy] = weights_of(seen)
        maps: list[dict[str, Any]] = []
        decision: dict[str, Any] | None = None
        if self.plane is not None:
            made = Maps(seen, self.plane, self.view.map_size, self.view.decision_size)
            (maps, decision), found = told_maps(made(seen.params, seen.state))
            arrays |= found
        nothing = {"train": None, "validation": None, "test": None}
        results = {one.name: one.value for one in record.results}
        measure = self.run.opened.task.measure
        return pack({
            "kind": "frame", "run": name, "epoch": record.best_epoch, "step": 0, "batch": 0, "batches": 1, "example": 0,
            "learning_rate": record.settings.rate, "steps_per_second": 0, "measured_at_step": 0, "measure": measure,
            "loss": {**nothing, "test": results.get("loss")}, "error": {**nothing, "test": results.get(measure)},
            "confusion": None, "penalty": 0.0, "warning": "", "maps": maps, "decision": decision, "curve": [],
            "curve_from_start": True,
        }, arrays)  # fmt: skip
