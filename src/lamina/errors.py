"""Every error and warning that Lamina raises.

    LaminaError
    ├── SettingError (ValueError)         a setting of a layer, an optimizer, a command is not possible
    ├── ShapeError (ValueError)           an array of this shape cannot enter here; names the layer and the cure
    ├── DataError (ValueError)            a source cannot be read, or cannot be learnt from
    │   └── FetchError                    a named data set or an address is not here and could not be fetched
    ├── RequestError (ValueError)         a request over HTTP is refused; has the status of the answer
    ├── NonFiniteError (ArithmeticError)  NaN or infinity during training; names epoch, step and layer
    ├── ProcessError (RuntimeError)       a process of a run in several is missing, is another, or was lost
    ├── ExportError (ValueError)          a model cannot be written in another form, or read from one
    ├── ExplanationError (ArithmeticError)  a printed sum that is not what the program computed
    ├── ModelFileError (ValueError)       a file is not a model, is damaged, or does not add up
    │   └── UnprovenError                 a sound file whose proof gives other answers on this machine
    └── SaveError (OSError)               a file could not be written; what was there before is untouched
    LaminaWarning (UserWarning)           a known trap, said in one sentence

Messages say who needs what, what came, and what to do, in the user's own names. The command line prints that text
alone and exits with 2.
"""

from __future__ import annotations


class LaminaError(Exception):
    """What every error of Lamina inherits."""


class SettingError(LaminaError, ValueError):
    """A setting is not possible, such as a layer with -1 units."""


class DataError(LaminaError, ValueError):
    """A source cannot be read, or cannot be learnt from."""


class FetchError(DataError):
    """A named data set, or what is at an address, is not here and could not be fetched."""


class RequestError(LaminaError, ValueError):
    """A request over HTTP is refused: the status of the answer, and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


class NonFiniteError(LaminaError, ArithmeticError):
    """The loss became NaN or infinite."""


class ProcessError(LaminaError, RuntimeError):
    """A process of a run in several is missing, has other data or versions, or was lost."""


class ExportError(LaminaError, ValueError):
    """A model cannot be written in another form, or read from one."""


class ExplanationError(LaminaError, ArithmeticError):
    """A sum of an explanation is not what the program computed."""


class ModelFileError(LaminaError, ValueError):
    """A file is not a model, is damaged, or does not add up."""


class UnprovenError(ModelFileError):
    """The proof in a model file gives other answers on this machine."""


class SaveError(LaminaError, OSError):
    """A file could not be written; what was there before is untouched."""


class LaminaWarning(UserWarning):
    """A known trap, said in one sentence."""


class ShapeError(LaminaError, ValueError):
    """An array of this shape cannot enter a layer.

    Built by the layer from what it knows (itself, what it needs, what came); `Sequential` adds the place with `at`.
    """

    def __init__(self, who: str, needs: str, got: tuple[int, ...], cure: str = "") -> None:
        self.who, self.needs, self.got, self.cure = who, needs, tuple(got), cure
        super().__init__(self._text())

    def _text(self) -> str:
        batch = ", ".join(["batch", *map(str, self.got)])
        text = f"{self.who} needs {self.needs}; got ({batch})."
        return f"{text} {self.cure}" if self.cure else text

    def at(self, place: str, cure: str = "") -> ShapeError:
        """The same error seen from the network around the layer: `layer 3 of 7, Conv2D(filters=16)`."""
        return ShapeError(f"{place}, {self.who}", self.needs, self.got, self.cure or cure)
