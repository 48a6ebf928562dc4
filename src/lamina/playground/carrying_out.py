"""The page's commands carried out on a session, one function each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lamina.data.points import POINT_SETS
from lamina.errors import LaminaError, SettingError
from lamina.model.preparation import Prepared
from lamina.model.saving import free_name
from lamina.playground.asking import answer, example_from, explanation
from lamina.playground.binary import pack
from lamina.playground.commands import Command
from lamina.playground.opening import opened
from lamina.playground.play_run import Kept, PlayRun
from lamina.playground.session import Session, Slot, StillSlot
from lamina.playground.settings import WITHOUT_COMPILING, PageSettings, changed, differing, in_words
from lamina.playground.stepping import PACES
from lamina.playground.still import StillModel
from lamina.playground.usual import usual_settings
from lamina.playground.written_code import code_of


def carry_out(session: Session, command: Command) -> None:
    """Do what a command says, and tell what came of it."""
    try:
        result = HANDLERS[command.do](session, command)
    except LaminaError as error:
        session.outbox.put({"kind": "refused", "id": command.number, "text": str(error)})
        return
    if result is not None:
        session.done(command, result)


def _hello(session: Session, command: Command) -> dict[str, Any]:
    for name, slot in session.slots.items():
        if isinstance(slot, Slot) and not slot.run.run.trainer.compiled:
            session.compiling(name, "the program of the training is made", lambda: None)
    session.tell_everything()
    return {}


def _settings(session: Session, command: Command) -> dict[str, Any]:
    slot = session.any_slot(command)
    if isinstance(slot, StillSlot):
        return _begin_anew(session, command)
    after = _after(session, slot.run.settings, command["settings"])
    names = differing(slot.run.settings, after)
    if not names:
        return {"kept": "rate", "why": ""}
    if names <= set(WITHOUT_COMPILING):
        kept = slot.run.change(after)
    else:
        kept = session.compiling(command.run, f"{in_words(names)} changed", lambda: _changed(session, command, after))
    session.tell_state([command.run] if kept.kept == "nothing" or "axes" in names else [])
    session.show(command.run)
    return {"kept": kept.kept, "why": kept.why}


def _begin_anew(session: Session, command: Command) -> dict[str, Any]:
    """Data was chosen while a model is only looked at: a new run begins."""
    settings = _after(session, session.any_slot(command).run.settings, {"data": "circle", **command["settings"]})
    session.compiling(
        command.run, "a run begins", lambda: session.put_run(command.run, PlayRun(session.sources, settings))
    )
    session.tell_everything()
    return {"kept": "nothing", "why": "a new run begins"}


def _after(session: Session, before: PageSettings, changes: dict[str, Any]) -> PageSettings:
    """The settings after a change; other data brings what is usual for it, where the page says nothing else."""
    data = changes.get("data", before.data)
    usual = usual_settings(session.sources, data) if isinstance(data, str) and data != before.data else {}
    if data in POINT_SETS and before.drawn:
        usual = {}
    return changed(before, {**usual, **changes})


def _changed(session: Session, command: Command, settings: PageSettings) -> Kept:
    slot = session.slot(command)
    kept = slot.run.change(settings)
    if kept.kept == "nothing":
        slot.frames.restart()
    return kept


def _run(session: Session, command: Command) -> dict[str, Any]:
    slot = session.slot(command)
    if command["pace"] not in PACES:
        raise SettingError(f"a run has the pace {', '.join(PACES)}; got {command['pace']!r}")
    slot.running, slot.pace = True, command["pace"]
    session.tell_state()
    return {}


def _pause(session: Session, command: Command) -> dict[str, Any]:
    session.any_slot(command).running = False
    session.show(command.run)
    session.tell_state()
    return {}


def _step(session: Session, command: Command) -> dict[str, Any]:
    slot = session.slot(command)
    slot.running = False
    try:
        slot.run.step(command["unit"], command["count"])
    finally:
        session.show(command.run)
        session.tell_state()
    return {}


def _reset(session: Session, command: Command) -> dict[str, Any]:
    slot = session.slot(command)
    slot.run.reset()
    slot.running = False
    slot.frames.restart()
    session.show(command.run)
    session.tell_state()
    return {}


def _edit(session: Session, command: Command) -> dict[str, Any]:
    session.slot(command).run.edit(command["array"], command["index"], command["value"])
    session.show(command.run)
    session.tell_state()
    return {}


def _rewind(session: Session, command: Command) -> dict[str, Any]:
    slot = session.slot(command)
    before = slot.run.settings
    slot.running = False
    slot.run.rewind(command["snapshot"])
    session.tell_state([command.run] if slot.run.settings is not before else [])
    session.show(command.run)
    return {}


def _fork(session: Session, command: Command) -> dict[str, Any]:
    slot = session.slot(command)
    run = slot.run.forked(command["snapshot"])
    session.slots["b"] = Slot(run, slot.frames.forked(run))
    session.tell_state(["b"])
    session.show("b")
    return {}


def _drop(session: Session, command: Command) -> dict[str, Any]:
    if command.run != "b":
        raise SettingError("the first run stays; drop the second one")
    session.slots.pop("b", None)
    session.tell_state()
    return {}


def _save(session: Session, command: Command) -> dict[str, Any]:
    run = session.any_slot(command).run
    path = free_name(session.folder / f"{run.name}.safetensors")
    run.model(command["which"]).save(path)
    return {"path": path.name, "bytes": path.stat().st_size}


def _code(session: Session, command: Command) -> dict[str, Any]:
    code = code_of(session.slot(command).run, session.sources)
    return {"python": code.python, "command": code.command, "files": list(code.files), "note": code.note}


def _explain(session: Session, command: Command) -> None:
    run = copy.copy(session.any_slot(command).run)
    if not all(isinstance(one, str) for one in command["neurons"]):
        raise SettingError('neurons are asked for as "layer:place"')

    def ask() -> dict[str, Any]:
        model = run.model()
        example = example_from(command["example"], model, _data_of(run))
        return explanation(model, example, command["neurons"], command["backwards"], command["top"])

    _ask(session, command, ask)


def _answer(session: Session, command: Command) -> None:
    run = session.any_slot(command).run
    model, data = run.answering, _data_of(run)

    def ask() -> dict[str, Any]:
        told, header, arrays = answer(model, example_from(command["example"], model, data), command["way"])
        session.outbox.put(pack({"kind": "maps", "id": command.number, **header}, arrays))
        return told

    _ask(session, command, ask)


def _data_of(run: PlayRun | StillModel) -> Prepared | None:
    return run.prepared if isinstance(run, PlayRun) else None


def _ask(session: Session, command: Command, ask: Callable[[], dict[str, Any]]) -> None:
    def work() -> None:
        try:
            session.done(command, ask())
        except LaminaError as error:
            session.outbox.put({"kind": "refused", "id": command.number, "text": str(error)})

    session.ask(work)


def _view(session: Session, command: Command) -> dict[str, Any]:
    limits = {"map_size": (8, 100), "decision_size": (8, 200), "chunk_seconds": (0.01, 0.5)}
    for name, value in command.fields.items():
        low, high = limits[name]
        if not low <= value <= high:
            raise SettingError(f"{name} needs a number from {low} to {high}; got {value}")
    session.view = replace(session.view, **command.fields)
    for name, slot in session.slots.items():
        slot.frames.with_view(session.view)
        session.show(name)
    session.tell_state()
    return {}


def _open(session: Session, command: Command) -> dict[str, Any]:
    model = session.sources.model(command["source"])
    session.compiling("a", "a model is opened", lambda: session.put_run("a", opened(session.sources, model)))
    session.tell_everything()
    return {}


HANDLERS: Mapping[str, Callable[[Session, Command], dict[str, Any] | None]] = {
    "hello": _hello, "settings": _settings, "run": _run, "pause": _pause, "step": _step, "reset": _reset,
    "edit": _edit, "rewind": _rewind, "fork": _fork, "drop": _drop, "save": _save, "code": _code,
    "explain": _explain, "answer": _answer, "view": _view, "open": _open,
}  # fmt: skip
