"""A session: up to two runs, the commands that change them, and a moment of training at a time."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lamina.errors import NonFiniteError, SettingError
from lamina.playground.commands import Command
from lamina.playground.frames import Frames, View
from lamina.playground.outbox import Outbox
from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from lamina.playground.still import StillFrames, StillModel
from lamina.playground.telling import choices_of, data_of_model, data_of_run, run_state, sources_of

Result = TypeVar("Result")

LEAST_TRAINING = 0.3
"""Of the time between two frames at least this share is trained, however long a frame takes."""
STATE_SECONDS = 1.0
"""While a run is running its state is told so often."""
FIRST_SECONDS = 0.5
"""A question goes before training for so long; what takes longer is answered beside it."""


@dataclass
class Slot:
    """A run of the session and how it is shown."""

    run: PlayRun
    frames: Frames
    running: bool = False
    pace: str = "epoch"
    frame_seconds: float = 0.0


@dataclass
class StillSlot:
    """A model that is only looked at."""

    run: StillModel
    frames: StillFrames
    running: bool = False
    pace: str = "epoch"


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
        run: PlayRun | StillModel,
    ) -> None:  # fmt: skip
        self.sources, self.outbox, self.folder = sources, outbox, folder
        self.asking, self._upload_bytes = asking, upload_bytes
        self.view = View()
        self.slots: dict[str, Slot | StillSlot] = {}
        self._told = 0.0
        self._question: Future[None] | None = None
        self._asked = 0.0
        self.put_run("a", run)

    @property
    def running(self) -> bool:
        """Whether a run is running."""
        return any(slot.running for slot in self.slots.values())

    def train(self) -> float:
        """A moment of training of each run that is running, with a frame; how long to wait for the next one."""
        if self._answers_first():
            return 0.0
        began = time.perf_counter()
        running = {name: slot for name, slot in self.slots.items() if isinstance(slot, Slot) and slot.running}
        for name, slot in running.items():
            self._train_one(name, slot, self.view.chunk_seconds / len(running))
        if time.perf_counter() - self._told > STATE_SECONDS:
            self.tell_state()
        return max(0.0, self.view.chunk_seconds - (time.perf_counter() - began))

    def pause_all(self) -> None:
        """Nobody looks any more."""
        for slot in self.slots.values():
            slot.running = False

    def ask(self, question: Callable[[], None]) -> None:
        """Have a question answered on a thread of its own; training leaves the machine to it for a while."""
        self._question, self._asked = self.asking.submit(question), time.perf_counter()

    def _answers_first(self) -> bool:
        """Wait a moment for a question that is under way; whether it still is, and goes before training."""
        left = self._asked + FIRST_SECONDS - time.perf_counter()
        if self._question is None or left <= 0:
            return False
        wait([self._question], min(left, self.view.chunk_seconds))
        return not self._question.done()

    def tell_state(self, with_data: Iterable[str] = ()) -> None:
        """Send what stands in `state`; the data of these runs with it, so that the page shows both at once."""
        self._told = time.perf_counter()
        runs = {name: run_state(slot.run, slot.running, slot.pace, self.view) for name, slot in self.slots.items()}
        self.outbox.put({
            "kind": "state", "version": importlib.metadata.version("lamina"), "folder": self.folder.resolve().name,
            "choices": choices_of(self._upload_bytes), "sources": sources_of(self.sources), "runs": runs,
            "data": [self._data(name) for name in with_data],
        })  # fmt: skip

    def tell_everything(self) -> None:
        """All that a page needs that has just come."""
        self.tell_state(self.slots)
        for name, slot in self.slots.items():
            slot.frames.again()
            self.show(name)

    def _train_one(self, name: str, slot: Slot, seconds: float) -> None:
        try:
            slot.run.train(max(LEAST_TRAINING * seconds, seconds - slot.frame_seconds), slot.pace)
        except NonFiniteError as error:
            slot.running = False
            self.outbox.put({"kind": "trouble", "run": name, "text": str(error)})
            self.show(name)
            self.tell_state()
            return
        if slot.run.finished:
            slot.running = False
            told = f"{slot.run.position.epoch:,} epochs are as many as a model file can tell of: start again"
            self.outbox.put({"kind": "trouble", "run": name, "text": told})
            self.tell_state()
        if not self.outbox.has_frame(name):
            self.show(name, force=False)

    def show(self, name: str, force: bool = True) -> None:
        """Send a frame; forced ones tell the losses of the very weights that they show."""
        slot, began = self.slots[name], time.perf_counter()
        self.outbox.put(slot.frames.frame(name, force), frame_of=name)
        if isinstance(slot, Slot):
            slot.frame_seconds = time.perf_counter() - began
            slot.run.keep_snapshot(slot.frames.training_loss)

    def _data(self, name: str) -> dict[str, Any]:
        """What the data of a run is."""
        slot = self.slots[name]
        if isinstance(slot, Slot):
            return data_of_run(name, slot.run, slot.frames.plane, self.sources.columns(slot.run.settings))
        return data_of_model(name, slot.run, slot.frames.plane)

    def put_run(self, name: str, run: PlayRun | StillModel) -> None:
        """Show a run under this name."""
        if isinstance(run, StillModel):
            self.slots[name] = StillSlot(run, StillFrames(run, self.view))
        else:
            self.slots[name] = Slot(run, Frames(run, self.view))

    def any_slot(self, command: Command) -> Slot | StillSlot:
        """The run that a command is for.

        Raises:
            SettingError: there is none.
        """
        if command.run not in self.slots:
            raise SettingError("there is no second run: fork one first")
        return self.slots[command.run]

    def slot(self, command: Command) -> Slot:
        """The run that a command is for, which is trained.

        Raises:
            SettingError: there is none, or a model that is only looked at.
        """
        found = self.any_slot(command)
        return found if isinstance(found, Slot) else found.run.refuse()

    def compiling(self, name: str, why: str, work: Callable[[], Result]) -> Result:
        """Do what leads to a compilation, and the compilation, with a word before and after."""
        began = time.perf_counter()
        self.outbox.put({"kind": "compiling", "run": name, "why": why})
        try:
            result = work()
            slot = self.slots[name]
            if isinstance(slot, Slot):
                slot.run.run.trainer.compile(slot.run.position.progress)
                slot.frames.frame(name, force=True)
                slot.frames.again()
        finally:
            seconds = round(time.perf_counter() - began, 3)
            self.outbox.put({"kind": "compiled", "run": name, "seconds": seconds})
        return result

    def done(self, command: Command, result: Any) -> None:
        """Tell that a command was carried out."""
        self.outbox.put({"kind": "done", "id": command.number, "result": result})
