"""A session: up to two runs, the commands that change them, and a moment of training at a time."""

from __future__ import annotations

import copy
import importlib.metadata
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lamina.data.points import POINT_SETS
from lamina.errors import LaminaError, NonFiniteError, SettingError
from lamina.model.saving import free_name
from lamina.playground.asking import answer, example_from, explanation
from lamina.playground.binary import pack
from lamina.playground.commands import Command
from lamina.playground.frames import Frames, View
from lamina.playground.opening import opened
from lamina.playground.outbox import Outbox
from lamina.playground.play_run import Kept, PlayRun
from lamina.playground.settings import WITHOUT_COMPILING, PageSettings, changed, differing
from lamina.playground.sources import Sources
from lamina.playground.stepping import PACES
from lamina.playground.usual import usual_settings
from lamina.playground.telling import choices_of, data_message, run_state, sources_of
from lamina.playground.written_code import code_of

LEAST_TRAINING = 0.3
"""Of the time between two frames at least this share is trained, however long a frame takes."""
STATE_SECONDS = 1.0
"""While a run is running its state is told so often."""


@dataclass
class Slot:
    """A run of the session and how it is shown."""

    run: PlayRun
    frames: Frames
    running: bool = False
    pace: str = "epoch"
    frame_seconds: float = 0.0


class Session:
    """What happens on the page; one thread calls it.

    Args:
        sources: where data comes from.
        outbox: for what the page is sent.
        folder: where models are saved.
        asking: carries out questions that take long, so that training goes on meanwhile.
        upload_bytes: how large an upload may be.
        run: the first one.
    """

    def __init__(
        self, sources: Sources, outbox: Outbox, folder: Path, asking: Executor, upload_bytes: int,
        run: PlayRun,
    ) -> None:  # fmt: skip
        self.sources, self.outbox, self.folder = sources, outbox, folder
        self._asking, self._upload_bytes = asking, upload_bytes
        self.view = View()
        self.slots: dict[str, Slot] = {}
        self._told = 0.0
        self._put_run("a", run)

    @property
    def running(self) -> bool:
        """Whether a run is running."""
        return any(slot.running for slot in self.slots.values())

    def handle(self, command: Command) -> None:
        """Carry out a command and tell what came of it."""
        try:
            result = self._handlers[command.do](self, command)
        except LaminaError as error:
            self.outbox.put({"kind": "refused", "id": command.number, "text": str(error)})
            return
        if result is not None:
            self._done(command, result)

    def train(self) -> float:
        """A moment of training of each run that is running, with a frame; how long to wait for the next one."""
        began = time.perf_counter()
        running = {name: slot for name, slot in self.slots.items() if slot.running}
        for name, slot in running.items():
            self._train_one(name, slot, self.view.chunk_seconds / len(running))
        if time.perf_counter() - self._told > STATE_SECONDS:
            self.tell_state()
        return max(0.0, self.view.chunk_seconds - (time.perf_counter() - began))

    def pause_all(self) -> None:
        """Nobody looks any more."""
        for slot in self.slots.values():
            slot.running = False

    def tell_state(self) -> None:
        """Send what stands in `state`."""
        self._told = time.perf_counter()
        runs = {
            name: run_state(slot.run, slot.running, slot.pace, self.view) for name, slot in self.slots.items()
        }
        self.outbox.put({
            "kind": "state", "version": importlib.metadata.version("lamina"), "folder": self.folder.resolve().name,
            "choices": choices_of(self._upload_bytes), "sources": sources_of(self.sources), "runs": runs,
        })  # fmt: skip

    def tell_everything(self) -> None:
        """All that a page needs that has just come."""
        self.tell_state()
        for name, slot in self.slots.items():
            slot.frames.again()
            self._tell_data(name)
            self._show(name)

    def _train_one(self, name: str, slot: Slot, seconds: float) -> None:
        try:
            slot.run.train(max(LEAST_TRAINING * seconds, seconds - slot.frame_seconds), slot.pace)
        except NonFiniteError as error:
            slot.running = False
            self.outbox.put({"kind": "trouble", "run": name, "text": str(error)})
            self._show(name)
            self.tell_state()
            return
        if slot.run.finished:
            slot.running = False
            told = f"{slot.run.position.epoch:,} epochs are as many as a model file can tell of: reset to begin again"
            self.outbox.put({"kind": "trouble", "run": name, "text": told})
            self.tell_state()
        if not self.outbox.has_frame(name):
            self._show(name, force=False)

    def _show(self, name: str, force: bool = True) -> None:
        """Send a frame; forced ones tell the losses of the very weights that they show."""
        slot, began = self.slots[name], time.perf_counter()
        message = slot.frames.frame(name, force)
        slot.frame_seconds = time.perf_counter() - began
        loss = slot.frames.measure().parts["train"].get("loss", 0.0)
        slot.run.keep_snapshot(loss)
        self.outbox.put(message, frame_of=name)

    def _tell_data(self, name: str) -> None:
        slot = self.slots[name]
        columns = self.sources.columns(slot.run.settings)
        self.outbox.put(data_message(name, slot.run, slot.frames.plane, columns))

    def _put_run(self, name: str, run: PlayRun) -> None:
        self.slots[name] = Slot(run, Frames(run, self.view))

    def _slot(self, command: Command) -> Slot:
        if command.run not in self.slots:
            raise SettingError("there is no second run: fork one first")
        return self.slots[command.run]

    def _compiling(self, name: str, why: str, work: Callable[[], Any]) -> Any:
        """Do what leads to a compilation, and the compilation, with a word before and after."""
        began = time.perf_counter()
        self.outbox.put({"kind": "compiling", "run": name, "why": why})
        try:
            result = work()
            slot = self.slots[name]
            slot.run.run.trainer.compile(slot.run.position.progress)
            slot.frames.frame(name, force=True)
            slot.frames.again()
        finally:
            seconds = round(time.perf_counter() - began, 3)
            self.outbox.put({"kind": "compiled", "run": name, "seconds": seconds})
        return result

    def _done(self, command: Command, result: Any) -> None:
        self.outbox.put({"kind": "done", "id": command.number, "result": result})

    def _hello(self, command: Command) -> dict[str, Any]:
        for name, slot in self.slots.items():
            if not slot.run.run.trainer.compiled:
                self._compiling(name, "the program of the training is made", lambda: None)
        self.tell_everything()
        return {}

    def _settings(self, command: Command) -> dict[str, Any]:
        slot = self._slot(command)
        after = self._after(slot.run.settings, command["settings"])
        names = differing(slot.run.settings, after)
        if not names:
            return {"kept": "rate", "why": ""}
        if names <= set(WITHOUT_COMPILING):
            kept = slot.run.change(after)
        else:
            why = f"{', '.join(sorted(names)).replace('_', ' ')} changed"
            kept = self._compiling(command.run, why, lambda: self._changed(command.run, after))
        if kept.kept == "nothing" or "axes" in names:
            self._tell_data(command.run)
        self.tell_state()
        self._show(command.run)
        return {"kept": kept.kept, "why": kept.why}

    def _after(self, before: PageSettings, changes: dict[str, Any]) -> PageSettings:
        """The settings after a change; other data brings what is usual for it, where the page says nothing else."""
        data = changes.get("data", before.data)
        usual = usual_settings(self.sources, data) if isinstance(data, str) and data != before.data else {}
        if data in POINT_SETS and before.drawn:
            usual = {}
        return changed(before, {**usual, **changes})

    def _changed(self, name: str, settings: PageSettings) -> Kept:
        slot = self.slots[name]
        kept = slot.run.change(settings)
        if kept.kept == "nothing":
            slot.frames = Frames(slot.run, self.view)
        return kept

    def _run(self, command: Command) -> dict[str, Any]:
        slot = self._slot(command)
        if command["pace"] not in PACES:
            raise SettingError(f"a run has the pace {', '.join(PACES)}; got {command['pace']!r}")
        slot.running, slot.pace = True, command["pace"]
        self.tell_state()
        return {}

    def _pause(self, command: Command) -> dict[str, Any]:
        self._slot(command).running = False
        self._show(command.run)
        self.tell_state()
        return {}

    def _step(self, command: Command) -> dict[str, Any]:
        slot = self._slot(command)
        slot.running = False
        try:
            slot.run.step(command["unit"], command["count"])
        finally:
            self._show(command.run)
            self.tell_state()
        return {}

    def _reset(self, command: Command) -> dict[str, Any]:
        slot = self._slot(command)
        slot.run.reset()
        slot.running, slot.frames = False, Frames(slot.run, self.view)
        self._show(command.run)
        self.tell_state()
        return {}

    def _edit(self, command: Command) -> dict[str, Any]:
        self._slot(command).run.edit(command["array"], command["index"], command["value"])
        self._show(command.run)
        self.tell_state()
        return {}

    def _rewind(self, command: Command) -> dict[str, Any]:
        slot = self._slot(command)
        before = slot.run.settings
        slot.running = False
        slot.run.rewind(command["snapshot"])
        if slot.run.settings is not before:
            self._tell_data(command.run)
        self.tell_state()
        self._show(command.run)
        return {}

    def _fork(self, command: Command) -> dict[str, Any]:
        self._put_run("b", self._slot(command).run.forked(command["snapshot"]))
        self.tell_state()
        self._tell_data("b")
        self._show("b")
        return {}

    def _drop(self, command: Command) -> dict[str, Any]:
        if command.run != "b":
            raise SettingError("the first run stays; drop the second one")
        self.slots.pop("b", None)
        self.tell_state()
        return {}

    def _save(self, command: Command) -> dict[str, Any]:
        run = self._slot(command).run
        path = free_name(self.folder / f"{run.prepared.dataset.name}.safetensors")
        run.model(command["which"]).save(path)
        return {"path": path.name, "bytes": path.stat().st_size}

    def _code(self, command: Command) -> dict[str, Any]:
        code = code_of(self._slot(command).run, self.sources)
        return {"python": code.python, "command": code.command, "files": list(code.files), "note": code.note}

    def _explain(self, command: Command) -> None:
        run = copy.copy(self._slot(command).run)
        if not all(isinstance(one, str) for one in command["neurons"]):
            raise SettingError('neurons are asked for as "layer:place"')

        def ask() -> dict[str, Any]:
            model = run.model()
            example = example_from(command["example"], model, run.prepared)
            return explanation(model, example, command["neurons"], command["backwards"], command["top"])

        self._ask(command, ask)

    def _answer(self, command: Command) -> None:
        run = copy.copy(self._slot(command).run)

        def ask() -> dict[str, Any]:
            model = run.model()
            told, header, arrays = answer(model, example_from(command["example"], model, run.prepared), command["way"])
            self.outbox.put(pack({"kind": "maps", "id": command.number, **header}, arrays))
            return told

        self._ask(command, ask)

    def _ask(self, command: Command, ask: Callable[[], dict[str, Any]]) -> None:
        def work() -> None:
            try:
                self._done(command, ask())
            except LaminaError as error:
                self.outbox.put({"kind": "refused", "id": command.number, "text": str(error)})

        self._asking.submit(work)

    def _view(self, command: Command) -> dict[str, Any]:
        limits = {"map_size": (8, 100), "decision_size": (8, 200), "chunk_seconds": (0.01, 0.5)}
        for name, value in command.fields.items():
            low, high = limits[name]
            if not low <= value <= high:
                raise SettingError(f"{name} needs a number from {low} to {high}; got {value}")
        self.view = replace(self.view, **command.fields)
        for name, slot in self.slots.items():
            slot.frames.with_view(self.view)
            self._show(name)
        self.tell_state()
        return {}

    def _open(self, command: Command) -> dict[str, Any]:
        model = self.sources.model(command["source"])
        run = self._compiling("a", "a model is opened", lambda: self._put_run("a", opened(self.sources, model)))
        self.tell_everything()
        return {} if run is None else {}

    _handlers = {
        "hello": _hello, "settings": _settings, "run": _run, "pause": _pause, "step": _step, "reset": _reset,
        "edit": _edit, "rewind": _rewind, "fork": _fork, "drop": _drop, "save": _save, "code": _code,
        "explain": _explain, "answer": _answer, "view": _view, "open": _open,
    }  # fmt: skip
