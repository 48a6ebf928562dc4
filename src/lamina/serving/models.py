"""The models of a server: checked before it begins, made ready while it lives, replaced when their files change."""

from __future__ import annotations

import asyncio
import gc
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lamina.errors import ModelFileError, SettingError
from lamina.model.model import Model
from lamina.serving.served import Served
from lamina.web.limits import Limits
from lamina.web.refusing import refuse

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
LOOK_SECONDS = 1.0
Stamp = tuple[int, int, int] | None
Found = TypeVar("Found")


class Models:
    """Models by name.

    Args:
        files: name -> model file.
        limits: of the server.
        log: called with a sentence where something happens.
        allow_unproven: go on where a model's proof does not hold on this machine.

    Raises:
        ModelFileError: a file that is no model.
        SettingError: a model that cannot be served.
    """

    def __init__(
        self, files: dict[str, Path], limits: Limits, log: Callable[[str], None], allow_unproven: bool = False
    ) -> None:
        self.limits, self._files, self._log, self._allow_unproven = limits, files, log, allow_unproven
        self._stamps = {name: stamp_of(path) for name, path in files.items()}
        self._models = {name: self._load(name, "1") for name in files}
        threads = os.cpu_count() or 1
        self._readers, self._reading, self._most = ThreadPoolExecutor(threads, "reading"), 0, threads + limits.queue
        self.stopping = False

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were given."""
        return tuple(self._models)

    @property
    def ready(self) -> bool:
        """Whether all of them can answer, and the server goes on."""
        return not self.stopping and all(model.ready for model in self._models.values())

    def __iter__(self) -> Iterator[Served]:
        return iter(self._models.values())

    def get(self, name: str, version: str | None = None) -> Served:
        """A model.

        Raises:
            RequestError: 404.
        """
        model = self._models.get(name)
        if model is None:
            refuse(404, f"there is no model of this name; there is {', '.join(self.names)}")
        if version is not None and version != model.version:
            refuse(404, f"the model {name} is there in version {model.version}")
        return model

    async def warm_up(self) -> None:
        """Compile every model, one after the other, on a thread: the server already tells that it lives."""
        for model in list(self):
            await asyncio.to_thread(model.warm_up)
            self._log(f"{model.name} is ready: it predicts {model.model.task.describe()}")
        settle()

    async def watch(self) -> None:
        """Look for files that have changed, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for name, path in self._files.items():
                stamp = await asyncio.to_thread(stamp_of, path)
                if stamp is not None and stamp != self._stamps[name]:
                    self._stamps[name] = stamp
                    await self._replace(name)

    async def in_thread(self, work: Callable[[], Found]) -> Found:
        """What some work gives that would keep others waiting.

        Raises:
            RequestError: 429 where too much of it waits.
        """
        if self._reading >= self._most:
            refuse(429, "too much waits to be read: ask again in a second")
        self._reading += 1
        future = asyncio.get_running_loop().run_in_executor(self._readers, work)
        future.add_done_callback(self._done)
        return await future

    def stop(self) -> None:
        """Be no longer ready: the server ends."""
        self.stopping = True

    def close(self) -> None:
        """Let all threads go."""
        self._readers.shutdown(wait=False)
        for model in self:
            model.close()
        gc.unfreeze()

    def _done(self, future: asyncio.Future[Found]) -> None:
        self._reading -= 1

    async def _replace(self, name: str) -> None:
        """Take the new file where it is a good one; until it is compiled, and otherwise, the old one answers."""
        old = self._models[name]
        try:
            new = await asyncio.to_thread(self._load, name, str(int(old.version) + 1))
            await asyncio.to_thread(new.warm_up)
        except (ModelFileError, SettingError) as error:
            self._log(f"{name}: the new file is refused, the model before it goes on answering: {error}")
            return
        self._models[name] = new  # requests that the old one has go on with it
        settle()
        self._log(f"{name} is replaced by its new file: version {new.version}")

    def _load(self, name: str, version: str) -> Served:
        model = Model.load(self._files[name], allow_unproven=self._allow_unproven)
        return Served(name, version, model, self.limits)


def settle() -> None:
    """Let Python's search for garbage leave out what is there to stay, which would keep requests waiting for long."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def files_by_name(given: Sequence[str]) -> dict[str, Path]:
    """Models as they are given to the command: a file, or NAME=FILE.

    Raises:
        SettingError: two of one name, or a name that cannot stand in an address.

    Example:
        >>> files_by_name(["models/digits.safetensors", "new=digits-2.safetensors"])
        {'digits': PosixPath('models/digits.safetensors'), 'new': PosixPath('digits-2.safetensors')}
    """
    found: dict[str, Path] = {}
    for one in given:
        name, equals, path = one.partition("=")
        if not equals or not NAME.fullmatch(name) or Path(one).exists():
            name, path = Path(one).stem, one
        if not NAME.fullmatch(name):
            raise SettingError(f"{one} has no name that can stand in an address: give it one, as NAME={one}")
        if name in found:
            raise SettingError(f"two models are called {name}: give one of them another name, as NAME={one}")
        found[name] = Path(path)
    return found


def stamp_of(path: Path) -> Stamp:
    """What changes when a file does; None where it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
