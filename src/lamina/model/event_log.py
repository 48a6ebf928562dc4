"""A run's numbers as TensorBoard reads them, written while it goes on."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from lamina.errors import SaveError, SettingError
from lamina.model.run import Run
from lamina.model.run_log import plain_settings
from lamina.training.records import Epoch


class EventLog:
    """Writes each epoch's loss and measures, the rate, and how the layers fare where that is recorded.

    Training and validation of one measure have names that TensorBoard puts side by side: "loss/training" and
    "loss/validation". A run that is gone on with writes on in the same folder.

    Args:
        folder: of the event files, made where it does not exist; TensorBoard takes the folder above for several runs.
        run: whose settings are kept beside as a text.

    Raises:
        SettingError: tensorboardX is not installed.
        SaveError: the folder cannot be made.

    Example:
        >>> import lamina, tempfile
        >>> run = lamina.train("iris", epochs=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = EventLog(folder, run)
        ...     for epoch in run:
        ...         log.write(epoch)
        ...     log.close()
        ...     len(list(Path(folder).iterdir()))
        1
    """

    def __init__(self, folder: str | Path, run: Run) -> None:
        if importlib.util.find_spec("tensorboardX") is None:
            raise SettingError(
                'event files need the package tensorboardX, which is not installed: pip install "lamina[tensorboard]"'
            )
        import tensorboardX

        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._writer: Any = tensorboardX.SummaryWriter(str(folder))
        except OSError as error:
            raise SaveError(f"{folder}: no event files can be written there: {error.strerror or error}") from error
        settings = plain_settings(run.prepared.settings)
        self._writer.add_text("settings", "\n".join(f"    {name}: {value}" for name, value in settings.items()), 0)

    def write(self, epoch: Epoch) -> None:
        """Add the numbers of an epoch that has ended."""
        for part, measures in (("training", epoch.training), ("validation", epoch.validation)):
            for measure in measures:
                self._writer.add_scalar(f"{measure.name}/{part}", measure.value, epoch.number)
        self._writer.add_scalar("learning_rate", epoch.learning_rate, epoch.number)
        for layer in epoch.layers:
            for name in ("weight", "gradient", "dead", "saturated"):
                value = getattr(layer, name)
                if value is not None:
                    self._writer.add_scalar(f"{name}/{layer.name.replace(' ', '_')}", value, epoch.number)
        self._writer.flush()

    def close(self) -> None:
        """Have all of it on the disk."""
        self._writer.close()
